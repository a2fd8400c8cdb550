-- SPDX-License-Identifier: MIT
--- The app's configuration: config/*.lua, each a table, with `.env` and the
--- process environment behind `env(name, default)`.

local source = require("pandan.source")

local config = {}

local ENVIRONMENTS = { development = true, test = true, production = true }

local function unquote(value)
    local quoted = value:match('^"(.*)"$')
    if quoted then
        return (quoted:gsub("\\n", "\n"):gsub('\\(["\\$])', "%1"))
    end

    return value:match("^'(.*)'$") or (value:gsub("%s+#.*$", ""))
end

---Reads the lines NAME=value of a .env file; without the file an empty table.
---@param path string
---@return table<string, string>
function config.read_env(path)
    local values = {}
    local file = io.open(path, "r")

    if not file then
        return values
    end

    for line in file:lines() do
        local name, value = line:match("^%s*([%a_][%w_]*)%s*=%s*(.-)%s*$")
        if not name then
            name, value =
                line:match("^%s*export%s+([%a_][%w_]*)%s*=%s*(.-)%s*$")
        end
        if name then
            values[name] = unquote(value)
        end
    end

    file:close()
    return values
end

-- Lays `over` on `base`, tables into tables.
local function lay(base, over)
    for key, value in pairs(over) do
        if type(value) == "table" and type(base[key]) == "table" then
            lay(base[key], value)
        else
            base[key] = value
        end
    end
end

local function file_environment(values, env_name)
    local function env(name, default)
        local value = os.getenv(name) or values[name]
        if value == nil or value == "" then
            return default
        end
        return value
    end

    return setmetatable({ env = env, ENV = env_name }, { __index = _G }), env
end

---Runs one file of config/; nil when it does not exist.
---@return table? settings
local function run_file(root, path, environment)
    local file = io.open(root .. "/" .. path, "r")
    if not file then
        return nil
    end
    file:close()

    local chunk, err = source.load(root, path)
    if not chunk then
        error(err, 0)
    end

    local settings = setfenv(chunk, environment)()
    if type(settings) ~= "table" then
        error(path .. " must return a table, not " .. type(settings), 0)
    end
    return settings
end

---@class pandan.config
---@field application table
---@field database table
---@field session table
---@field errors table
---@field cache table
---@field services table
---@field env fun(name: string, default?: string): string?

---@param root string
---@param env_name string
---@return pandan.config
function config.load(root, env_name)
    local values = config.read_env(root .. "/.env")
    local environment, env = file_environment(values, env_name)
    local all = { env = env }

    for _, name in ipairs({
        "application", "database", "session", "errors", "cache", "services",
    }) do
        local settings = run_file(root, "config/" .. name .. ".lua",
            environment) or {}
        local own = settings[env_name]

        if type(own) == "table" then
            lay(settings, own)
        end
        for key in pairs(ENVIRONMENTS) do
            if type(settings[key]) == "table" then
                settings[key] = nil
            end
        end
        all[name] = settings
    end

    return all
end

return config
