-- SPDX-License-Identifier: MIT
--- The request that the current task answers, for what has no `self` at hand:
--- pagination, the query log. Found by the number that nginx's request has
--- alone, so it is the same in all of the request's light threads.

local context = {}

-- Outside of nginx (specs) there is one task, of the number 0.
local host_id = ngx and require("pandan.runtime").host_id
    or function()
        return 0
    end

-- Weak, so that one that was cut off (its client left) is not kept.
local requests = setmetatable({}, { __mode = "v" })

---@return pandan.request?
function context.request()
    return requests[host_id()]
end

---@param request pandan.request?  nil when it has been answered
function context.set(request)
    requests[host_id()] = request
end

return context
