-- SPDX-License-Identifier: MIT
--- Views: finds templates, keeps them compiled, renders them with a context of
--- their own. A template sees its data, then the helpers, then Lua's library.

local compiler = require("pandan.view.compiler")
local native = require("pandan.native")

local escape_html = native.escape.html
local null = native.null

---@class pandan.views
---@field folder string  "…/application/views"
---@field reload boolean whether changed files are read again
local views = {}
views.__index = views

---@param root string
---@param reload boolean
---@return pandan.views
function views.new(root, reload)
    return setmetatable({
        root = root, folder = root .. "/application/views", reload = reload,
        compiled = {},
    }, views)
end

local function read(path)
    local file = io.open(path, "rb")
    if not file then
        return nil
    end

    local text = file:read("*a")
    file:close()
    return text
end

local function modified(path)
    local info = native.fs.stat(path)
    return info and info.mtime
end

---Whether there is a template of this name.
function views:exists(name)
    return self.compiled[name] ~= nil
        or modified(self.folder .. "/" .. name .. ".html") ~= nil
end

local function compiled(self, name)
    local kept = self.compiled[name]
    if kept and not self.reload then
        return kept
    end

    if name:find("..", 1, true) then
        error("'" .. name .. "' is no name of a view", 0)
    end

    local path = self.folder .. "/" .. name .. ".html"
    local mtime = modified(path)

    if kept and kept.mtime == mtime then
        return kept
    end

    local text = read(path)
    if not text then
        error("there is no view application/views/" .. name .. ".html", 0)
    end

    local make = compiler.compile(text, "application/views/" .. name .. ".html")
    kept = { make = make, mtime = mtime, idle = {} }
    self.compiled[name] = kept
    return kept
end

local function raw(value)
    if value == nil or value == null then
        return ""
    end
    return type(value) == "string" and value or tostring(value)
end

local function escape(value)
    if type(value) == "string" then
        return escape_html(value)
    end
    if value == nil or value == null then
        return ""
    end
    return type(value) == "number" and tostring(value)
        or escape_html(tostring(value))
end

views.escape = escape

-- Keys that nobody else has. What is looked through is kept in the table that
-- looks, under these, so that all such tables share one metatable.
local FIRST, SECOND = {}, {}

local two_layers = {
    __index = function(self, key)
        local value = rawget(self, FIRST)[key]
        if value ~= nil then
            return value
        end
        return rawget(self, SECOND)[key]
    end,
}

-- `more` before `base`; neither is written to, as `more` may be a record.
local function laid_over(more, base)
    if more == nil then
        return base
    end
    return setmetatable({ [FIRST] = more, [SECOND] = base }, two_layers)
end

views.laid_over = laid_over

local three_layers = {
    __index = function(self, key)
        local value = rawget(self, FIRST)[key]
        if value ~= nil then
            return value
        end

        value = rawget(self, SECOND)[key]
        if value ~= nil then
            return value
        end
        return _G[key]
    end,
}

-- The context of one render: what it assigns stays in it.
local function context_of(data, helpers)
    return setmetatable({ [FIRST] = data, [SECOND] = helpers }, three_layers)
end

---One template being rendered: what its own words call.
---@class pandan.view.rendering
---@field views pandan.views
---@field helpers table
---@field context table
---@field blocks table<string, string>  shared with the layout
---@field outer string?                 the layout
local rendering = {}
rendering.__index = rendering

local render

function rendering:layout(name)
    self.outer = "layouts/" .. name
    return ""
end

function rendering:include(name, more)
    return render(self.views, name, laid_over(more, self.context),
        self.helpers, {})
end

function rendering:block(name, content)
    local blocks = self.blocks
    if self.outer then
        blocks[name] = blocks[name] or content
        return ""
    end
    return blocks[name] or content
end

-- What a function that renders nothing sees: it holds no page's data.
local NOTHING = {}

-- Each render has a function of its own, as it has a context of its own. They
-- are used again, for LuaJIT compiles no code that makes functions.
local function run(kept, context, own)
    local idle = kept.idle
    local n = #idle
    local template = idle[n] or kept.make()

    idle[n] = nil

    local text = setfenv(template, context)(escape, raw, own)

    idle[#idle + 1] = setfenv(template, NOTHING)
    return text
end

local function render_one(self, name, data, helpers, blocks)
    local kept = compiled(self, name)
    local context = context_of(data, helpers)
    local own = setmetatable({
        views = self, helpers = helpers, context = context, blocks = blocks,
        outer = nil,
    }, rendering)

    return run(kept, context, own), own
end

-- A view, then the layout that it has named, and that one's.
function render(self, name, data, helpers, blocks)
    local text, own = render_one(self, name, data, helpers, blocks)

    if not own.outer then
        return text
    end
    return render(self, own.outer, laid_over({ content = text }, own.context),
        helpers, blocks)
end

---@param name string      "posts/index"
---@param data? table
---@param helpers? table   functions that all templates see
---@return string html
function views:render(name, data, helpers)
    return render(self, name, data or {}, helpers or {}, {})
end

return views
