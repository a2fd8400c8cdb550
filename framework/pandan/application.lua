-- SPDX-License-Identifier: MIT
--- One application: its configuration, routes, controllers and views, loaded
--- once for each VM, and asked by every request.

local collector = require("pandan.collector")
local config = require("pandan.config")
local context = require("pandan.context")
local controller = require("pandan.controller")
local dispatcher = require("pandan.dispatcher")
local error_page = require("pandan.error_page")
local halt = require("pandan.halt")
local helpers = require("pandan.helpers")
local loader = require("pandan.loader")
local log = require("pandan.log")
local plugin = require("pandan.plugin")
local request_class = require("pandan.request")
local response_class = require("pandan.response")
local router = require("pandan.router")
local security_headers = require("pandan.security_headers")
local sessions = require("pandan.session")
local views = require("pandan.view")

-- Outside of nginx (specs) requests come from pandan.test alone.
local runtime = ngx and require("pandan.runtime")
local clock = runtime and runtime.clock
local nginx_source = ngx and require("pandan.request_nginx")

-- MB of Lua's memory in a worker, up to which it collects less often.
local LAZY_COLLECTOR = 64

---@class pandan.application
---@field root string
---@field env string
---@field config pandan.config
---@field router pandan.router
---@field views pandan.views
---@field sessions pandan.sessions
---@field log pandan.log
---@field hooks table<string, table[]>  of the plugins for all requests
---@field broken any  why the app could not be loaded (development)
local application = {}
application.__index = application

-- What a broken .env or config/ must not keep from being shown.
local function bare(root, env)
    return setmetatable({
        root = root, env = env, plugins = {}, entries = {}, chains = {},
        hooks = plugin.by_hook({}), security_headers = {},
        log = log.new({ format = env == "test" and "none" or "text" }),
        sessions = { write = function() end },
        config = { errors = {}, application = {} },
    }, application)
end

local function prepare_headers(self)
    if runtime then
        self.fixed_headers =
            runtime.fixed_headers(self.security_headers, "X-Request-Id")
    end
end

local function log_options(self)
    local format = self.env == "production" and "json" or "text"
    if self.env == "test" then
        format = "none"
    end
    local settings = self.config.application

    return {
        format = settings.log_format or format,
        file = settings.log_file and self.root .. "/" .. settings.log_file,
    }
end

local function load_routes(self)
    local routes = self.loader:load("config/routes")
    if type(routes) ~= "function" then
        error("config/routes.lua must return a function(r)", 0)
    end

    self.router = router.new()
    routes(self.router)
end

-- Vanilla's bootstrap: methods of application/bootstrap.lua, in the order of
-- its boot_list(), with the application as their dispatcher.
local function run_bootstrap(self)
    if not self.loader:exists("application/bootstrap") then
        return
    end

    local bootstrap = self.loader:load("application/bootstrap")
    if type(bootstrap) == "function" then
        return bootstrap(self)
    end

    local list = bootstrap.boot_list and bootstrap:boot_list() or {}
    for _, step in ipairs(list) do
        if type(step) ~= "function" then
            error("application/bootstrap.lua: boot_list() must list functions",
                0)
        end
        step(bootstrap, self)
    end
end

-- A route to nowhere is an error at boot, not at the first click.
local function check_routes(self)
    for _, route in ipairs(self.router.routes) do
        local ok, err = pcall(self.entry, self, route)
        if not ok then
            error(type(err) == "table" and err
                or tostring(err) .. "\n  routed at " .. route.place, 0)
        end
        self:hooks_of(route)
    end
end

local function load(self)
    self.config = config.load(self.root, self.env)
    self.log = log.new(log_options(self))
    self.uploads = { folder = self.root .. "/storage/tmp" }
    for key, value in pairs(self.config.application.uploads or {}) do
        self.uploads[key] = value
    end
    self.security_headers =
        security_headers.with(self.config.application.security_headers)
    prepare_headers(self)
    self.sessions = sessions.new(self.config.session, self.config.env)
    self.views = views.new(self.root, self.env == "development")

    if self.config.database.default then
        local db = require("pandan.db")
        self.config.database.root = self.root
        db.configure(self.config.database)
        db.on_query(log.note_query)
    end

    -- outside of nginx there is no memory to share
    if runtime and ngx.shared.pandan_cache then
        require("pandan.cache").configure(self.config.cache)
    end

    self.loader = loader.new(self.root, self.env ~= "production")
    require("pandan.model").relation.load_model = self.loader.words.LoadModel
    run_bootstrap(self)
    load_routes(self)
    self.hooks = plugin.by_hook(self.plugins)
    check_routes(self)
