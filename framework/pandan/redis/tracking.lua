-- SPDX-License-Identifier: MIT
--- Hears which keys were changed, by whomever, so that what is kept of them
--- can be forgotten: client-side caching by the server's broadcasts. It goes
--- on by itself, over a connection of its own, until it is stopped or the
--- worker ends.

local methods = require("pandan.redis.methods")
local native = require("pandan.redis.native")

---@class pandan.redis.tracking
---@field connected boolean  nothing is missed at present
local tracking = {}
tracking.__index = tracking

-- Milliseconds of silence after which the server is asked whether it lives.
local SILENCE = 1000

-- Seconds between two attempts to connect.
local PAUSE = 0.2

local PING = methods.entry("ping").head

local function clear(self, key)
    local ok, err = pcall(self.clear, key)

    if not ok then
        ngx.log(ngx.ERR, "cannot forget what Redis has changed: ", err)
    end
end

local function hear(self, frame)
    if type(frame) ~= "table" or frame[1] ~= "invalidate" then
        return
    end

    -- all of it, when the server forgot everything
    if type(frame[2]) ~= "table" then
        clear(self)
        return
    end
    for _, key in ipairs(frame[2]) do
        clear(self, key)
    end
end

-- Until the connection is lost; gives why.
local function follow(self, lease)
    local asked = false

    while not self.stopped and not ngx.worker.exiting() do
        local frame, err, code = native.listen(lease, SILENCE)

        if err == nil then
            asked = false
            hear(self, frame)
        elseif code ~= "timeout" then
            return err
        elseif asked then
            return "the server fell silent"
        else
            asked = true
            native.tell(lease, PING)
        end
    end
end

local function switch_on(self, held)
    local words = { "TRACKING", "ON", "BCAST" }

    for _, prefix in ipairs(self.prefixes) do
        words[#words + 1] = "PREFIX"
        words[#words + 1] = prefix
    end
    return held:client(words)
end

local function run_once(self)
    local held, err = self.source:connect()
    if not held then
        return err
    end

    local ok
    ok, err = switch_on(self, held)
    if ok then
        -- whatever was changed until now went unheard
        clear(self)
        self.connected = true
        err = follow(self, held.lease)
        self.connected = false
    end
    held:release()
    return err
end

local function run(premature, self)
    local told

    while not (premature or self.stopped or ngx.worker.exiting()) do
        local err = run_once(self)

        if err and err ~= told then
            ngx.log(ngx.WARN, "changes of Redis are not heard: ", err)
        end
        told = err
        if err then
            ngx.sleep(PAUSE)
        end
    end
end

---@param source pandan.redis.client|pandan.redis.routed
---@param given { prefixes?: string[], clear: fun(key: string?) }
---  prefixes  of the keys that matter; all of them
---  clear     is called with each key that was changed, and with nil when
---            anything may have been
---@param level integer  of the caller who is told of mistakes
---@return pandan.redis.tracking
function tracking.start(source, given, level)
    if type(given) ~= "table" or type(given.clear) ~= "function" then
        error("clear must be a function", level + 1)
    elseif given.prefixes ~= nil and type(given.prefixes) ~= "table" then
        error("prefixes must be a list of strings", level + 1)
    end

    local self = setmetatable({
        source = source, clear = given.clear,
        prefixes = given.prefixes or {}, connected = false, stopped = false,
    }, tracking)

    local ok, err = ngx.timer.at(0, run, self)
    if not ok then
        error("cannot begin to hear changes: " .. err, level + 1)
    end
    return self
end

---Ends it, within a second.
function tracking:stop()
    self.stopped = true
end

return tracking
