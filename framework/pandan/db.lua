-- SPDX-License-Identifier: MIT
--- Databases. `db.open(url)` gives one; the module itself is the app's
--- default one, once `db.configure` was told which that is:
---
---     local rows, err, code = db:query("SELECT * FROM posts WHERE id = $1", 7)

local database = require("pandan.db.database")
local hook = require("pandan.db.hook")
local metrics = require("pandan.db.metrics")
local native = require("pandan.db.native")
local values = require("pandan.db.values")

---@class pandan.db: pandan.db.database
local db = {}

-- The databases of the configuration, by name.
local configured = {}

-- Tables of a configuration that are not databases.
local environments = { development = true, test = true, production = true }

---Gives a database; connects when it is first used.
---@param url string
---@param options? table
---@return pandan.db.database
function db.open(url, options)
    if type(url) ~= "string" then
        error("the URL of a database must be a string", 2)
    elseif options ~= nil and type(options) ~= "table" then
        error("the options of a database must be a table", 2)
    end

    local found, err = database.new(url, options)
    if not found then
        error(err, 2)
    end
    return found
end

---Names the app's databases: `default` and others, each a URL or a table of
---options with `url`; `root` is the folder of relative paths.
---@param config table<string, any>
function db.configure(config)
    if type(config) ~= "table" or config.default == nil then
        error("the configuration of databases needs 'default'", 2)
    end

    local found = {}
    for name, value in pairs(config) do
        local options = { root = config.root }
        local url = value

        if type(value) == "table" then
            url = value.url
            for key, option in pairs(value) do
                if key ~= "url" then
                    options[key] = option
                end
            end
        end

        if name ~= "root" and not environments[name] then
            if type(url) ~= "string" then
                error("database '" .. tostring(name) .. "' has no URL", 2)
            end

            local err
            found[name], err = database.new(url, options, name)
            if not found[name] then
                error(err, 2)
            end
        end
    end
    configured = found
end

---A database of the configuration.
---@param name? string  "default" for none
---@return pandan.db.database
function db.get(name)
    name = name or "default"

    local found = configured[name]
    if not found then
        error("no database '" .. tostring(name) .. "' is configured", 2)
    end
    return found
end

---Bytes, for a parameter that is no text.
---@param bytes string
function db.binary(bytes)
    if type(bytes) ~= "string" then
        error("binary() takes a string", 2)
    end
    return setmetatable({ bytes }, native.binary)
end

db.array = values.array
db.json = values.json

---Calls `fn(sql, count_of_values, ms, rows, err, code)` after every statement.
---@param fn function
function db.on_query(fn)
    if type(fn) ~= "function" then
        error("on_query() takes a function", 2)
    end
    hook.add(fn)
end

---What all pools of all workers have counted, for Prometheus.
---@return string
function db.prometheus()
    return metrics.text()
end

-- Methods are passed on by tail calls, so that errors name the caller's line.
for _, name in ipairs({
    "query", "row", "value", "exec", "each", "batch", "copy_to", "copy_from",
    "transaction", "listen", "stats", "close", "primary", "backup",
}) do
    db[name] = function(_, ...)
        local default = configured.default
        if not default then
            error("no database is configured: db.configure() was not called",
                2)
        end
        return default[name](default, ...)
    end
end

return setmetatable(db, {
    __index = function(_, key)
        local default = configured.default
        if default and (key == "dialect" or key == "url") then
            return default[key]
        end
    end,
})
