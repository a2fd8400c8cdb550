-- SPDX-License-Identifier: MIT
--- Routes: config/routes.lua tells them through the words below, `match` finds
--- one by method and path, `url` writes a path from a name.

local tree = require("pandan.router_tree")

local native = require("pandan.native")
local singular = require("pandan.model.relation").singular

---@class pandan.route
---@field method string
---@field path string          "/posts/{id}"
---@field controller string
---@field action string
---@field target string        "controller@action"
---@field name_text string?
---@field keys string[]        names of its parameters, in order
---@field parts (string|pandan.route_parameter)[]  its path, for url()
---@field takes table<string, true>  names of its parameters
---@field use string[]         plugins
local route = {}
route.__index = route

---@class pandan.route_parameter
---@field key string
---@field rest boolean  {key...}: slashes are its own

---@class pandan.router
local router = {}
router.__index = router

-- action, method, path behind the resource's own
local RESOURCE = {
    { "index",  "GET",    "" },
    { "new",    "GET",    "/new" },
    { "create", "POST",   "" },
    { "show",   "GET",    "/{id}" },
    { "edit",   "GET",    "/{id}/edit" },
    { "update", "PUT",    "/{id}" },
    { "update", "PATCH",  "/{id}" },
    { "delete", "DELETE", "/{id}" },
}

local METHODS = { "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" }

---Names the route, for url().
---@param text string
function route:name(text)
    self.router:add_name(text, self)
    return self
end

---@return pandan.router
function router.new()
    return setmetatable({
        routes = {}, names = {}, tree = tree.new(), prefix = "",
        using = {}, naming = "",
    }, router)
end

local HERE = debug.getinfo(1, "S").source

-- The level, for the caller, of who asked for a route: the first function of
-- another file. Tail calls leave no fixed number of them.
local function caller()
    local level = 2
    local info = debug.getinfo(level, "S")

    while info and (info.source == HERE or info.what == "C") do
        level = level + 1
        info = debug.getinfo(level, "S")
    end
    return level - 1
end

local function place(level)
    local info = debug.getinfo(level + 1, "Sl")
    return info and info.short_src .. ":" .. info.currentline or "?"
end

