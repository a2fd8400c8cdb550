-- SPDX-License-Identifier: MIT
--- What a spec raises: a failed assertion, or "this one is pending".
---
--- Both are tables that carry the place in the spec file, so that they are
--- told apart from errors of the code under test.
local inspect = require("pandan.spec.inspect")

local failure = {}

local HERE = debug.getinfo(1, "S").source:match("^(.*)failure%.lua$") or "@"

local Failure = {}
local Pending = {}

Failure.__index = Failure
Pending.__index = Pending

function Failure:__tostring()
    return self.message
end

function Pending:__tostring()
    return self.message or "pending"
end

---The place of the first caller that is no part of the runner: "file:12".
---@return string
function failure.place()
    local level = 2

    while true do
        local info = debug.getinfo(level, "Sl")

        if not info then
            return "?"
        end

        local ours = info.source:sub(1, #HERE) == HERE

        if not ours and info.currentline > 0 then
            return info.short_src .. ":" .. info.currentline
        end

        level = level + 1
    end
end

---Fails the running test.
---@param message string
function failure.raise(message)
    error(setmetatable({
        message = message,
        place = failure.place(),
    }, Failure), 0)
end

---Ends the running test as pending.
---@param message? string
function failure.pend(message)
    error(setmetatable({ message = message }, Pending), 0)
end

---@return boolean
function failure.is_failure(value)
    return getmetatable(value) == Failure
end

---@return boolean
function failure.is_pending(value)
    return getmetatable(value) == Pending
end

--- The lines of a traceback that are the runner's own say nothing.
local function trimmed(trace)
    local kept = {}

    for line in trace:gmatch("[^\n]+") do
        if line:find("pandan/spec/", 1, true)
            or line:find("[C]: in function 'xpcall'", 1, true)
        then
            break
        end

        kept[#kept + 1] = line
    end

    return table.concat(kept, "\n")
end

---An xpcall handler: the error with where it was raised.
---@param err any
---@return table  { message, place?, trace?, pending? }
function failure.capture(err)
    if failure.is_failure(err) then
        return { message = err.message, place = err.place }
    end

    if failure.is_pending(err) then
        return { message = err.message, pending = true }
    end

    local text = type(err) == "table" and getmetatable(err) == nil
        and inspect.value(err) or tostring(err)

    return {
        message = text,
        place = failure.place(),
        trace = trimmed(debug.traceback("", 2)),
    }
end

return failure
