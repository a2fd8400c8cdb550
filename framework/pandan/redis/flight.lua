-- SPDX-License-Identifier: MIT
--- A piece of work that many need at once and one of them does: the others
--- wait for it. Whoever does it may be aborted with its request; so nobody
--- waits for ever.

local semaphore = require("ngx.semaphore")

local now = ngx.now

---@class pandan.redis.flight
local flight = {}
flight.__index = flight

-- Seconds after which one that has not come back is given up.
local PATIENCE = 2

---@return pandan.redis.flight
function flight.new()
    return setmetatable({ running = false }, flight)
end

---Calls `work`, or waits until another's call has ended.
---@param deadline number  seconds, of ngx.now()
---@param work fun(): any
---@return any  what `work` returned; nil when another did it
---@return string? err
---@return string? code
function flight:run(deadline, work)
    local running = self.running

    if running and now() - running.began < PATIENCE then
        running.waiting = running.waiting + 1
        running.done:wait(math.max(0, math.min(deadline - now(), PATIENCE)))
        return nil
    end

    running = { began = now(), done = semaphore.new(0), waiting = 0 }
    self.running = running

    local ok, result, err, code = pcall(work)

    if self.running == running then
        self.running = false
    end
    if running.waiting > 0 then
        running.done:post(running.waiting)
    end
    if not ok then
        error(result, 0)
    end
    return result, err, code
end

---Has it done by nobody's request, soon.
---@param work fun(deadline: number): any
function flight:later(work)
    if self.running then
        return
    end

    ngx.timer.at(0, function(premature)
        if not premature then
            local deadline = now() + PATIENCE
            self:run(deadline, function()
                return work(deadline)
            end)
        end
    end)
end

return flight