local function joined(first, second)
    local out = {}
    for _, list in ipairs({ first, second or {} }) do
        for _, item in ipairs(list) do
            out[#out + 1] = item
        end
    end
    return out
end

function router:add_name(text, owner)
    text = self.naming .. text
    local other = self.names[text]

    if other and other ~= owner and other.path ~= owner.path then
        error("the route name '" .. text .. "' is taken by " .. other.path
            .. " (" .. other.place .. ")", caller())
    end

    owner.name_text = text
    self.names[text] = owner
end

-- Cuts a route's path into its texts and parameters, for url().
local function cut(new)
    local parts, takes, from = {}, {}, 1

    for text, parameter, after in new.path:gmatch("([^{]*){([^}]+)}()") do
        local key = parameter:match("^[%w_]+")

        parts[#parts + 1] = text
        parts[#parts + 1] = { key = key, rest = parameter:sub(-3) == "..." }
        takes[key] = true
        from = after
    end
    parts[#parts + 1] = new.path:sub(from)
    new.parts, new.takes = parts, takes
end

---@param method string
---@param path string
---@param target string  "controller@action"
---@param options? { use?: string[] }
function router:add(method, path, target, options)
    local level = caller()
    local controller, action
    if type(target) == "string" then
        controller, action = target:match("^([%w_/.]+)[@#:]([%a_][%w_]*)$")
    end

    if not controller then
        error("the target of " .. path .. " must be 'controller@action', not '"
            .. tostring(target) .. "'", level)
    end

    path = self.prefix .. path
    if path ~= "/" then
        path = path:gsub("/+$", "")
    end
    if path == "" then
        path = "/"
    end

    local new = setmetatable({
        router = self, method = method, path = path, controller = controller,
        action = action, target = controller .. "@" .. action,
        use = joined(self.using, options and options.use),
        place = place(level),
    }, route)

    local ok, err = self.tree:insert(path, new)
    if not ok then
        error(err, level)
    end
    cut(new)

    self.routes[#self.routes + 1] = new
    return new
end

for _, method in ipairs(METHODS) do
    router[method:lower()] = function(self, path, target, options)
        return self:add(method, path, target, options)
    end
end

---All methods.
function router:any(path, target, options)
    local first
    for _, method in ipairs(METHODS) do
        if method ~= "OPTIONS" then
            local new = self:add(method, path, target, options)
            first = first or new
        end
    end
    return first
end

---Routes below a prefix, with plugins of their own.
---@param prefix string
---@param options { use?: string[], name?: string }
---@param fn fun(r: pandan.router)
function router:group(prefix, options, fn)
    local old_prefix, old_using, old_naming =
        self.prefix, self.using, self.naming

    self.prefix = old_prefix .. prefix:gsub("/+$", "")
    self.using = joined(old_using, options and options.use)
    self.naming = old_naming .. (options and options.name or "")
    fn(self)
    self.prefix, self.using, self.naming = old_prefix, old_using, old_naming
end

local function chosen(options, action)
    local function has(list)
        for _, item in ipairs(list) do
            if item == action then
                return true
            end
        end
        return false
    end

    if options and options.only then
        return has(options.only)
    end
    return not (options and options.except and has(options.except))
end

---The seven routes of a resource.
---@param name string  "posts": also its controller and the start of its names
---@param options? { only?: string[], except?: string[], use?: string[],
---  controller?: string, path?: string }
---@param fn? fun(r: pandan.router)  routes nested below one of them
function router:resource(name, options, fn)
    local base = options and options.path or "/" .. name
    local controller = options and options.controller or name

    for _, row in ipairs(RESOURCE) do
        local action, method, rest = row[1], row[2], row[3]
        if chosen(options, action) then
            local new = self:add(method, base .. rest,
                controller .. "@" .. action, options)
            self:add_name(name:gsub("/", ".") .. "." .. action, new)
        end
    end

    if fn then
        local key = singular(name:match("([%w_]+)$")) .. "_id"
        self:group(base .. "/{" .. key .. "}", options, fn)
    end
end

---Vanilla's own routes: /controller/action; opt-in.
function router:auto()
    self.automatic = true
end

---@param method string
---@param path string
---@return pandan.route? route
---@return table<string, string>|string|nil params  nil if it has none; or why
---  there is no route: "not_found", "not_allowed"
---@return string[]? allowed  the methods that the path has
function router:match(method, path)
    local found, values = self.tree:find(method, path)

    if found then
        local keys = found.keys
        if not values or not keys[1] then
            return found
        end

        -- most have one; a loop of one turn is not compiled with the rest
        local params = { [keys[1]] = values[1] }
        if keys[2] then
            for i = 2, #keys do
                params[keys[i]] = values[i]
            end
        end
        return found, params
    end

    local methods = self.tree:methods(path)
    if not next(methods) then
        return nil, "not_found"
    end

    methods.HEAD = methods.GET
    methods.OPTIONS = true

    local allowed = {}
    for name in pairs(methods) do
        allowed[#allowed + 1] = name
    end
    table.sort(allowed)

    return nil, "not_allowed", allowed
end

-- What of the parameters the path has not taken.
local function query_string(params, taken)
    local names = {}

    for name in pairs(params) do
        if not taken[name] and type(name) == "string" then
            names[#names + 1] = name
        end
    end
    if #names == 0 then
        return ""
    end
    table.sort(names)

    local out = {}
    for i, name in ipairs(names) do
        out[i] = native.escape.url(name) .. "="
            .. native.escape.url(tostring(params[name]))
    end
    return "?" .. table.concat(out, "&")
end

---Whether a value is a plain table of parameters, and not a record.
local function is_params(value)
    return type(value) == "table" and getmetatable(value) == nil
end

-- A parameter's text. Errors are of the caller of url().
local function parameter(name, part, object)
    local value = object
    if type(object) == "table" then
        value = object[part.key]
    end
    if value == nil then
        error("the route '" .. name .. "' needs '" .. part.key .. "'", 3)
    end

    local escaped = native.escape.url(tostring(value))
    if part.rest then
        escaped = escaped:gsub("%%2F", "/")
    end
    return escaped
end

---The path of a named route.
---@param name string
---@param object? any  a record, a table of parameters, or the only parameter
---@return string
function router:url(name, object)
    local found = self.names[name]
    if not found then
        error("there is no route named '" .. tostring(name) .. "'", 2)
    end

    local path, parts = "", found.parts
    for i = 1, #parts do
        local part = parts[i]
        path = path .. (type(part) == "string" and part
            or parameter(name, part, object))
    end

    if is_params(object) then
        path = path .. query_string(object, found.takes)
    end
    return path
end

return router
