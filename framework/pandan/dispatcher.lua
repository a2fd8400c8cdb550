-- SPDX-License-Identifier: MIT
--- The way of a request through the application: plugins, router, controller,
--- response. Whatever fails on the way becomes a response here, and only here.

local context = require("pandan.context")
local csrf = require("pandan.csrf")
local errors = require("pandan.errors")
local halt = require("pandan.halt")
local params = require("pandan.params")
local response_class = require("pandan.response")

local dispatcher = {}

local OVERRIDES = { PUT = true, PATCH = true, DELETE = true }

-- A form can only POST; `_method` says what it means.
local function real_method(request)
    if request.method ~= "POST" or not request:is_form()
        or request.content_type == "text/plain"
    then
        return
    end

    local wanted = request.body._method
    if type(wanted) == "string" and OVERRIDES[wanted:upper()] then
        rawset(request, "sent_method", request.method)
        request.method = wanted:upper()
    end
end

-- Runs one hook of a chain of plugins; a response that one returns.
local function hook(chain, name, request, response)
    for i = 1, #chain do
        local plugin = chain[i]
        local answer = plugin[name](plugin, request, response)
        if answer ~= nil then
            return answer
        end
    end
end

local function find_route(app, request, response)
    local route, found, allowed = app.router:match(request.method,
        request.path)

    if route then
        request.route = route
        if found then
            request.route_params = found
        end
        return route
    end

    if app.router.automatic and found == "not_found" then
        route = app:automatic_route(request.path)
        if route then
            request.route = route
            return route
        end
    end

    if found == "not_found" then
        halt.with(404, "there is no page at " .. request.path)
    end

    response:header("Allow", table.concat(allowed, ", "))
    if request.method == "OPTIONS" then
        response.status = 204
        halt.response(response)
    end
    halt.with(405, request.method .. " is not allowed here", {
        headers = { Allow = response.headers.Allow },
    })
end

-- What an action returned, as the response's body.
local function take(self, value)
    local kind = type(value)

    if value == self.response or value == self then
        return
    end
    if kind == "string" then
        self:html(value)
    elseif kind == "table" then
        self:json(value)
    elseif value == nil then
        local response = self.response
        if response.body == "" and response.status == 200
            and not response:has("Location")
        then
            self:html(self:render())
        end
    else
        error("the action '" .. self.controller_name .. "@" .. self.action_name
            .. "' returned a " .. kind .. "; it returns a string, a table, a "
            .. "response or nothing", 0)
    end
end

local act

-- Apart from act(), as LuaJIT compiles no function that makes another.
local function act_within(plugin, chain, i, request, response, self, action)
    plugin:aroundAction(request, response, function()
        act(chain, i + 1, request, response, self, action)
    end)
end

-- The action within the plugins that stand around it, the first outermost.
function act(chain, i, request, response, self, action)
    local plugin = chain[i]

    if plugin then
        act_within(plugin, chain, i, request, response, self, action)
    else
        take(self, action(self))
    end
end

local function run_action(app, request, response, hooks)
    local entry = app:entry(request.route)
    local self = setmetatable({
        app = app, request = request, response = response, assigned = nil,
    }, entry.metatable)

    csrf.check(request)

    local answer = hook(hooks.preDispatch, "preDispatch", request, response)
    if answer == nil then
        act(hooks.aroundAction, 1, request, response, self, entry.action)
        answer = hook(hooks.postDispatch, "postDispatch", request, response)
    end
    return answer
end

local function run(app, request, response)
    local hooks = app.hooks

    real_method(request)

    if hook(hooks.routerStartup, "routerStartup", request, response) then
        return
    end
    local route = find_route(app, request, response)
    hooks = app:hooks_of(route)

    if hook(hooks.routerShutdown, "routerShutdown", request, response)
        or hook(hooks.dispatchLoopStartup, "dispatchLoopStartup", request,
            response)
    then
        return
    end

    if run_action(app, request, response, hooks) == nil then
        hook(hooks.dispatchLoopShutdown, "dispatchLoopShutdown", request,
            response)
    end
end

local function failed(app, request, err)
    for _, plugin in ipairs(app.hooks.onError) do
        local response = response_class.new(request)
        local ok, answer = pcall(plugin.onError, plugin, request, response,
            err)
        if ok and answer ~= nil then
            return response
        end
    end
    return errors.response(app, request, err)
end

---Answers a request; never raises.
---@param app pandan.application
---@param request pandan.request
---@return pandan.response
function dispatcher.dispatch(app, request)
    local response = response_class.new(request)

    context.set(request)

    local ok, err = xpcall(run, errors.handler(app), app, request, response)
    if not ok then
        response = type(err) == "table" and err.response
            or failed(app, request, err)
    end

    if rawget(request, "session") then
        ok, err = pcall(app.sessions.write, app.sessions, request, response)
        if not ok then
            response = failed(app, request, { message = tostring(err) })
        end
    end

    params.clean(request)
    return response
end

return dispatcher
