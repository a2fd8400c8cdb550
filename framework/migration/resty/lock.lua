-- SPDX-License-Identifier: MIT
--- The interface of lua-resty-lock on the leases of pandan.shared: who waits
--- is woken, where the original looks again and again, so its options `step`,
--- `ratio` and `max_step` mean nothing. A lock ends with its request, if not
--- before, and not when its object is collected.

local shared = require("pandan.shared")

local now = ngx.now

local lock = { _VERSION = "0.09" }
local metatable = { __index = lock }

---@param dict_name string
---@param opts? { exptime?: number, timeout?: number }
function lock.new(_, dict_name, opts)
    if not ngx.shared[dict_name] then
        return nil, "dictionary not found"
    end

    opts = opts or {}

    return setmetatable({
        zone = shared.zone(dict_name), exptime = opts.exptime or 30,
        timeout = opts.timeout or 5,
    }, metatable)
end

---@return number? elapsed  seconds waited
---@return string? err      "timeout", "locked": by this object itself
function lock:lock(key)
    if not key then
        return nil, "nil key"
    elseif self.id then
        return nil, "locked"
    end

    key = "resty.lock:" .. tostring(key)

    local began = now()
    local id, err = shared.lease_take(self.zone, key, 1, self.exptime)

    if not id and err == "busy" then
        if self.timeout <= 0 then
            return nil, "timeout"
        end
        id, err = shared.lease_await(self.zone, key, 1, self.exptime,
            self.timeout)
    end

    if not id then
        return nil, err
    end

    self.id, self.key = id, key
    return now() - began
end

---@return 1? ok
---@return string? err
function lock:unlock()
    local id = self.id

    if not id then
        return nil, "unlocked"
    end

    self.id = nil

    if not shared.lease_release(self.zone, self.key, id) then
        return nil, "unlocked"
    end
    return 1
end

---@param time? number  seconds from now
---@return true? ok
---@return string? err
function lock:expire(time)
    if not self.id then
        return nil, "unlocked"
    end

    if not shared.lease_extend(self.zone, self.key, self.id,
        time or self.exptime)
    then
        return nil, "unlocked"
    end
    return true
end

return lock
