-- SPDX-License-Identifier: MIT
--- Reads the URL of memcached: `memcached://user:password@host:11211,host2`,
--- `memcacheds://` with TLS, `memcached:///run/memcached.sock`.

local store = require("pandan.db.store")

---@class pandan.memcached.url
local url = {}

local HOST, PORT = "127.0.0.1", "11211"

---@param text string
---@return table? parts  hosts (each host and port, or path), user, password,
---                      tls, options
---@return string? err
function url.read(text)
    local scheme, rest = text:match("^(%a+)://(.*)$")
    if scheme ~= "memcached" and scheme ~= "memcacheds" then
        return nil, "it must start with memcached:// or memcacheds://"
    end

    local found, path = store.read(rest, PORT, HOST)
    if not found then
        return nil, path
    elseif found.user and not found.password then
        return nil, "the password is missing"
    elseif path ~= "" and #found.hosts > 0 then
        return nil, "a path is that of a unix socket, and has no host"
    end

    if path ~= "" then
        found.hosts[1] = { path = "/" .. path }
    elseif #found.hosts == 0 then
        found.hosts[1] = { host = HOST, port = PORT }
    end
    found.tls = scheme == "memcacheds"
    return found
end

return url
