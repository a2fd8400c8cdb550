-- SPDX-License-Identifier: MIT
--- How lazily a worker collects its garbage. LuaJIT does when its memory has
--- doubled since the last time; while it is small it may grow to four times,
--- which spares most of the looks at what is still in use.

local collector = {}

-- Percents of what was in use, as of collectgarbage("setpause").
local USUAL, LAZY = 200, 400

---Sees to it now, and is to be called every now and then.
---@param limit number  MB that a worker's Lua may have taken meanwhile
function collector.tend(limit)
    local wanted = collectgarbage("count") < limit * 1024 and LAZY or USUAL
    local found = collectgarbage("setpause", wanted)

    if found ~= USUAL and found ~= LAZY then
        -- the app's own choice
        collectgarbage("setpause", found)
    end
end

return collector
