-- SPDX-License-Identifier: MIT
--
-- User coroutines that may wait anywhere.  They stay LuaJIT's own; only when
-- one yields the engine's mark is the suspension passed outwards, to the
-- engine, and what it answers is passed inwards again.

local _, pdn = ...

local mark = pdn.mark
local create = coroutine.create
local resume = coroutine.resume
local yield = coroutine.yield
local error = error


local function passed(co, ok, first, ...)
    if first == mark and ok then
        return passed(co, resume(co, yield(mark)))
    end

    return ok, first, ...
end


function coroutine.resume(co, ...)
    return passed(co, resume(co, ...))
end


local function unwrapped(co, ok, first, ...)
    if not ok then
        error(first, 0)
    end

    if first == mark then
        return unwrapped(co, resume(co, yield(mark)))
    end

    return first, ...
end


function coroutine.wrap(fn)
    local co = create(fn)

    return function(...)
        return unwrapped(co, resume(co, ...))
    end
end
