-- SPDX-License-Identifier: MIT
--- The interface of lua-resty-mlcache on pandan.cache. Workers hear of each
--- other's invalidations with the next call, so `ipc`, `ipc_shm` and update()
--- are accepted and mean nothing, as do `shm_miss`, `shm_locks` and the sleeps
--- of locks. There is no list of one's own by `lru`.

local bulk = require("resty.mlcache.bulk")
local options = require("resty.mlcache.options")
local pandan_cache = require("pandan.cache")

local clock = require("pandan.shared").cache.clock
local now = ngx.now

local mlcache = { _VERSION = "2.7.0" }
local metatable = { __index = mlcache }

local DEFAULT_ITEMS = 100

local LEVELS = { l1 = 1, l2 = 2, l3 = 2, load = 3, stale = 4 }

-- Level 1 of caches of the same name is one.
local lists = setmetatable({}, { __mode = "v" })

-- The field `lru` of a cache, for those who look there.
local lru = {}
lru.__index = lru

function lru:get(key)
    local item = self.list.items[key]

    if item and clock() < item.recheck then
        return item.value
    end
end

function lru:delete(key)
    self.list:delete(key)
end

function lru:flush_all()
    self.list:clear()
end

---@param name string
---@param shm string     a lua_shared_dict
---@param opts? table
---@return table?
---@return string? err
function mlcache.new(name, shm, opts)
    local wrong = type(name) ~= "string" and "name must be a string"
        or type(shm) ~= "string" and "shm must be a string"
        or options.check_new(opts)

    if wrong then
        error(wrong, 2)
    end

    opts = opts or {}

    local missing = options.missing(shm, opts)

    if missing then
        return nil, missing
    end

    local defaults = {
        ttl = opts.ttl or 30, neg_ttl = opts.neg_ttl or 5, wait = 5,
    }
    local given = options.convert(opts, defaults)

    defaults.wait = given.wait
    given.zone = shm
    given.items = opts.lru_size or DEFAULT_ITEMS

    local cache = pandan_cache.new(name, given)
    local own = lists[name] or setmetatable({ list = cache.lru }, lru)

    lists[name] = own
    cache.lru, cache.items = own.list, own.list.items

    return setmetatable({
        name = name, shm = shm, defaults = defaults, cache = cache,
        resurrect_ttl = opts.resurrect_ttl, l1_serializer = opts.l1_serializer,
        lru = own, merged = setmetatable({}, { __mode = "k" }),
    }, metatable)
end

local function own_options(self, opts, level)
    if opts == nil then
        return nil
    end

    local merged = self.merged[opts]

    if not merged then
        local wrong = options.check(opts)

        if wrong then
            error(wrong, level + 1)
        end
        merged = options.convert(opts, self.defaults)
        self.merged[opts] = merged
    end
    return merged
end

local function check_key(key)
    if type(key) ~= "string" then
        error("key must be a string", 3)
    end
end

-- What a callback gives, as a loader gives it; `seen` gets what the original
-- tells of it and pandan.cache does not.
local function loader_of(seen, cb, ...)
    local args, count = { ... }, select("#", ...)

    return function()
        local ok, value, err, ttl = xpcall(function()
            return cb(unpack(args, 1, count))
        end, debug.traceback)

        if not ok then
            seen.thrown = "callback threw an error: " .. tostring(value)
            -- as an answer: nothing old serves instead of it
            error({ status = 0 }, 0)
        elseif err ~= nil then
            seen.value, seen.err = value, tostring(err)
            return nil, seen.err
        elseif type(ttl) == "number" then
            ttl = ttl < 0 and 0 or options.seconds(ttl)
            return value, { ttl = ttl, negative_ttl = ttl }
        end
        return value
    end
end

-- What level 1 is to hold of a value.
local function serialized(self, opts, key, value)
    local serializer = opts and opts.l1_serializer or self.l1_serializer

    if not serializer or value == nil then
        return value
    end

    local item = self.cache.lru.items[key]
    local ok, text, err = pcall(serializer, value)

    if not ok then
        err = "l1_serializer threw an error: " .. tostring(text)
    elseif text == nil then
        err = err or "l1_serializer returned a nil value"
    end

    if err then
        self.cache.lru:delete(key)
        return nil, err
    elseif item then
        item.value = text
    end
    return text
end

-- Loading failed, or had no time: is what is old to serve?
local function failure(self, opts, key, seen, value, err, from)
    local ttl = opts and opts.resurrect_ttl or self.resurrect_ttl

    if from == "stale" and ttl then
        if seen.err ~= nil then
            -- until the next try
            self.cache:remember(key, value, #key, now() + ttl, now(),
                self.cache.options)
        end
        return value, nil, 4
    elseif seen.err ~= nil then
        return seen.value, seen.err
    elseif from == "stale" or from == "timeout" then
        return nil, "could not acquire callback lock: timeout"
    end
    return nil, err
end

local function get(self, key, opts, seen, loader)
    local own = own_options(self, opts, 3)
    local ok, value, err, from = pcall(self.cache.get, self.cache, key, own,
        loader)

    if seen.thrown then
        return nil, seen.thrown
    elseif not ok then
        error(value, 3)
    end

    local level = LEVELS[from] or -1

    if err or from == "stale" then
        value, err, level = failure(self, opts, key, seen, value, err, from)
    end
    if err == nil and from ~= "l1" then
        value, err = serialized(self, opts, key, value)
    end
    return value, err, err == nil and level or nil
end

---@param key string
---@param opts? table
---@param cb? function  gives value, err, ttl
---@return any value
---@return string? err
---@return integer? level  1, 2; 3 of the callback, 4 of before; -1 nothing
function mlcache:get(key, opts, cb, ...)
    check_key(key)
    if cb ~= nil and type(cb) ~= "function" then
        error("callback must be nil or a function", 2)
    end

    -- most find it here, and need no function made
    local cache = self.cache
    local at = cache.at
    local item = cache.items[key]

    if item and at.head[0] == at.seen and clock() < item.recheck then
        item.used = true
        return item.value, nil, 1
    end

    local seen = {}
    local value, err, level = get(self, key, opts, seen,
        cb and loader_of(seen, cb, ...))

    return value, err, level
end

mlcache.new_bulk = bulk.new
mlcache.each_bulk_res = bulk.each

---@param operations table
---@param opts? { concurrency?: integer }
---@return table results
function mlcache:get_bulk(operations, opts)
    local results = bulk.get(self, operations, opts)

    return results
end

---@param stale? boolean  old ones too
---@return number? ttl  seconds left
---@return string? err
---@return any value
---@return boolean? is_stale
function mlcache:peek(key, stale)
    check_key(key)

    local value, left = self.cache:peek(key)

    if not left or left < 0 and not stale then
        return nil
    end
    return options.left(left), nil, value, left < 0 or nil
end

---@return true? ok
---@return string? err
function mlcache:set(key, opts, value)
    check_key(key)

    local ok, err = self.cache:set(key, value, own_options(self, opts, 2))

    if ok then
        local _
        _, err = serialized(self, opts, key, value)
    end
    if err then
        return nil, err
    end
    return true
end

function mlcache:delete(key)
    check_key(key)
    self.cache:delete(key)
    return true
end

function mlcache:purge()
    self.cache:purge()
    return true
end

function mlcache.update()
    return true
end

return mlcache
