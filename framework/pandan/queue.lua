-- SPDX-License-Identifier: MIT
--- Queues of a fixed size that all workers share: first in, first out, values
--- of any shape. They live as long as nginx does, and no longer.
---
---     local mails = queue.new("mails", 1000)
---     mails:push({ to = "ann@example.org" })
---     local mail = mails:pop(10)

local codec = require("pandan.cache.codec")
local options = require("pandan.options")
local shared = require("pandan.shared")

---@class pandan.queue
local queue = {}
queue.__index = queue

local MAX_WAIT = 86400

local RULES = {
    zone = { "string", default = "pandan" },
}

local MESSAGES = {
    full = "the queue '%s' is full",
    empty = "the queue '%s' is empty",
    timeout = "the queue '%s' did not answer in time",
    ["no memory"] = "there is no memory for the queue '%s'",
}

local function failed(self, err)
    return nil, MESSAGES[err]:format(self.name), (err:gsub(" ", "_"))
end

local function check_wait(wait)
    if wait ~= nil and (type(wait) ~= "number" or wait < 0
        or wait > MAX_WAIT)
    then
        error("seconds to wait are a number from 0 to " .. MAX_WAIT, 3)
    end
    return wait or 0
end

---@param name string
---@param size integer  how many values it holds
---@param given? { zone?: string }
---@return pandan.queue
function queue.new(name, size, given)
    local o = options.check(given, RULES)

    shared.check_key(name)
    if type(size) ~= "number" or size < 1 or size % 1 ~= 0 then
        error("the size of a queue is a whole number from 1", 2)
    end

    return setmetatable({
        name = name, key = "queue:" .. name, size = size,
        zone = shared.zone(o.zone),
    }, queue)
end

---Puts a value at the end.
---@param value any    not nil
---@param wait? number seconds to wait while it is full; 0
---@return true? ok
---@return string? err
---@return "full"|"timeout"|"no_memory"|nil code
function queue:push(value, wait)
    wait = check_wait(wait)

    if value == nil then
        error("nil cannot be queued", 2)
    end

    local bytes, kind = codec.encode(value)

    if not bytes then
        error(kind, 2)
    end

    local ok, err = shared.queue_push(self.zone, self.key, self.size, bytes,
        kind, wait)

    if not ok then
        return failed(self, err)
    end
    return true
end

---Takes the first value; it is gone with this, whatever becomes of who took
---it.
---@param wait? number seconds to wait while it is empty; 0
---@return any value
---@return string? err
---@return "empty"|"timeout"|"no_memory"|nil code
function queue:pop(wait)
    local bytes, kind = shared.queue_pop(self.zone, self.key, check_wait(wait))

    if not bytes then
        return failed(self, kind)
    end

    local _, value = codec.decode(kind, bytes, #bytes)
    return value
end

---How many values wait in it.
---@return integer
function queue:count()
    return shared.queue_count(self.zone, self.key)
end

return queue
