-- SPDX-License-Identifier: MIT
--- The interface of lua-resty-mlcache on pandan.cache. Workers hear of each
--- other's invalidations with the next call, so `ipc`, `ipc_shm` and update()
--- are accepted and mean nothing, as do the options of its locks' sleeps.

local pandan_cache = require("pandan.cache")

local clock = require("pandan.shared").cache.clock

local mlcache = { _VERSION = "2.7.0" }
local metatable = { __index = mlcache }

-- What the original calls 0, for ever.
local FOREVER = 10 * 365 * 86400

-- For how long a value may come back to life when loading fails.
local RESURRECTION = 86400

local LEVELS = { l1 = 1, l2 = 2, l3 = 2, load = 3, stale = 4 }

local function seconds(ttl)
    return ttl == 0 and FOREVER or ttl
end

local function options_of(opts, defaults)
    local revives = opts.resurrect_ttl

    return {
        ttl = seconds(opts.ttl or defaults.ttl),
        negative_ttl = seconds(opts.neg_ttl or defaults.neg_ttl),
        stale_if_error = revives and RESURRECTION or 0,
        error_ttl = revives or 0,
    }
end

---@param name string
---@param shm string     a lua_shared_dict
---@param opts? table
---@return table?
---@return string? err
function mlcache.new(name, shm, opts)
    if type(name) ~= "string" then
        error("name must be a string", 2)
    elseif type(shm) ~= "string" then
        error("shm must be a string", 2)
    elseif opts ~= nil and type(opts) ~= "table" then
        error("opts must be a table", 2)
    elseif not ngx.shared[shm] then
        return nil, "no such lua_shared_dict: " .. shm
    end

    opts = opts or {}

    local defaults = { ttl = opts.ttl or 30, neg_ttl = opts.neg_ttl or 5 }
    local given = options_of(opts, defaults)

    given.zone = shm
    given.items = opts.lru_size or 100
    given.wait = opts.resty_lock_opts and opts.resty_lock_opts.timeout or 5

    return setmetatable({
        name = name, defaults = defaults, opts = opts,
        resurrect_ttl = opts.resurrect_ttl,
        cache = pandan_cache.new(name, given),
        l1_serializer = opts.l1_serializer,
        merged = setmetatable({}, { __mode = "k" }),
    }, metatable)
end

local function own_options(self, opts)
    if opts == nil then
        return nil
    end

    local merged = self.merged[opts]

    if not merged then
        merged = options_of({
            ttl = opts.ttl, neg_ttl = opts.neg_ttl,
            resurrect_ttl = opts.resurrect_ttl or self.resurrect_ttl,
        }, self.defaults)
        self.merged[opts] = merged
    end
    return merged
end

-- What a callback gives, as a loader gives it.
local function loader_of(cb, ...)
    local args, count = { ... }, select("#", ...)

    return function()
        local value, err, ttl = cb(unpack(args, 1, count))

        if err ~= nil then
            return nil, tostring(err)
        elseif type(ttl) == "number" then
            ttl = ttl < 0 and 0 or seconds(ttl)
            return value, { ttl = ttl, negative_ttl = ttl }
        end
        return value
    end
end

local function serialized(self, opts, key, value)
    local serializer = opts and opts.l1_serializer or self.l1_serializer
    local item = self.cache.lru.items[key]

    if not serializer or value == nil then
        return value
    end

    local text, err = serializer(value)

    if err then
        return nil, "l1_serializer threw an error: " .. tostring(err)
    end
    if item then
        item.value = text
    end
    return text
end

local function get(self, key, opts, loader)
    local own = own_options(self, opts)
    local ok, value, err, from = pcall(self.cache.get, self.cache, key, own,
        loader)

    if not ok then
        return nil, "callback threw an error: " .. tostring(value)
    elseif err then
        return nil, err
    end

    if from ~= "l1" then
        value, err = serialized(self, opts, key, value)
    end
    return value, err, LEVELS[from] or -1
end

---@param key string
---@param opts? table
---@param cb? function  gives value, err, ttl
---@return any value
---@return string? err
---@return integer? level  1, 2; 3 of the callback, 4 of before; -1 nothing
function mlcache:get(key, opts, cb, ...)
    if type(key) ~= "string" then
        error("key must be a string", 2)
    elseif cb ~= nil and type(cb) ~= "function" then
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

    local value, err, level = get(self, key, opts, cb and loader_of(cb, ...))

    return value, err, level
end

---@param n_ops? integer
---@return table bulk
function mlcache.new_bulk(n_ops)
    local bulk = require("table.new")((n_ops or 2) * 4, 2)

    bulk.n = 0

    function bulk:add(key, opts, cb, arg)
        local at = self.n * 4

        self[at + 1], self[at + 2], self[at + 3], self[at + 4] =
            key, opts or false, cb or false, arg
        self.n = self.n + 1
    end
    return bulk
end

---@param bulk table
---@param _ any  options: `concurrency` means nothing, one follows the other
---@return table results  three for each: value, err, level; n
function mlcache:get_bulk(bulk, _)
    local results = { n = bulk.n * 3 }

    for i = 0, bulk.n - 1 do
        local key, opts, cb = bulk[i * 4 + 1], bulk[i * 4 + 2], bulk[i * 4 + 3]

        results[i * 3 + 1], results[i * 3 + 2], results[i * 3 + 3] =
            self:get(key, opts or nil, cb or nil, bulk[i * 4 + 4])
    end
    return results
end

---@return fun(): integer, any, string?, integer?
function mlcache.each_bulk_res(results)
    local i = 0

    return function()
        local at = i * 3

        if at >= results.n then
            return nil
        end
        i = i + 1
        return i, results[at + 1], results[at + 2], results[at + 3]
    end
end

---@param stale? boolean  old ones too
---@return number? ttl  seconds left
---@return string? err
---@return any value
---@return boolean? is_stale
function mlcache:peek(key, stale)
    local value, left = self.cache:peek(key)

    if not left or left < 0 and not stale then
        return nil
    end
    return left, nil, value, left < 0 or nil
end

---@return true? ok
---@return string? err
function mlcache:set(key, opts, value)
    return self.cache:set(key, value, own_options(self, opts))
end

function mlcache:delete(key)
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
