-- SPDX-License-Identifier: MIT
--- Tells who wants to know about every statement that was run.

---@class pandan.db.hook
local hook = {
    ---@type fun(sql: string, count: integer, ms: number, rows: table?,
    ---          err: string?, code: string?)[]?
    listeners = nil,
}

---@param fn function
function hook.add(fn)
    hook.listeners = hook.listeners or {}
    hook.listeners[#hook.listeners + 1] = fn
end

local function tell(sql, count, started, rows, ...)
    ngx.update_time()

    local ms = (ngx.now() - started) * 1000
    for _, fn in ipairs(hook.listeners) do
        fn(sql, count, ms, rows or nil, ...)
    end
    return rows, ...
end

---Runs a native function and tells about it.
---@return any  what the function returns
function hook.run(run, target, sql, ...)
    ngx.update_time()
    return tell(sql, select("#", ...), ngx.now(), run(target, sql, ...))
end

return hook
