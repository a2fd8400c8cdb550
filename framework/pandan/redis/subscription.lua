-- SPDX-License-Identifier: MIT
--- Messages of channels, over a connection of one's own. What nobody asks for
--- yet stays with the server; only a little of it is kept here.

local methods = require("pandan.redis.methods")
local native = require("pandan.redis.native")
local session = require("pandan.redis.session")

---@class pandan.redis.subscription
local subscription = {}
subscription.__index = subscription

local MESSAGES = {
    message = function(m)
        return { kind = "message", channel = m[2], data = m[3] }
    end,
    smessage = function(m)
        return { kind = "message", channel = m[2], data = m[3] }
    end,
    pmessage = function(m)
        return {
            kind = "message", pattern = m[2], channel = m[3], data = m[4],
        }
    end,
    invalidate = function(m)
        return {
            kind = "invalidate", keys = m[2] ~= ngx.null and m[2] or nil,
        }
    end,
}

local function tell(self, command, ...)
    local ok, err, code, word = native.tell(self.held.lease,
        methods.entry(command).head, ...)
    return ok, err, code, word
end

-- What stands for one channel in the confirmations of the server.
local function list_of(...)
    local first = ...
    return type(first) == "table" and first or { ... }
end

-- The server confirms each channel; messages that come meanwhile are kept.
local function subscribe(self, command, channels)
    if #channels == 0 then
        return true
    end

    local ok, err, code, word = tell(self, command, channels)
    if not ok then
        return ok, err, code, word
    end

    for _ = 1, #channels do
        local confirmed

        repeat
            local frame
            frame, err, code, word = native.listen(self.held.lease,
                self.timeout)
            if err ~= nil then
                return nil, err, code, word
            end

            confirmed = type(frame) == "table"
                and frame[1] == command:lower()
            if not confirmed then
                self.early[#self.early + 1] = frame
            end
        until confirmed
    end
    return true
end

---@param client pandan.redis.client
---@return pandan.redis.subscription? subscription
---@return string? err
---@return string? code
function subscription.open(client)
    local held, err, code, word = session.open(client)
    if not held then
        return nil, err, code, word
    end

    native.retire(held.lease)
    return setmetatable({
        held = held, timeout = client.timeout, early = {},
    }, subscription)
end

local function adder(command)
    return function(self, ...)
        local ok, err, code, word = subscribe(self, command, list_of(...))
        if ok == false then
            error(err, 2)
        end
        return ok, err, code, word
    end
end

---More channels.
subscription.subscribe = adder("SUBSCRIBE")
---Channels whose names match patterns.
subscription.psubscribe = adder("PSUBSCRIBE")
---Channels of a cluster's shard.
subscription.ssubscribe = adder("SSUBSCRIBE")
---Fewer channels; what they sent before still comes.
subscription.unsubscribe = adder("UNSUBSCRIBE")
subscription.punsubscribe = adder("PUNSUBSCRIBE")
subscription.sunsubscribe = adder("SUNSUBSCRIBE")

---Waits for the next message.
---@param timeout? number  milliseconds; as long as any command for none
---@return table? message  kind ("message": channel, data, pattern;
---                        "invalidate": keys, nil for all of them)
---@return string? err
---@return string? code    "timeout": nothing came, go on asking
function subscription:receive(timeout)
    while true do
        local frame, err, code, word = table.remove(self.early, 1), nil

        if frame == nil then
            frame, err, code, word = native.listen(self.held.lease,
                timeout or self.timeout)
        end

        if err ~= nil then
            if frame == false then
                error(err, 2)
            end
            return nil, err, code, word
        end

        local make = type(frame) == "table" and MESSAGES[frame[1]]
        if make then
            return make(frame)
        end
    end
end

---Ends it.
function subscription:close()
    self.held:release()
end

return subscription
