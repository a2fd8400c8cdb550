-- SPDX-License-Identifier: MIT
--- Limits that all workers count together: buckets that leak or are filled
--- with tokens, windows, connections at a time.
---
---     local logins = limit.window("logins", { size = 5, period = 60 })
---     local ok, wait = logins:take(client)
---
--- take(key, cost) gives true, seconds and what is left; or false, the seconds
--- until it is worth another try, and what is left; or nil and an error.

local options = require("pandan.options")
local shared = require("pandan.shared")

local limit = {}

-- What is wanted each time; more is a mistake rather than a limit.
local MAX_COST = 1e15

local COMMON = {
    zone = { "string", default = "pandan" },
}

local function rules(own)
    for name, rule in pairs(COMMON) do
        own[name] = rule
    end
    return own
end

---@class pandan.limit
---@field ask fun(self: pandan.limit, key: string, cost: number,
---  peek: boolean): boolean?, number|string, number?
local class = {}
class.__index = class

local function ask(self, key, cost, peek)
    shared.check_key(key, 3)

    cost = cost or 1
    if type(cost) ~= "number" or cost ~= cost or math.abs(cost) > MAX_COST
    then
        error("the cost is a number", 3)
    end

    local ok, left, wait = self:ask(self.prefix .. key, cost, peek)

    if ok == nil then
        return nil, "cannot count '" .. key .. "': " .. left, "no_memory"
    end
    return ok, wait, left
end

---Takes `cost` units for a key.
---@param key string    a client's address, a user ...
---@param cost? number  1
---@return boolean? ok
---@return number|string wait_or_err
---@return number|string left_or_code
function class:take(key, cost)
    local ok, wait, left = ask(self, key, cost, false)

    return ok, wait, left
end

---The same answer, but nothing is taken.
function class:peek(key, cost)
    local ok, wait, left = ask(self, key, cost, true)

    return ok, wait, left
end

---Gives units back that were taken for nothing.
function class:give_back(key, cost)
    local ok, wait, left = ask(self, key, -(cost or 1), false)

    return ok, wait, left
end

local function new(kind, name, given, rule, fn)
    local o = options.check(given, rules(rule), 3)

    shared.check_key(name, 3)

    for option, each in pairs(rule) do
        if o[option] == nil then
            error("option '" .. option .. "' is missing, a " .. each[1], 3)
        end
    end

    o.prefix = kind .. ":" .. name .. ":"
    o.zone = shared.zone(o.zone, 3)
    o.ask = fn
    return setmetatable(o, class)
end

local function ask_bucket(self, key, cost, peek)
    return shared.limit_bucket(self.zone, key, self.rate, self.size, cost,
        peek)
end

---A bucket that leaks `rate` units a second, and takes `burst` more than what
---leaks: what is taken comes with the seconds to wait to keep to the rate.
---@param name string
---@param given { rate: number, burst?: number, zone?: string }
---@return pandan.limit
function limit.leaky(name, given)
    local self = new("leaky", name, given, {
        rate = { "number", min = 1e-9, max = 1e9 },
        burst = { "number", default = 0, min = 0 },
    }, ask_bucket)

    self.size = self.burst + 1
    return self
end

---A bucket of `size` tokens, filled with `rate` tokens a second: a client may
---use them at once.
---@param name string
---@param given { rate: number, size: number, zone?: string }
---@return pandan.limit
function limit.tokens(name, given)
    local self = new("tokens", name, given, {
        rate = { "number", min = 1e-9, max = 1e9 },
        size = { "number", min = 1e-9 },
    }, function(self, key, cost, peek)
        local ok, left, wait = ask_bucket(self, key, cost, peek)

        -- who has the tokens has not to wait
        return ok, left, ok and 0 or wait
    end)

    return self
end

local function ask_window(self, key, cost, peek)
    return shared.limit_window(self.zone, key, self.size, self.period,
        self.sliding, cost, peek)
end

---At most `size` units in any `period` seconds, as near as two sums can tell.
---@param name string
---@param given { size: number, period: number, zone?: string }
---@return pandan.limit
function limit.window(name, given)
    local self = new("window", name, given, {
        size = { "number", min = 1e-9 },
        period = { "number", min = 0.001 },
    }, ask_window)

    self.sliding = true
    return self
end

---At most `size` units from one full `period` to the next: a counter that
---begins anew.
---@param name string
---@param given { size: number, period: number, zone?: string }
---@return pandan.limit
function limit.counter(name, given)
    local self = new("counter", name, given, {
        size = { "number", min = 1e-9 },
        period = { "number", min = 0.001 },
    }, ask_window)

    self.sliding = false
    return self
end

return limit
