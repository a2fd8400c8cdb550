-- SPDX-License-Identifier: MIT
--- Paths as a tree of segments. Static text wins over a parameter, a
--- parameter over the rest of the path; paths without parameters are found by
--- one look in a table.

---@class pandan.router_node
---@field handlers table<string, pandan.route>  by method
---@field static table<string, pandan.router_node>
---@field int pandan.router_node?    {id:int}
---@field param pandan.router_node?  {id}
---@field rest pandan.router_node?   {path...}

---@class pandan.router_tree
local tree = {}
tree.__index = tree

local function node()
    return { handlers = {}, static = {} }
end

function tree.new()
    return setmetatable({ root = node(), fixed = {} }, tree)
end

-- "/posts/:id" is "/posts/{id}".
local function braces(path)
    return (path:gsub(":([%a_][%w_]*)", function(name)
        return "{" .. name .. "}"
    end))
end

-- What a segment is: kind ("static", "int", "param", "rest") and its name.
local function segment(text)
    local name, kind = text:match("^{([%a_][%w_]*):?(%a*)}$")

    if name and (kind == "" or kind == "int") then
        return kind == "int" and "int" or "param", name
    end

    name = text:match("^{([%a_][%w_]*)%.%.%.}$")
    if name then
        return "rest", name
    end
    if text:find("[{}]") then
        return nil
    end
    return "static", text
end

---Adds a route; false and why when the path cannot be.
---@param path string
---@param route pandan.route
function tree:insert(path, route)
    if path:sub(1, 1) ~= "/" then
        return false, "the path '" .. path .. "' must begin with '/'"
    end

    -- `{id:int}` holds a colon of its own
    if not path:find("{", 1, true) then
        path = braces(path)
        route.path = path
    end

    local at, keys = self.root, {}

    for text in path:gmatch("[^/]+") do
        local kind, name = segment(text)
        if not kind then
            return false, "cannot read '" .. text .. "' in the path '" .. path
                .. "': write {name}, {name:int} or {name...}"
        end

        if kind == "static" then
            at.static[name] = at.static[name] or node()
            at = at.static[name]
        else
            keys[#keys + 1] = name
            at[kind] = at[kind] or node()
            at = at[kind]
        end
    end

    local other = at.handlers[route.method]
    if other then
        return false, route.method .. " " .. path .. " is already routed, at "
            .. other.place
    end

    route.keys = keys
    at.handlers[route.method] = route
    if #keys == 0 then
        self.fixed[path] = at
    end
    return true
end

-- Segments of a path, joined by single slashes.
local function normal(path)
    return (path:gsub("/+", "/"):gsub("/$", ""))
end

-- Offers every place of the path, from its byte `from` on, to `visit(handlers,
-- what)`, the best first, until it takes one; `values` holds that one's `n`
-- parameters then. By recursion and plain searches: a loop of few turns, and
-- gmatch, would keep a page's way from being compiled as one.
local function walk(at, path, from, values, n, visit, what)
    local slash = path:find("/", from, true)
    if slash == from then
        return walk(at, path, from + 1, values, n, visit, what)
    end
    if from > #path then
        return visit(at.handlers, what)
    end

    local last = slash and slash - 1 or #path
    local text = path:sub(from, last)
    local child = at.static[text]
    local found = child and walk(child, path, last + 1, values, n, visit, what)
    if found then
        return found
    end

    child = at.int
    if child and text:find("^%-?%d+$") then
        values[n + 1] = text
        found = walk(child, path, last + 1, values, n + 1, visit, what)
        if found then
            return found
        end
    end

    child = at.param
    if child then
        values[n + 1] = text
        found = walk(child, path, last + 1, values, n + 1, visit, what)
        if found then
            return found
        end
    end

    if at.rest then
        values[n + 1] = normal(path:sub(from))
        return visit(at.rest.handlers, what)
    end
end

local function handler(handlers, method)
    return handlers[method] or method == "HEAD" and handlers.GET or nil
end

---@param method string
---@param path string
---@return pandan.route? route
---@return string[]? values  of its parameters, in order; nil if it has none
function tree:find(method, path)
    local fixed = self.fixed[path]
    local found = fixed and handler(fixed.handlers, method)
    if found then
        return found, nil
    end

    local values = {}
    return walk(self.root, path, 1, values, 0, handler, method), values
end

local function note_methods(handlers, methods)
    for name in pairs(handlers) do
        methods[name] = true
    end
end

---The methods that a path has, whichever route they are of.
---@param path string
---@return table<string, boolean>
function tree:methods(path)
    local methods = {}

    walk(self.root, path, 1, {}, 0, note_methods, methods)
    return methods
end

return tree
