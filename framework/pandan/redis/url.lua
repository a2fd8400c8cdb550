-- SPDX-License-Identifier: MIT
--- Reads the URL of a Redis:
---
---     redis://user:password@host:6379/0?option=value
---     redis:///run/redis.sock?database=0       a unix socket
---     rediss://host                            with TLS
---     redis-sentinel://s1:26379,s2:26379/main/0
---     redis-cluster://n1:7001,n2:7002          (rediss-... : with TLS)

local base = require("pandan.db.url")
local store = require("pandan.db.store")

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

---@param text string
---@return table? parts  kind, hosts or path, user, password, database, master,
---                      tls, options, text
---@return string? err
function url.read(text)
    local scheme, rest = text:match("^(%a[%w-]*)://(.*)$")
    local known = scheme and schemes[scheme:lower()]

    if not known then
        return nil, "it must start with redis://, rediss://, "
            .. "redis-sentinel:// or redis-cluster://"
    end

    local pieces, err = store.split(rest)
    if not pieces then
        return nil, err
    end

    local found = {
        kind = known.kind, tls = known.tls, text = text,
        options = pieces.options,
    }
    local path

    if pieces.credentials then
        err = read_credentials(found, pieces.credentials)
    end
    if not err then
        found.hosts, err = store.read_hosts(pieces.hosts,
            known.kind == "sentinel" and "26379" or "6379")
    end
    if not err then
        path, err = base.decode(pieces.path)
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

return url
