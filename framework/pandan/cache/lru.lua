-- SPDX-License-Identifier: MIT
--- Values of one Lua VM, bounded in items and in bytes: who was not used for
--- longest goes first. A hit only sets a mark; the place in the list is made
--- up for when the item comes to its end.

local clear_table = require("table.clear")

---@class pandan.cache.item
---@field key any
---@field value any
---@field size number     bytes, as told by who stored it
---@field used boolean    since it was last moved to the front
---@field older pandan.cache.item
---@field newer pandan.cache.item
---@field recheck number|false  the rest is the user's own
---@field tags string[]|false
---@field expires number|false
---@field flags integer|false

---@class pandan.cache.lru
---@field items table<any, pandan.cache.item>  the same table for ever
---@field count integer
---@field size number
local lru = {}
lru.__index = lru

-- How many items in a row are spared because they were used.
local SPARED = 64

local function unlink(item)
    item.older.newer = item.newer
    item.newer.older = item.older
end

local function link(list, item)
    local first = list.older

    item.newer, item.older = list, first
    first.newer = item
    list.older = item
end

---@param max_items integer
---@param max_bytes? number
---@return pandan.cache.lru
function lru.new(max_items, max_bytes)
    local self = setmetatable({
        max_items = max_items, max_bytes = max_bytes or math.huge, items = {},
    }, lru)

    self:clear()
    return self
end

---Forgets everything.
function lru:clear()
    local list = {}

    -- a ring: list.older is the newest item, list.newer the oldest
    list.older, list.newer = list, list
    self.list, self.count, self.size = list, 0, 0
    clear_table(self.items)
end

local function remove(self, item)
    unlink(item)
    self.items[item.key] = nil
    self.count = self.count - 1
    self.size = self.size - item.size
end

local function evict(self, keep)
    local list = self.list
    local spared = 0

    while self.size > self.max_bytes do
        local item = list.newer

        if item == keep or item.used and spared < SPARED then
            item.used = false
            unlink(item)
            link(list, item)
            spared = spared + 1
        else
            remove(self, item)
        end
    end
end

-- With all fields there will be, so that it need not grow.
local function new_item(key)
    return {
        key = key, value = false, size = 0, used = false, older = false,
        newer = false, recheck = false, tags = false,
        expires = false, flags = false,
    }
end

-- Spares those at the end that were used; gives who is at the end then.
local function spare(list)
    local item = list.newer

    for _ = 1, SPARED do
        if not item.used then
            break
        end

        item.used = false
        unlink(item)
        link(list, item)
        item = list.newer
    end
    return item
end

-- The item that is to go, for another key.
local function recycle(self, key)
    local item = self.list.newer

    if item.used then
        item = spare(self.list)
    end

    unlink(item)
    self.items[item.key] = nil
    self.size = self.size - item.size
    item.key = key
    return item
end

---Stores a value, and evicts others for it.
---@param key any
---@param value any
---@param size? number
---@return pandan.cache.item? item  nil when it is larger than all there is
function lru:set(key, value, size)
    local item = self.items[key]
    size = size or 0

    if size > self.max_bytes then
        if item then
            remove(self, item)
        end
        return nil
    end

    if item then
        unlink(item)
        self.size = self.size - item.size
    else
        if self.count >= self.max_items then
            item = recycle(self, key)
        else
            item = new_item(key)
            self.count = self.count + 1
        end
        self.items[key] = item
    end

    item.value, item.size, item.used = value, size, false
    self.size = self.size + size
    link(self.list, item)

    if self.size > self.max_bytes then
        evict(self, item)
    end
    return item
end

---Makes an item the last to go, where its order counts at once.
---@param item pandan.cache.item
function lru:touch(item)
    unlink(item)
    link(self.list, item)
end

function lru:delete(key)
    local item = self.items[key]

    if item then
        remove(self, item)
    end
end

---Calls `fn` with each item, those stored or used last first.
function lru:each(fn)
    local item = self.list.older

    while item ~= self.list do
        local next_item = item.older
        fn(item)
        item = next_item
    end
end

return lru
