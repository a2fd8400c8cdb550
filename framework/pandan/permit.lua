-- SPDX-License-Identifier: MIT
--- What locks and semaphores lend: a place under a key, shared by all workers,
--- until it is given back, its time is over, or the request that took it ends.

local shared = require("pandan.shared")

---@class pandan.permit
---@field key string
---@field zone pandan.shared.zone
---@field id number?  nil once it was given back
local permit = {}
permit.__index = permit

local MESSAGES = {
    timeout = "cannot take '%s': it was not free in time",
    busy = "cannot take '%s': it is not free",
}

---@param zone pandan.shared.zone
---@param key string
---@param limit integer  how many may be lent at a time
---@param ttl number     seconds
---@param wait number    seconds, 0 does not wait
---@return pandan.permit?
---@return string? err
---@return "timeout"|"busy"|"no_memory"|nil code
function permit.take(zone, key, limit, ttl, wait)
    local id, err = shared.lease_take(zone, key, limit, ttl)

    if not id and err == "busy" and wait > 0 then
        id, err = shared.lease_await(zone, key, limit, ttl, wait)
    end

    if not id then
        local message = MESSAGES[err] or "cannot take '%s': " .. err
        return nil, message:format(key), (err:gsub(" ", "_"))
    end

    return setmetatable({ zone = zone, key = key, id = id }, permit)
end

---Gives it back; those who wait learn of it at once.
---@return true? ok
---@return string? err
---@return "lost"? code  it had ended before
function permit:release()
    local id = self.id
    self.id = nil

    if id and shared.lease_release(self.zone, self.key, id) then
        return true
    end
    return nil, "'" .. self.key .. "' was no longer held", "lost"
end

---Makes it last for `ttl` seconds from now.
---@param ttl number
---@return true? ok
---@return string? err
---@return "lost"? code
function permit:extend(ttl)
    if type(ttl) ~= "number" or ttl <= 0 or ttl ~= ttl then
        error("the time to live is a number of seconds", 2)
    end

    if self.id and shared.lease_extend(self.zone, self.key, self.id, ttl) then
        return true
    end
    return nil, "'" .. self.key .. "' was no longer held", "lost"
end

local function finish(self, ok, ...)
    self:release()

    if not ok then
        error((...), 0)
    end
    return ...
end

---Calls `fn` and gives the permit back, even if `fn` raises.
---@param fn function
---@return any ...  what fn returned
function permit:during(fn, ...)
    return finish(self, pcall(fn, ...))
end

return permit
