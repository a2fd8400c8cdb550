-- SPDX-License-Identifier: MIT
--- The interface of resty.limit.conn: so many at a time, some more with a
--- delay that follows how long the others took.

local conn = {}
local metatable = { __index = conn }

---@param dict_name string
---@param max integer    at a time
---@param burst integer  beyond, delayed
---@param delay number   seconds, at first
function conn.new(dict_name, max, burst, delay)
    local dict = ngx.shared[dict_name]

    if not dict then
        return nil, "shared dict not found"
    end

    assert(max > 0 and burst >= 0 and delay > 0)

    return setmetatable({
        dict = dict, max = max, burst = burst, unit_delay = delay,
    }, metatable)
end

local function delay_of(self, n)
    if n <= self.max then
        return 0, n
    end
    return self.unit_delay * math.floor((n - 1) / self.max), n
end

---@param commit boolean
---@return number? delay
---@return integer|string conn_or_err  how many there are
function conn:incoming(key, commit)
    self.committed = false

    if not commit then
        local n = (self.dict:get(key) or 0) + 1

        if n > self.max + self.burst then
            return nil, "rejected"
        end
        return delay_of(self, n)
    end

    local n, err = self.dict:incr(key, 1, 0)

    if not n then
        return nil, err
    elseif n > self.max + self.burst then
        self.dict:incr(key, -1)
        return nil, "rejected"
    end

    self.committed = true
    return delay_of(self, n)
end

function conn:is_committed()
    return self.committed
end

---@param latency? number  seconds that it took
---@return integer? conn
---@return string? err
function conn:leaving(key, latency)
    local n, err = self.dict:incr(key, -1)

    if not n then
        return nil, err
    end

    if latency then
        self.unit_delay = (latency + self.unit_delay) / 2
    end
    return n
end

function conn:uncommit(key)
    return self.dict:incr(key, -1)
end

function conn:set_conn(max)
    self.max = max
end

function conn:set_burst(burst)
    self.burst = burst
end

return conn
