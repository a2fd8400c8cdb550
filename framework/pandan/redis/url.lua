-- SPDX-License-Identifier: MIT
--- Reads the URL of a Redis:
---
---     redis://user:password@host:6379/0?option=value
---     redis:///run/redis.sock?database=0       a unix socket
---     rediss://host                            with TLS
---     redis-sentinel://s1:26379,s2:26379/main/0
---     redis-cluster://n1:7001,n2:7002          (rediss-... : with TLS)

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

    local found, path = store.read(rest,
        known.kind == "sentinel" and "26379" or "6379")
    if not found then
        return nil, path
    end

    found.kind, found.tls, found.text = known.kind, known.tls, text
    found.user = found.user ~= "" and found.user or nil

    local err = read_path(found, path)
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
