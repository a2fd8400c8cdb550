-- SPDX-License-Identifier: MIT
--- LISTEN of PostgreSQL, on a connection of its own that is made again when it
--- is lost:
---
---     local listener = db:listen("jobs")
---     local event, err = listener:wait(5000)
---
--- What is sent while there is no connection is lost, as the server keeps
--- nothing; an event with `reconnected` says that it may have been.

local native = require("pandan.db.native")

---@class pandan.db.event
---@field channel? string
---@field payload? string
---@field pid? string         the process that has sent it
---@field reconnected? true   instead of these

---@class pandan.db.listener
local listener = {}
listener.__index = listener

local FIRST_PAUSE = 0.05 -- seconds, doubled up to
local LONGEST_PAUSE = 5

local function quoted(name)
    return '"' .. name:gsub('"', '""') .. '"'
end

---@param pool userdata      its connections are only for this
---@param channels string[]
---@return pandan.db.listener? listener
---@return string? err
---@return string? code
---@return string? server_code
---@return table<string, string>? fields
function listener.new(pool, channels)
    local list = {}
    for i, name in ipairs(channels) do
        list[i] = "LISTEN " .. quoted(name)
    end

    local self = setmetatable({
        pool = pool, sql = table.concat(list, ";"), waiting = {}, first = 1,
    }, listener)

    local ok, err, code, server, fields = self:open()
    if not ok then
        return nil, err, code, server, fields
    end
    return self
end

---@private
function listener:open()
    local ok, reader, code, server, fields = native.listen(self.pool,
        self.sql)
    if not ok then
        return nil, reader, code, server, fields
    end

    self.reader = reader
    return true
end

-- Connects anew, until `deadline`.
local function reopen(self, deadline)
    local pause = FIRST_PAUSE

    while not self.closed do
        local ok, err = self:open()
        if ok then
            return true
        end

        local left = (deadline - native.clock()) / 1000
        if left <= 0 then
            return nil, err
        end
        ngx.sleep(math.min(pause, left))
        pause = math.min(pause * 2, LONGEST_PAUSE)
    end
    return nil, "closed"
end

local function take(self)
    local event = self.waiting[self.first]

    self.first = self.first + 1
    if not self.waiting[self.first] then
        self.waiting, self.first = {}, 1
    end
    return event
end

---The next event; nil and "timeout" when none came, or nil and "closed" after
---close().
---@param ms integer
---@return pandan.db.event? event
---@return string? err
function listener:wait(ms)
    local deadline = native.clock() + ms

    if self.waiting[self.first] then
        return take(self)
    elseif self.closed then
        return nil, "closed"
    end

    if not self.reader then
        if not reopen(self, deadline) then
            return nil, self.closed and "closed" or "timeout"
        end
        return { reconnected = true }
    end

    local events, err = native.more(self.reader, math.max(ms, 1))

    if events == false then
        error(err, 2)
    elseif events == true then
        return nil, "timeout"
    elseif events then
        self.waiting, self.first = events, 1
        return take(self)
    end

    self.reader = nil
    return self:wait(math.max(deadline - native.clock(), 1))
end

---Calls `fn(event)` for each until it returns false or the worker ends.
---@param fn fun(event: pandan.db.event): boolean?
function listener:run(fn)
    while not self.closed and not ngx.worker.exiting() do
        local event = self:wait(1000)

        if event and fn(event) == false then
            break
        end
    end
    self:close()
end

---Ends it; its connection is closed.
function listener:close()
    local reader = self.reader

    self.closed, self.reader = true, nil
    if reader then
        native.stop(reader)
    end
end

return listener
