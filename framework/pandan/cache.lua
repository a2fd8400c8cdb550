-- SPDX-License-Identifier: MIT
--- A cache of three levels: memory of this worker, memory that all workers
--- share, and, if there is one, a server that all hosts share. Whatever is
--- missing is loaded once, however many ask for it.
---
---     local products = cache.new("products", { ttl = 60 })
---     local product, err = products:get(id, nil, function(key)
---         return Product.find(key)
---     end)
---
--- The module itself is the app's default cache; see docs/book/cache.md.

local codec = require("pandan.cache.codec")
local counters = require("pandan.cache.counters")
local lru = require("pandan.cache.lru")
local load = require("pandan.cache.load")
local options = require("pandan.options")
local remote = require("pandan.cache.remote")
local settings = require("pandan.cache.settings")
local shared = require("pandan.shared")
local tags = require("pandan.cache.tags")

local clock = shared.cache.clock
local entry = shared.cache.entry
local now = ngx.now
local worker_pid = ngx.worker.pid

local L1_HITS, L1_MISSES = counters.L1_HITS, counters.L1_MISSES
local L2_HITS, L2_MISSES = counters.L2_HITS, counters.L2_MISSES

---@class pandan.cache
---@field name string
---@field lru pandan.cache.lru
---@field view pandan.shared.cache
---@field options table
local cache = {}
cache.__index = cache

-- Of the cache alone.
local CACHE = {
    zone = { "string", default = "pandan_cache" },
    items = { "number", default = 10000, min = 1 },
    bytes = { "number", default = 16 * 1024 * 1024, min = 1 },
    max_value = { "number", default = 1024 * 1024, min = 1 },
    remote = { "table", also = "string" },
}

local ALL = {}
for _, rules in ipairs({ settings.ENTRY, CACHE }) do
    for name, rule in pairs(rules) do
        ALL[name] = rule
    end
end

local caches = {}

local function init(self, name, given, level)
    local o = options.check(given, ALL, level + 1)

    self.name = name
    self.options = o
    self.zone = shared.zone(o.zone, level + 1)
    self.view = shared.cache.open(self.zone, name)
    self.prefix = name .. "\0"
    self.lru = lru.new(o.items, o.bytes)
    self.at, self.items = self.view.at, self.lru.items -- for get() alone
    self.refreshing = lru.new(1000)
    self.merged = setmetatable({}, { __mode = "k" })
    self.remote = o.remote and remote.open(self, o.remote, level + 1) or nil
    tags.check(o.tags, level + 1)
    caches[name] = self
    return self
end

---A cache; one of the same name is the same in all workers.
---@param name string
---@param given? table  see docs/book/cache.md
---@return pandan.cache
function cache.new(name, given)
    return init(setmetatable({}, cache), name, given, 2)
end

---Makes the module itself the app's default cache.
---@param given? table
function cache.configure(given)
    init(cache, "default", given, 2)
end

-- What other workers invalidated, or this one a moment ago.
local function hear(self)
    local items, purged = self.lru, nil

    self.view:hear(function(key)
        items:delete(key)
    end, function(tag)
        purged = purged or {}
        purged[tag] = true
    end, function()
        items:clear()
    end)

    if purged then
        items:each(function(item)
            if item.tags and tags.any(item.tags, purged) then
                items:delete(item.key)
            end
        end)
    end
end

---What a call was given, over what the cache was.
local function options_of(self, given, level)
    if given == nil then
        return self.options
    end

    local merged = self.merged[given]

    if not merged then
        merged = settings.over(self.options, given, level + 1)
        self.merged[given] = merged
    end
    return merged
end

-- The entry at hand as a value, kept in level 1 until it wants a look again.
local function take(self, key, o)
    local fresh, stored, size = entry.fresh, entry.stored, tonumber(entry.len)
    local ok, value = codec.decode(entry.flags, entry.data, size)

    if ok then
        self:remember(key, value, size, fresh, stored, o,
            tags.unpack(entry.tags, tonumber(entry.tags_len)))
    end
    return ok, value
end

