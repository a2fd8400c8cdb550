-- SPDX-License-Identifier: MIT
--- The interface of resty.limit.req on the buckets of pandan.shared.

local shared = require("pandan.shared")

local req = {}
local metatable = { __index = req }

---@param dict_name string
---@param rate number   requests a second
---@param burst number  requests beyond
function req.new(dict_name, rate, burst)
    if not ngx.shared[dict_name] then
        return nil, "shared dict not found"
    end

    assert(rate > 0 and burst >= 0)

    return setmetatable({
        zone = shared.zone(dict_name), rate = rate, burst = burst,
    }, metatable)
end

local function take(self, key, cost, peek)
    return shared.limit_bucket(self.zone, "resty.limit.req:" .. key, self.rate,
        self.burst + 1, cost, peek)
end

---@param commit boolean
---@return number? delay       seconds to wait
---@return number|string excess_or_err
function req:incoming(key, commit)
    local ok, left, wait = take(self, key, 1, not commit)

    if ok == nil then
        return nil, left
    elseif not ok then
        return nil, "rejected"
    end

    -- thousandths, as in the original
    local excess = math.floor(wait * self.rate * 1000 + 0.5) / 1000

    return excess / self.rate, excess
end

---Undoes a commit as the original does: the first of a burst is not undone.
function req:uncommit(key)
    local free, err, wait = take(self, key, 1, true)

    if free == nil then
        return nil, err
    end

    local beyond = free and wait * self.rate - 1 or self.burst
    local ok

    ok, err = take(self, key, -math.max(0, math.min(1, beyond)), false)

    if ok == nil then
        return nil, err
    end
    return true
end

function req:set_rate(rate)
    self.rate = rate
end

function req:set_burst(burst)
    self.burst = burst
end

return req
