-- SPDX-License-Identifier: MIT
--- What the options of resty.mlcache may be, in the original's words, and what
--- they are for pandan.cache.

local options = {}

-- What the original calls 0, for ever.
local FOREVER = 10 * 365 * 86400

-- For so long a value is there after its time, to be looked at or to come
-- back to life when loading fails.
local AFTERLIFE = 86400

-- Of new() and of each call; a least number is allowed itself.
local CALL = {
    ttl = { "number", least = 0 }, neg_ttl = { "number", least = 0 },
    resurrect_ttl = { "number", least = 0 }, l1_serializer = { "function" },
    shm_set_tries = { "number", least = 1 }, resty_lock_opts = { "table" },
}

-- Of new() alone.
local NEW = {
    lru_size = { "number" }, ipc_shm = { "string" }, ipc = { "table" },
    shm_miss = { "string" }, shm_locks = { "string" },
}

local IPC = { register_listeners = true, broadcast = true, poll = false }

local function wrong(opts, rules)
    for name, rule in pairs(rules) do
        local value = opts[name]

        if value ~= nil and type(value) ~= rule[1] then
            return ("opts.%s must be a %s"):format(name, rule[1])
        elseif value ~= nil and rule.least and value < rule.least then
            return ("opts.%s must be >= %d"):format(name, rule.least)
        end
    end
end

---What is wrong with the options of a call.
---@param opts any
---@return string?
function options.check(opts)
    if opts ~= nil and type(opts) ~= "table" then
        return "opts must be a table"
    end
    return opts and wrong(opts, CALL)
end

---What is wrong with those of new().
---@param opts any
---@return string?
function options.check_new(opts)
    local err = options.check(opts) or opts and wrong(opts, NEW)

    if err or not opts then
        return err
    elseif opts.ipc and opts.ipc_shm then
        return "cannot specify both of opts.ipc_shm and opts.ipc"
    end

    for name, needed in pairs(opts.ipc and IPC or {}) do
        local value = opts.ipc[name]

        if type(value) ~= "function" and (needed or value ~= nil) then
            return "opts.ipc." .. name .. " must be a function"
        end
    end
end

---Which dictionary does not exist.
---@param shm string
---@param opts table
---@return string?
function options.missing(shm, opts)
    for _, row in ipairs({
        { shm, "no such lua_shared_dict: " },
        { opts.shm_miss, "no such lua_shared_dict for opts.shm_miss: " },
        { opts.shm_locks, "no such lua_shared_dict for opts.shm_locks: " },
        { opts.ipc_shm, "no such lua_shared_dict: " },
    }) do
        if row[1] and not ngx.shared[row[1]] then
            return row[2] .. row[1]
        end
    end
end

---@param ttl number
---@return number
function options.seconds(ttl)
    return ttl == 0 and FOREVER or ttl
end

---The other way round.
---@param left number
---@return number
function options.left(left)
    return left > FOREVER / 2 and 0 or left
end

---@param opts table
---@param defaults { ttl: number, neg_ttl: number }
---@return table  of pandan.cache
function options.convert(opts, defaults)
    local locks = opts.resty_lock_opts

    return {
        ttl = options.seconds(opts.ttl or defaults.ttl),
        negative_ttl = options.seconds(opts.neg_ttl or defaults.neg_ttl),
        stale_if_error = AFTERLIFE, error_ttl = 0,
        wait = locks and locks.timeout or defaults.wait,
    }
end

return options
