-- SPDX-License-Identifier: MIT
--- Loads the app's own files and lends them the framework's words (Model,
--- LoadModel, Plugin ...). They are seen by these files alone; a global that
--- was meant to be local is refused, with its line.

local source = require("pandan.source")

---@class pandan.loader
---@field root string
---@field words table  what the app's files see beside Lua's own
local loader = {}
loader.__index = loader

local function class(name, parent)
    local new_class = { class_name = name, parent = parent }
    new_class.__index = new_class

    function new_class.new(_, ...)
        local object = setmetatable({}, new_class)
        local construct = object.__construct
        if construct then
            construct(object, ...)
        end
        return object
    end

    return setmetatable(new_class, {
        __index = parent,
        __call = new_class.new,
    })
end

local function guard(strict)
    return function(words, name, value)
        local message = "assignment to the global '" .. tostring(name)
            .. "'; write 'local " .. tostring(name) .. "'"

        if strict then
            error(message, 2)
        end

        local info = debug.getinfo(2, "Sl")
        if ngx then
            ngx.log(ngx.WARN, info.short_src, ":", info.currentline, ": ",
                message)
        end
        rawset(words, name, value)
    end
end

---@param root string
---@param strict boolean  whether an accidental global raises
---@return pandan.loader
function loader.new(root, strict)
    local self = setmetatable({ root = root, loaded = {} }, loader)
    local words = {}

    words.Class = class
    words.Registry = {}
    words.Model = require("pandan.model")
    words.Plugin = require("pandan.plugin")
    words.Service = require("pandan.service")

    function words.LoadModel(name)
        return self:load("application/models/" .. name)
    end

    function words.LoadController(name)
        return self:load("application/controllers/" .. name)
    end

    function words.LoadLibrary(name)
        return self:load("application/library/" .. name)
    end

    function words.LoadPlugin(name)
        return self:load("application/plugins/" .. name)
    end

    function words.LoadApplication(name)
        return self:load("application/" .. name:gsub("%.", "/"))
    end

    self.words = setmetatable(words, {
        __index = _G, __newindex = guard(strict),
    })
    return self
end

---Whether the app has this file.
---@param path string  without ".lua", below the app's folder
function loader:exists(path)
    local file = io.open(self.root .. "/" .. path .. ".lua", "r")
    if file then
        file:close()
    end
    return file ~= nil
end

local LOADING = {}

---Runs a file once and gives what it returns.
---@param path string  without ".lua", below the app's folder
function loader:load(path)
    local found = self.loaded[path]
    if found == LOADING then
        error("'" .. path .. "' loads itself, through what it loads", 2)
    end
    if found ~= nil then
        return found
    end

    if path:find("..", 1, true) then
        error("cannot load '" .. path .. "'", 2)
    end

    local chunk, err = source.load(self.root, path .. ".lua")
    if not chunk then
        error(err, 0)
    end

    self.loaded[path] = LOADING
    local ok, value = pcall(setfenv(chunk, self.words))

    if not ok or value == nil then
        self.loaded[path] = nil
        error(ok and "'" .. path .. ".lua' returns nothing" or value, 0)
    end

    self.loaded[path] = value
    return value
end

return loader
