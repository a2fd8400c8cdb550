-- SPDX-License-Identifier: MIT
--- A cache's way to the server of level 3, which may be away. Then it is left
--- alone for a moment, and what it should have been told is noted where all
--- workers see it: whoever finds it again tells it that first.

local counters = require("pandan.cache.counters")
local shared = require("pandan.shared")

local now = ngx.now

---@class pandan.cache.link
---@field driver table   of a kind of server; its functions give nil, err, code
---@field down boolean   the server could not be asked
local link = {}
link.__index = link

-- More than these are noted as one: that everything is to be forgotten.
local MAX_OWED = 1000

local ALL = "a"

-- Codes of a server that answers, though not what was asked for. After any
-- other it is taken for away.
local ANSWERS = {
    error = true, out_of_memory = true, read_only = true,
    misconfigured = true, no_permission = true, wrong_type = true,
    no_replicas = true, too_large = true,
}

---@param cache pandan.cache
---@param driver table
---@param retry number  seconds for which it is left alone
---@param replay fun(what: string): any, string?  tells what was owed
---@return pandan.cache.link
function link.new(cache, driver, retry, replay)
    return setmetatable({
        cache = cache, driver = driver, retry = retry, replay = replay,
        down = false, again = 0, told = 0,
        owed = "cache:owed:" .. cache.name,
    }, link)
end

local function say(self, level, ...)
    ngx.log(level, "cache '", self.cache.name, "': ", ...)
end

local function fail(self, err, code)
    local time = now()

    counters.add(self.cache.view, counters.L3_ERRORS)

    if not ANSWERS[code] then
        if not self.down then
            say(self, ngx.WARN, "goes on without its server: ", err)
        end
        self.down, self.again = true, time + self.retry
    elseif err ~= self.refusal or time >= self.told then
        say(self, ngx.WARN, "its server refuses: ", err)
        self.refusal, self.told = err, time + self.retry
    end
    return nil, err
end

---Notes what the server, and the other hosts, are to be told.
---@param what string
function link:owe(what)
    local zone = self.cache.zone

    if shared.queue_push(zone, self.owed, MAX_OWED, what, 0, 0) then
        return
    end

    repeat
        local one = shared.queue_pop(zone, self.owed, 0)
    until not one
    shared.queue_push(zone, self.owed, MAX_OWED, ALL, 0, 0)
end

-- Tells what is owed; false when the server is still away.
local function settle(self)
    while true do
        local what = shared.queue_pop(self.cache.zone, self.owed, 0)

        if not what then
            return true
        end

        local ok, err, code = self.replay(what)

        if not ok then
            self:owe(what)
            fail(self, err, code)
            return false
        end
    end
end

---Calls a function of the driver, unless the server failed a moment ago: then
---one call tries.
---@param name string
---@return any reply   nil on failure
---@return string? err
function link:ask(name, ...)
    if self.down then
        if now() < self.again then
            return nil, "down"
        end

        self.again = now() + self.retry
        if not settle(self) then
            return nil, "down"
        end
    end

    local driver = self.driver
    local reply, err, code = driver[name](driver, ...)

    if err ~= nil then
        return fail(self, err, code)
    elseif self.down then
        self.down = false
        say(self, ngx.NOTICE, "its server is back")
    end
    return reply
end

return link
