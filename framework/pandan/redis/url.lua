-- SPDX-License-Identifier: MIT
--- Reads the URL of a Redis:
---
---     redis://user:password@host:6379/0?option=value
---     redis:///run/redis.sock?database=0       a unix socket
---     rediss://host                            with TLS
---     redis-sentinel://s1:26379,s2:26379/main/0
---     redis-cluster://n1:7001,n2:7002          (rediss-... : with TLS)
---
--- Whatever is wrong is said with the URL, but never with its password.

local base = require("pandan.db.url")

---@class pandan.redis.url
local url = {}

local schemes = {
    redis = { kind = "single" },
    rediss = { kind = "single", tls = true },
    ["redis-sentinel"] = { kind = "sentinel" },
    ["rediss-sentinel"] = { kind = "sentinel", tls = true },
    ["redis-cluster"] = { kind = "cluster" },
    ["rediss-cluster"] = { kind = "cluster", tls = true },
}

---The URL as it may be shown.
---@param text string
---@return string
function url.mask(text)
    local masked = text:gsub("^([%w+-]+://[^/?#@:]*):[^/?#]*@", "%1:***@")
    return (masked:gsub("([?&]%w*_?password=)[^&]*", "%1***"))
end

local function read_hosts(text, default)
    local list = {}

    for piece in text:gmatch("[^,]+") do
        local host, port = base.read_host(piece)

        if not host then
            return nil, port
        elseif host == "" then
            return nil, "'" .. piece .. "' names no host"
        end
        list[#list + 1] = {
            host = host, port = port ~= "" and port or default,
        }
    end
    return list
end

local function read_database(text)
    if text == "" then
        return nil
    elseif not text:find("^%d+$") then
        return nil, "'" .. text .. "' is not the number of a database"
    end
    return text
end

-- What stands behind the hosts.
local function read_path(found, path)
    local err

    if found.kind == "sentinel" then
        local name, database = path:match("^([^/]+)/?(.*)$")

        if not name then
            return "the name of the master is missing (/main)"
        end
        found.master = name
        found.database, err = read_database(database)
    elseif found.kind == "cluster" then
        err = path ~= "" and "a cluster has no databases" or nil
    elseif #found.hosts == 0 and path ~= "" and not path:find("^%d+$") then
        found.path = "/" .. path
    else
        found.database, err = read_database(path)
    end
    return err
end

local function read_credentials(found, text)
    local user, password = text:match("^([^:]*):(.*)$")
    local err

    user, err = base.decode(user or text)
    if not user then
        return err
    end
    found.user = user ~= "" and user or nil

    if password then
        found.password, err = base.decode(password)
    end
    return err
end

local function read(text)
    local scheme, rest = text:match("^(%a[%w-]*)://(.*)$")
    local known = scheme and schemes[scheme:lower()]

    if not known then
        return nil, "it must start with redis://, rediss://, "
            .. "redis-sentinel:// or redis-cluster://"
    end

    local address, query = rest:match("^([^?]*)%??(.*)$")
    local authority, path = address:match("^([^/]*)/?(.*)$")
    local credentials, place = authority:match("^(.*)@([^@]*)$")
    local found = { kind = known.kind, tls = known.tls, text = text }
    local err

    found.options, err = base.read_query(query)
    if not err and credentials then
        err = read_credentials(found, credentials)
    end
    if not err then
        found.hosts, err = read_hosts(place or authority,
            known.kind == "sentinel" and "26379" or "6379")
    end
    if not err then
        path, err = base.decode(path)
    end
    if not err then
        err = read_path(found, path)
    end
    if not err and known.kind ~= "single" and #found.hosts == 0 then
        err = "the hosts are missing"
    elseif not err and known.kind == "single" and #found.hosts > 1 then
        err = "there is one host only; say redis-cluster:// for several"
    end

    if err then
        return nil, err
    end
    return found
end

---@param text string
---@return table? parts  kind, hosts or path, user, password, database, master,
---                      tls, options, text
---@return string? err
function url.read(text)
    local found, err = read(text)

    if not found then
        return nil, "cannot read Redis URL '" .. url.mask(text) .. "': " .. err
    end
    return found
end

return url
