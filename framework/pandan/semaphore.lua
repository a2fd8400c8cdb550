-- SPDX-License-Identifier: MIT
--- Semaphores that all workers share: at most so many at a time, whoever they
--- are. What a worker that died had taken is free again.
---
---     local uploads = semaphore.new("uploads", 4)
---     uploads:with(function() ... end)

local options = require("pandan.options")
local permit = require("pandan.permit")
local shared = require("pandan.shared")

---@class pandan.semaphore
local semaphore = {}
semaphore.__index = semaphore

local MAX = 4096

local RULES = {
    ttl = { "number", default = 60, min = 0.001, max = 86400 },
    wait = { "number", default = 5, min = 0, max = 86400 },
    zone = { "string", default = "pandan" },
}

---@param key string
---@param limit integer  how many permits there are
---@param given? { ttl?: number, wait?: number, zone?: string }
---  ttl   seconds after which a permit ends by itself; 60
---  wait  seconds at most for one; 5, and 0 does not wait
---@return pandan.semaphore
function semaphore.new(key, limit, given)
    local o = options.check(given, RULES)

    shared.check_key(key)
    if type(limit) ~= "number" or limit < 1 or limit > MAX
        or limit % 1 ~= 0
    then
        error("a semaphore has 1 to " .. MAX .. " permits", 2)
    end

    return setmetatable({
        key = "semaphore:" .. key, limit = limit, ttl = o.ttl, wait = o.wait,
        zone = shared.zone(o.zone),
    }, semaphore)
end

---@param wait? number  seconds, else the semaphore's
---@return pandan.permit?
---@return string? err
---@return "timeout"|"busy"|"no_memory"|nil code
function semaphore:take(wait)
    return permit.take(self.zone, self.key, self.limit, self.ttl,
        wait or self.wait)
end

---Calls `fn` while holding a permit.
---@return any ...  what fn returned; nil, err, code without a permit
function semaphore:with(fn, ...)
    local held, err, code = self:take()

    if not held then
        return nil, err, code
    end
    return held:during(fn, ...)
end

---How many permits are lent now.
---@return integer
function semaphore:taken()
    return shared.lease_count(self.zone, self.key)
end

return semaphore
