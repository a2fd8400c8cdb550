-- SPDX-License-Identifier: MIT
--- Reads the URL of memcached: `memcached://user:password@host:11211,host2`,
--- `memcacheds://` with TLS, `memcached:///run/memcached.sock`.

local base = require("pandan.db.url")
local store = require("pandan.db.store")

---@class pandan.memcached.url
local url = {}

local HOST, PORT = "127.0.0.1", "11211"

local function read_credentials(found, text)
    local user, password = text:match("^([^:]*):(.*)$")
    local err

    if not user then
        return "the password is missing"
    end
    found.user, err = base.decode(user)
    if not err then
        found.password, err = base.decode(password)
    end
    return err
end

---@param text string
---@return table? parts  servers, user, password, tls, options
---@return string? err
function url.read(text)
    local scheme, rest = text:match("^(%a+)://(.*)$")
    if scheme ~= "memcached" and scheme ~= "memcacheds" then
        return nil, "it must start with memcached:// or memcacheds://"
    end

    local pieces, err = store.split(rest)
    if not pieces then
        return nil, err
    end

    local found = {
        tls = scheme == "memcacheds", options = pieces.options,
    }
    local path = pieces.path

    if pieces.credentials then
        err = read_credentials(found, pieces.credentials)
    end
    if not err then
        found.servers, err = store.read_hosts(pieces.hosts, PORT, HOST)
    end

    if not err and path ~= "" then
        if #found.servers > 0 then
            err = "a path is that of a unix socket, and has no host"
        else
            path, err = base.decode(path)
            found.servers[1] = not err and { path = "/" .. path } or nil
        end
    elseif not err and #found.servers == 0 then
        found.servers[1] = { host = HOST, port = PORT }
    end

    if err then
        return nil, err
    end
    return found
end

return url
