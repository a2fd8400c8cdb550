-- SPDX-License-Identifier: MIT
--
-- User coroutines that may wait anywhere.  They stay LuaJIT's own; only when
-- one yields the engine's mark is the suspension passed outwards, to the
-- engine, and what it answers is passed inwards again.

local _, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
intptr_t ngx_pdn_ffi_may_wait(void);
]])

local C = ffi.C

local mark = pdn.mark
local pass = pdn.pass
local is_task = pdn.is_task
local task_status = pdn.task_status

-- By coroutine, why nobody may resume it: "running" or "normal" of a user's
-- that waits, true of a task's first one, and false, by the engine, of a light
-- thread, be it gone or not.
local held = pdn.held

-- The coroutines that an error has come through so far, innermost first, with
-- `message` and the `parent` that it was raised in again.
local failed = pdn.failed

local create = coroutine.create
local resume = coroutine.resume
local running = coroutine.running
local status = coroutine.status
local error = error
local rawequal = rawequal
local type = type


-- What LuaJIT says of coroutines that neither wait nor are dead.
local BUSY = {
    ["cannot resume running coroutine"] = true,
    ["cannot resume non-suspended coroutine"] = true,
}


local function refusal(co)
    return "cannot resume " .. coroutine.status(co) .. " coroutine"
end


local passed

local function again(co, ...)
    held[co] = nil

    return passed(co, resume(co, ...))
end


function passed(co, ok, ...)
    local first, nested = ...

    if not ok then
        if BUSY[first] and status(co) ~= "dead" then
            return false, refusal(co)
        end

    elseif first == mark then
        held[co] = nested and "normal" or "running"
        return again(co, pass())
    end

    return ok, ...
end


function coroutine.resume(co, ...)
    if held[co] ~= nil then
        return false, refusal(co)
    end

    return passed(co, resume(co, ...))
end


local function note(co, message)
    local n = #failed

    if failed.parent ~= co or not rawequal(failed.message, message) then
        for i = n, 1, -1 do
            failed[i] = nil
        end
        n = 0
    end

    failed[n + 1] = co
    failed.parent = running()
    failed.message = message
end


local unwrapped

local function unwrapped_again(co, ...)
    held[co] = nil

    return unwrapped(co, resume(co, ...))
end


function unwrapped(co, ok, ...)
    local first, nested = ...

    if not ok then
        note(co, first)

        -- Where code cannot wait, as coroutine.wrap of LuaJIT has it: with
        -- the place that called.
        error(first, C.ngx_pdn_ffi_may_wait() == 0 and type(first) == "string"
            and 2 or 0)
    end

    if first == mark then
        held[co] = nested and "normal" or "running"
        return unwrapped_again(co, pass())
    end

    return ...
end


function coroutine.wrap(fn)
    local co = create(fn)

    return function(...)
        if held[co] ~= nil then
            error(refusal(co), 2)
        end

        return unwrapped(co, resume(co, ...))
    end
end


local function noted(co, ...)
    if co and held[co] == nil and is_task(co) then
        held[co] = true
    end

    return co, ...
end


function coroutine.running()
    return noted(running())
end


function coroutine.status(co)
    local why = held[co]

    if why == nil then
        return status(co)
    end

    if why == true then
        local seen = status(co)
        return seen == "suspended" and "running" or seen
    end

    return why or task_status(co)
end
