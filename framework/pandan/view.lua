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
        return kept.make
    end

    if name:find("..", 1, true) then
        error("'" .. name .. "' is no name of a view", 0)
    end

    local path = self.folder .. "/" .. name .. ".html"
    local mtime = modified(path)

    if kept and kept.mtime == mtime then
        return kept.make
    end

    local text = read(path)
    if not text then
        error("there is no view application/views/" .. name .. ".html", 0)
    end

    local make = compiler.compile(text, "application/views/" .. name .. ".html")
    self.compiled[name] = { make = make, mtime = mtime }
    return make
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

-- The context of one render: what it assigns stays in it.
local function context_of(data, helpers)
    return setmetatable({}, {
        __index = function(_, key)
            local value = data[key]
            if value ~= nil then
                return value
            end

            value = helpers[key]
            if value ~= nil then
                return value
            end
            return _G[key]
        end,
    })
end

-- `more` before `base`; neither is written to, as `more` may be a record.
local function laid_over(more, base)
    if more == nil then
        return base
    end

    return setmetatable({}, {
        __index = function(_, key)
            local value = more[key]
            if value ~= nil then
                return value
            end
            return base[key]
        end,
    })
end

views.laid_over = laid_over

local render

-- Renders one template; `state` is shared with its layout and includes.
local function render_one(self, name, data, helpers, state)
    local own = { blocks = state.blocks }

    local function layout(layout_name)
        own.layout = "layouts/" .. layout_name
        return ""
    end

    local function include(part, more)
        return render(self, part, laid_over(more, own.context), helpers,
            { blocks = {} })
    end

    local function block(block_name, content)
        local blocks = own.blocks
        if own.layout then
            blocks[block_name] = blocks[block_name] or content
            return ""
        end
        return blocks[block_name] or content
    end

    local template = compiled(self, name)()
    local context = context_of(data, helpers)
    own.context = context

    return setfenv(template, context)(escape, raw, layout, include, block), own
end

function render(self, name, data, helpers, state)
    local text, own = render_one(self, name, data, helpers, state)

    while own.layout do
        local outer = setmetatable({ content = text }, {
            __index = own.context,
        })
        text, own = render_one(self, own.layout, outer, helpers,
            { blocks = own.blocks })
    end
    return text
end

---@param name string      "posts/index"
---@param data? table
---@param helpers? table   functions that all templates see
---@return string html
function views:render(name, data, helpers)
    return render(self, name, data or {}, helpers or {}, { blocks = {} })
end

return views
