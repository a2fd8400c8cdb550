-- SPDX-License-Identifier: MIT
--- The request that the current task answers, for what has no `self` at hand:
--- pagination, the query log. Kept in ngx.ctx, so it is the task's alone.

local context = {}

-- Outside of nginx (specs) there is one task.
local alone

---@return pandan.request?
function context.request()
    if not ngx then
        return alone
    end

    local ok, ctx = pcall(function()
        return ngx.ctx
    end)
    return ok and ctx and ctx.pandan_request or nil
end

---@param request pandan.request?
function context.set(request)
    if ngx then
        ngx.ctx.pandan_request = request
    else
        alone = request
    end
end

return context
