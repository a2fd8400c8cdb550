-- SPDX-License-Identifier: MIT
--- Plugins: the middleware. A plugin is a table with some of the six hooks;
--- a hook that returns a response ends the request with it. aroundAction()
--- stands in the action's place, and is given a function that runs it.
---
---     local Auth = Plugin()
---     function Auth:preDispatch(request, response)
---         if not request.session.user_id then
---             return response:redirect("/login")
---         end
---     end

local plugin = {}

plugin.HOOKS = {
    "routerStartup", "routerShutdown", "dispatchLoopStartup", "preDispatch",
    "postDispatch", "dispatchLoopShutdown",
}

local meta = { __index = {} }

---Whether a value was made by Plugin().
function plugin.is_plugin(value)
    return getmetatable(value) == meta
end

---Plugins sorted by hook, so that a request asks only those that have one.
---@param list table[]
---@return table<string, table[]>
function plugin.by_hook(list)
    local sorted = { onError = {}, aroundAction = {} }

    for _, name in ipairs(plugin.HOOKS) do
        sorted[name] = {}
    end
    for _, each in ipairs(list) do
        for name, chain in pairs(sorted) do
            if type(each[name]) == "function" then
                chain[#chain + 1] = each
            end
        end
    end

    return sorted
end

return setmetatable(plugin, {
    __call = function()
        return setmetatable({}, meta)
    end,
})
