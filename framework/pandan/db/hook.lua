-- SPDX-License-Identifier: MIT
--- Tells who wants to know about every statement that was run.

local native = require("pandan.db.native")

---@class pandan.db.hook
local hook = {
    ---@type fun(sql: string, count: integer, ms: number, rows: table?,
    ---          err: string?, code: string?)[]?
    listeners = nil,
}

---One that listens already is not told twice.
---@param fn function
function hook.add(fn)
    hook.listeners = hook.listeners or {}

    for _, known in ipairs(hook.listeners) do
        if known == fn then
            return
        end
    end
    hook.listeners[#hook.listeners + 1] = fn
end

local function tell(sql, count, started, rows, ...)
    local ms = native.clock() - started

    for _, fn in ipairs(hook.listeners) do
        fn(sql, count, ms, rows or nil, ...)
    end
    return rows, ...
end

---Runs a native function and tells about it.
---@return any  what the function returns
function hook.run(run, target, sql, ...)
    return tell(sql, select("#", ...), native.clock(), run(target, sql, ...))
end

return hook
