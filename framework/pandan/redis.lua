-- SPDX-License-Identifier: MIT
--- Redis. `redis.open(url)` gives one:
---
---     local r = redis.open("redis://localhost/0")
---     local value, err, code = r:get("key")

local client = require("pandan.redis.client")
local native = require("pandan.redis.native")
local options = require("pandan.db.options")
local url = require("pandan.redis.url")

---@class pandan.redis
local redis = {}

-- What stands among replies where a command failed; see types/redis.lua.
native.error.__index = native.error
native.error.__tostring = function(failure)
    return failure.err
end

local function keywords_of(parts, words)
    local host = parts.hosts[1] or {}
    local found = {
        host = host.host, port = host.port, path = parts.path,
        user = parts.user, password = parts.password,
        database = parts.database,
    }

    if parts.tls then
        found.tls = words.tls_name or host.host or ""
    end
    for name, value in pairs(words) do
        found[name] = value
    end
    found.tls_name = nil
    found.place = found.path or (found.host or "127.0.0.1") .. ":"
        .. (found.port or "6379")
    return found
end

local kinds = {
    single = function(fields)
        return client.new(fields)
    end,
}

---Gives a Redis; connects when it is first used. Options may stand in the
---URL, too: those of pools of databases, and `user password database
---client_name protocol tls_ca tls_cert tls_key tls_name tls_verify`.
---@param text string
---@param given? table
---@return pandan.redis.client
function redis.open(text, given)
    if type(text) ~= "string" then
        error("the URL of a Redis must be a string", 2)
    elseif given ~= nil and type(given) ~= "table" then
        error("the options of a Redis must be a table", 2)
    end

    local parts, err = url.read(text)
    if not parts then
        error(err, 2)
    end

    for name, value in pairs(given or {}) do
        parts.options[name] = value
    end

    local pool, words = options.read("redis", parts.options)
    if not pool then
        error("cannot use Redis '" .. url.mask(text) .. "': " .. words, 2)
    end

    return kinds[parts.kind]({
        url = url.mask(text), parts = parts, options = pool,
        keywords = keywords_of(parts, words),
    })
end

---Whether a reply of a pipeline or a transaction is an error.
---@param reply any
---@return boolean
function redis.is_error(reply)
    return type(reply) == "table" and getmetatable(reply) == native.error
end

return redis
