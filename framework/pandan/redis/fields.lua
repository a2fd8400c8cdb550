-- SPDX-License-Identifier: MIT
--- From a URL and its options to what a client of one server is made of.

local client = require("pandan.redis.client")
local url = require("pandan.db.url")

---@class pandan.redis.fields
local fields = {}

---@param parts table     what url.read() gave
---@param words table     keywords among the options
---@param options table   of the pool
---@param place table     host and port, or path
---@param changes? table  keywords that are others here; false for none
---@return pandan.redis.client
function fields.client(parts, words, options, place, changes)
    local found = {
        host = place.host, port = place.port, path = place.path,
        user = parts.user, password = parts.password,
        database = parts.database,
    }

    if parts.tls then
        found.tls = words.tls_name or place.host or ""
    end
    for name, value in pairs(words) do
        found[name] = value
    end
    for name, value in pairs(changes or {}) do
        found[name] = value or nil
    end
    found.tls_name = nil
    found.place = place.path or (place.host or "127.0.0.1") .. ":"
        .. (place.port or "6379")

    return client.new({
        url = url.mask(parts.text), options = options, keywords = found,
    })
end

---What tells one set of servers, asked in one way, from another.
---@param parts table
---@param words table
---@param options table
---@return string
function fields.key(parts, words, options)
    local key = { parts.text }

    for _, values in ipairs({ words, options }) do
        local names = {}
        for name in pairs(values) do
            names[#names + 1] = name
        end
        table.sort(names)
        for _, name in ipairs(names) do
            key[#key + 1] = name .. "=" .. tostring(values[name])
        end
    end
    return table.concat(key, " ")
end

return fields