---Puts a value into this worker's memory.
function cache:remember(key, value, size, fresh, stored, o, all_tags)
    local item = self.lru:set(key, value, size + #key)

    if item then
        item.tags = all_tags or false
        local recheck = o.refresh and stored + (fresh - stored) * o.refresh
            or fresh

        item.recheck = clock() + (recheck - now()) * 1000
    end
end

local function check_key(key, level)
    if type(key) ~= "string" or key == "" or #key > shared.cache.MAX_KEY - 8
    then
        error("a key is a string of 1 to " .. shared.cache.MAX_KEY - 8
            .. " bytes", level + 1)
    end
end

-- Level 2, and then what is below.
local function find(self, key, given, loader)
    if type(given) == "function" then
        given, loader = nil, given
    end
    check_key(key, 3)

    local o = options_of(self, given, 3)
    local view, old = self.view, false

    if view.pid ~= worker_pid() then
        view:adopt()
    end

    counters.add(view, L1_MISSES)

    if view:read(key) then
        local fresh, stale, stored, busy =
            entry.fresh, entry.stale, entry.stored, entry.busy
        local time = now()

        old = true

        if time < fresh then
            local ok, value = take(self, key, o)

            if ok then
                counters.add(view, L2_HITS)

                if loader and o.refresh and o.background
                    and time >= stored + (fresh - stored) * o.refresh
                then
                    load.later(self, key, o, loader, stored)
                end
                return value, nil, "l2"
            end
        elseif loader and time < stale and (o.background or busy == 1) then
            local ok, value = codec.decode(entry.flags, entry.data,
                tonumber(entry.len))

            if ok then
                counters.add(view, counters.STALE)

                if busy == 0 then
                    load.later(self, key, o, loader, stored)
                end
                return value, nil, "stale"
            end
        end
    end

    counters.add(view, L2_MISSES)
    return load.find(self, key, o, loader, old)
end

---The value under a key; what is missing is loaded, by one of all who ask.
---@param key string
---@param given? table  over the cache's own: ttl, tags, stale ...
---@param loader? fun(key: string): any, any  gives the value (nil: there is
---  none) and maybe a table over `given`; or nil and an error
---@return any value
---@return string? err
---@return string? from  "l1", "l2", "l3", "load", "stale", "miss"; with an
---  error its code: "timeout", "loader"
function cache:get(key, given, loader)
    local at = self.at

    if at.head[0] ~= at.seen then
        hear(self)
    end

    local item = self.items[key]

    if item and clock() < item.recheck then
        local row = at.counters

        -- always: to ask first costs compiled loops a way out of each turn
        item.used = true
        row[L1_HITS] = row[L1_HITS] + 1
        return item.value, nil, "l1"
    end

    local value, err, from = find(self, key, given, loader)

    return value, err, from
end

---What is kept under a key, on this host; loads nothing, counts nothing.
---@param key string
---@return any value
---@return number? left  seconds that it is fresh; below 0: it is not
function cache:peek(key)
    check_key(key, 2)

    if self.view:read(key) then
        local left = entry.fresh - now()
        local ok, value = codec.decode(entry.flags, entry.data,
            tonumber(entry.len))

        if ok then
            return value, left
        end
    end
    return nil
end

---Stores a value, for all workers and hosts; whoever loads it loads in vain.
---@param key string
---@param value any    nil: there is none
---@param given? table
---@return true? ok
---@return string? err
function cache:set(key, value, given)
    check_key(key, 2)

    local o = options_of(self, given, 2)
    local bytes, kind = codec.encode(value)

    if not bytes then
        error(kind, 2)
    end

    local ok, err = load.store(self, key, value, bytes, kind, o, 0)

    if self.remote then
        self.remote:set(key, bytes, kind, o)
    end
    return ok, err
end

---@param key string
function cache:delete(key)
    check_key(key, 2)
    self.view:delete(key)

    if self.remote then
        self.remote:delete(key)
    end
end

---Forgets what has this tag, or everything.
---@param tag? string
function cache:purge(tag)
    if tag ~= nil then
        tags.check({ tag }, 2)
    end
    self.view:purge(tag)

    if self.remote then
        self.remote:purge(tag)
    end
end

---Forgets a key on this host alone, or everything: for those who learn by
---other ways that it was changed, a client of Redis that tracks keys, say.
---@param key? string
function cache:forget(key)
    if key == nil then
        self.view:purge()
        return
    end
    check_key(key, 2)
    self.view:delete(key)
end

---The counters of all caches opened in this worker, over all workers, for
---Prometheus.
---@return string
function cache.prometheus()
    return counters.text(caches)
end

return cache
