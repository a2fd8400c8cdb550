-- SPDX-License-Identifier: MIT
--- Locks that all workers share, each with a deadline: one that is not given
--- back, because its request ended or its worker died, is free again.
---
---     local held, err = lock.take("import", { wait = 2 })
---     if held then
---         ...
---         held:release()
---     end

local options = require("pandan.options")
local permit = require("pandan.permit")
local shared = require("pandan.shared")

local lock = {}

local RULES = {
    ttl = { "number", default = 30, min = 0.001, max = 86400 },
    wait = { "number", default = 5, min = 0, max = 86400 },
    zone = { "string", default = "pandan" },
}

local function take(key, given)
    local o = options.check(given, RULES, 3)
    local zone = shared.zone(o.zone, 3)

    shared.check_key(key, 3)

    return permit.take(zone, "lock:" .. key, 1, o.ttl, o.wait)
end

---Takes a lock; suspends while another has it.
---@param key string
---@param given? { ttl?: number, wait?: number, zone?: string }
---  ttl   seconds after which it is free even if nobody gave it back; 30
---  wait  seconds at most until it is free; 5, and 0 does not wait
---@return pandan.permit?
---@return string? err
---@return "timeout"|"busy"|"no_memory"|nil code
function lock.take(key, given)
    local held, err, code = take(key, given)

    return held, err, code
end

---Calls `fn` while holding the lock.
---@param key string
---@param given? table  as of take
---@param fn function
---@return any ...  what fn returned; nil, err, code without the lock
function lock.with(key, given, fn, ...)
    local held, err, code = take(key, given)

    if not held then
        return nil, err, code
    end
    return held:during(fn, ...)
end

return lock
