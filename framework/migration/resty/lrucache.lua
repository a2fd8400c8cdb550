-- SPDX-License-Identifier: MIT
--- The interface of lua-resty-lrucache on pandan.cache.lru.

local lru = require("pandan.cache.lru")

local now = ngx.now

local lrucache = { _VERSION = "0.13" }
local metatable = { __index = lrucache }

---@param size integer  items
function lrucache.new(size)
    if size < 1 then
        return nil, "size too small"
    end

    return setmetatable({ lru = lru.new(size), size = size }, metatable)
end

---@return any value
---@return any stale  what it was, when its time is over
---@return integer? flags
function lrucache:get(key)
    local item = self.lru.items[key]

    if not item then
        return nil
    end

    self.lru:touch(item)

    if item.expires and item.expires < now() then
        return nil, item.value, item.flags
    end
    return item.value, nil, item.flags
end

---@param ttl? number     seconds
---@param flags? integer  32 bits
function lrucache:set(key, value, ttl, flags)
    local item = self.lru:set(key, value)

    item.expires = ttl and now() + ttl or nil
    item.flags = type(flags) == "number" and flags >= 0 and flags or 0
end

function lrucache:delete(key)
    self.lru:delete(key)
end

function lrucache:count()
    return self.lru.count
end

function lrucache:capacity()
    return self.size
end

---Those stored or used last first.
---@param max? integer
---@param into? table
---@return any[] keys
function lrucache:get_keys(max, into)
    local keys = into or {}
    local count = 0

    max = max and max > 0 and max or math.huge

    self.lru:each(function(item)
        if count < max then
            count = count + 1
            keys[count] = item.key
        end
    end)

    -- a list that was given may have been longer
    keys[count + 1] = nil
    return keys
end

function lrucache:flush_all()
    self.lru:clear()
end

return lrucache