end

---Loads an app. A broken one comes back with the error, and answers every
---request with it.
---@param root string
---@param env string
---@return pandan.application app
---@return any? broken
function application.new(root, env)
    local self = bare(root, env)

    prepare_headers(self)
    require("pandan.model").page.request = context.request

    local ok, err = xpcall(load, function(raised)
        if type(raised) == "table" then
            return raised
        end
        return { message = tostring(raised), cause = raised,
            trace = debug.traceback("", 2),
            frames = env == "development" and error_page.frames(3) or nil }
    end, self)

    if not ok then
        self.broken = err
        return self, err.message or tostring(err)
    end
    return self
end

---Vanilla's Dispatcher:registerPlugin.
function application:registerPlugin(each)
    self.plugins[#self.plugins + 1] = each
end

---@class pandan.entry
---@field name string
---@field action_name string
---@field action function
---@field metatable table

---The controller and action of a route. Only functions that the controller's
---file itself defines are actions, and none that begin with "_".
---@param route pandan.route
---@return pandan.entry
function application:entry(route)
    local found = self.entries[route]
    if found then
        return found
    end

    local path = route.controller:gsub("%.", "/")
    local own = self.loader:load("application/controllers/" .. path)
    if type(own) ~= "table" then
        error("application/controllers/" .. path .. ".lua must return a table",
            0)
    end

    local action = rawget(own, route.action)
    if type(action) ~= "function" or route.action:sub(1, 1) == "_" then
        error("application/controllers/" .. path .. ".lua has no action '"
            .. route.action .. "'", 0)
    end

    found = {
        name = path, action_name = route.action, action = action,
        own = own,
    }
    found.metatable = controller.metatable(found)
    self.entries[route] = found
    return found
end

-- Whether a controller's `use` names a plugin for this action.
local function applies(use, action)
    local function has(list)
        for _, name in ipairs(list) do
            if name == action then
                return true
            end
        end
        return false
    end

    if use.only and not has(use.only) then
        return false
    end
    return not (use.except and has(use.except))
end

---All hooks of a route: the app's plugins, the group's, the controller's.
---@param route pandan.route
function application:hooks_of(route)
    local found = self.chains[route]
    if found then
        return found
    end

    local list = {}
    for _, each in ipairs(self.plugins) do
        list[#list + 1] = each
    end

    local use = self:entry(route).own.use
    for _, names in ipairs({
        route.use or {}, use and applies(use, route.action) and use or {},
    }) do
        for _, name in ipairs(names) do
            list[#list + 1] = type(name) == "table" and name
                or self.loader:load("application/plugins/" .. name)
        end
    end

    found = plugin.by_hook(list)
    self.chains[route] = found
    return found
end

---Vanilla's own route of a path: /controller/action, "index" for both.
---@return pandan.route?
function application:automatic_route(path)
    local segments = {}
    for text in path:gmatch("[^/]+") do
        if not text:find("^[%w_]+$") then
            return nil
        end
        segments[#segments + 1] = text
    end

    local action = #segments > 1 and table.remove(segments):lower() or "index"
    local name = #segments > 0 and table.concat(segments, "/") or "index"

    if not self.loader:exists("application/controllers/" .. name) then
        return nil
    end

    local key = name .. "@" .. action
    local route = { controller = name, action = action, target = key,
        method = "GET", path = path, use = {} }
    local own = self.loader:load("application/controllers/" .. name)

    if type(own) ~= "table" or type(rawget(own, action)) ~= "function"
        or action:sub(1, 1) == "_"
    then
        return nil
    end

    -- one object a route, so that what is kept of it is found again
    self.automatic = self.automatic or {}
    self.automatic[key] = self.automatic[key] or route
    return self.automatic[key]
end

function application:url(name, object)
    return self.router:url(name, object)
end

function application:has_route(name)
    return self.router.names[name] ~= nil
end

-- Vanilla's place for error pages: controllers/error.lua, action error.
local ERROR_ROUTE = { controller = "error", action = "error" }

local function page_of_controller(self, request, shown)
    local entry = self:entry(ERROR_ROUTE)
    local response = response_class.new(request)
    response.status = shown.status

    local answer = entry.action(setmetatable({
        app = self, request = request, response = response, err = shown,
    }, entry.metatable))

    return answer == response and response.body or answer
end

---The app's own page for an error: of controllers/error.lua, or the view
---errors/STATUS. Nil if it has none, or it fails.
function application:own_error_page(request, status, err)
    if not self.loader then
        return nil
    end

    -- what a fault says is for the log alone
    local shown = { status = status, code = err.code,
        message = halt.is_halt(err) and err.message or nil }
    local view = "errors/" .. status
    local ok, text = true, nil

    if self.loader:exists("application/controllers/error") then
        ok, text = pcall(page_of_controller, self, request, shown)
    elseif self.views:exists(view) then
        ok, text = pcall(self.views.render, self.views, view, { err = shown },
            helpers.of(request))
    end

    if not ok then
        self.log:fault(request, { message = "cannot show the error page: "
            .. tostring(type(text) == "table" and text.message or text) })
        return nil
    end
    return type(text) == "string" and text or nil
end

---What may help with an error, for the development page.
function application.hint(_, err)
    local cause = type(err.cause) == "table" and err.cause or err

    if cause.code == "undefined_table" then
        return "A table is missing: run 'pandan db migrate'."
    elseif cause.code == "connect_failed" or cause.code == "closed" then
        return "The database does not answer: is it running, and does "
            .. "config/database.lua (or DATABASE_URL) name it rightly?"
    end
    return nil
end

-- A syntax error that `pandan dev` has found: the old code lives on, but the
-- browser should show it.
local function syntax_error(self)
    local file = io.open(self.root .. "/.pandan/development/broken.json", "r")
    if not file then
        return nil
    end

    local text = file:read("*a")
    file:close()

    local found = require("pandan.json").decode(text)
    if type(found) ~= "table" then
        return nil
    end
    return { message = tostring(found.message), cause = {
        view = found.file, line = tonumber(found.line),
        message = found.message,
    }, hint = "The code does not compile; the app still runs as it was." }
end

---Answers a request of any source.
---@param source pandan.request_source
---@param method string
---@param path string  decoded, without the query
---@return pandan.response
---@return pandan.request
function application:handle(source, method, path)
    local request = request_class.new(self, source, method, path)
    local broken = self.broken
        or self.env == "development" and syntax_error(self)

    if broken then
        return require("pandan.errors").response(self, request, broken),
            request
    end
    return dispatcher.dispatch(self, request), request
end

local function send(self, response, request, started)
    response:send(self.fixed_headers)
    context.set(nil)

    if started then
        self.log:request(request, response, (clock() - started) * 1000)
    end
end

---Answers the request of nginx at hand.
function application:handle_nginx()
    local started = self.log.format ~= "none" and clock() or nil
    local response, request = self:handle(nginx_source, runtime.line())

    send(self, response, request, started)
end

---Answers a request that nginx itself would not let through (a body that is
---too large): as an error of the app, in the form that was asked for.
---@param status integer
---@param message string
function application:refuse_nginx(status, message)
    local started = self.log.format ~= "none" and clock() or nil
    local request = request_class.new(self, nginx_source, runtime.line())
    local response = require("pandan.errors").response(self, request,
        { status = status, message = message })

    send(self, response, request, started)
end

---In each worker, before its first request: from here on the log is written
---every second.
function application:start_worker()
    local limit = self.config.application.lazy_collector or LAZY_COLLECTOR

    request_class.new_ids()
    collector.tend(limit)

    if self.log.format == "json" then
        ngx.timer.every(1, function()
            self.log:flush()
            collector.tend(limit)
        end)
    end
end

return application
