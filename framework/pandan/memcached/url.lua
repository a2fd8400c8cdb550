-- SPDX-License-Identifier: MIT
--- Reads the URL of memcached: `memcached://user:password@host:11211,host2`,
--- `memcacheds://` with TLS, `memcached:///run/memcached.sock`.

local base = require("pandan.db.url")

---@class pandan.memcached.url
local url = {}

---The URL as it may be shown.
---@param text string
---@return string
function url.mask(text)
    return (text:gsub("^(%w+://[^/?#@:]*):[^/?#]*@", "%1:***@"))
end

local function read_servers(text)
    local list = {}

    for piece in text:gmatch("[^,]+") do
        local host, port = base.read_host(piece)

        if not host then
            return nil, port
        end
        list[#list + 1] = {
            host = host ~= "" and host or "127.0.0.1",
            port = port ~= "" and port or "11211",
        }
    end
    return list
end

local function read(text)
    local scheme, rest = text:match("^(%a+)://(.*)$")
    if scheme ~= "memcached" and scheme ~= "memcacheds" then
        return nil, "it must start with memcached:// or memcacheds://"
    end

    local address, query = rest:match("^([^?]*)%??(.*)$")
    local authority, path = address:match("^([^/]*)/?(.*)$")
    local credentials, place = authority:match("^(.*)@([^@]*)$")
    local found = { tls = scheme == "memcacheds" }
    local err

    found.options, err = base.read_query(query)
    if not err and credentials then
        local user, password = credentials:match("^([^:]*):(.*)$")

        if not user then
            err = "the password is missing"
        else
            found.user = base.decode(user)
            found.password, err = base.decode(password)
        end
    end
    if not err then
        found.servers, err = read_servers(place or authority)
    end

    if not err and path ~= "" then
        if #found.servers > 0 then
            err = "a path is that of a unix socket, and has no host"
        else
            path, err = base.decode(path)
            found.servers[1] = not err and { path = "/" .. path } or nil
        end
    elseif not err and #found.servers == 0 then
        found.servers[1] = { host = "127.0.0.1", port = "11211" }
    end

    if err then
        return nil, err
    end
    return found
end

---@param text string
---@return table? parts  servers, user, password, tls, options
---@return string? err
function url.read(text)
    local found, err = read(text)

    if not found then
        return nil, "cannot read memcached URL '" .. url.mask(text) .. "': "
            .. err
    end
    return found
end

return url
