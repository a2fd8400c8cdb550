-- SPDX-License-Identifier: MIT
--- The `t` of `schema:create("posts", function(t) ... end)`: collects columns
--- and indexes as plain tables, which `ddl.lua` turns into SQL.

local null = require("pandan.native").null

---@class pandan.schema.column
---@field name string
---@field type string
---@field required? boolean   NOT NULL
---@field fallback? any       DEFAULT; `has_default` tells that there is one
---@field unique_index? boolean
---@field own_index? boolean
---@field references? table   { table, column, on_delete, on_update }
local column = {}
column.__index = column

---The kinds of columns there are, each a method of `t`.
local types = {
    string = true, text = true, integer = true, bigint = true, float = true,
    decimal = true, boolean = true, date = true, datetime = true, json = true,
    binary = true, uuid = true,
}

local actions = {
    cascade = "CASCADE", restrict = "RESTRICT", ["set null"] = "SET NULL",
    ["set default"] = "SET DEFAULT", ["no action"] = "NO ACTION",
}

function column:not_null()
    self.required = true
    return self
end

function column:null()
    self.required = nil
    return self
end

---@param value any  text, a number, a boolean, null, or schema.raw("SQL")
function column:default(value)
    self.fallback = value == nil and null or value
    self.has_default = true
    return self
end

function column:unique()
    self.unique_index = true
    return self
end

function column:index()
    self.own_index = true
    return self
end

local function action(name, value)
    return actions[value] or error(name .. " must be cascade, restrict, "
        .. "set null, set default or no action, not '" .. tostring(value)
        .. "'", 4)
end

local function reference(target, options)
    return {
        table = target, column = options.column or "id",
        on_delete = options.on_delete
            and action("on_delete", options.on_delete),
        on_update = options.on_update
            and action("on_update", options.on_update),
    }
end

local option_names = {
    not_null = "not_null", null = "null", default = "default",
    unique = "unique", index = "index",
}

---@param name string
---@param kind string
---@param options? table  limit, precision, scale, not_null, default, unique,
---  index, references = "users", on_delete
---@return pandan.schema.column
function column.new(name, kind, options)
    options = options or {}

    if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
        error("'" .. tostring(name) .. "' is not a column name", 3)
    end
    if not types[kind] and kind ~= "references" and kind ~= "id" then
        local names = {}
        for known in pairs(types) do
            names[#names + 1] = known
        end
        table.sort(names)
        error("unknown column type '" .. tostring(kind) .. "' of '" .. name
            .. "'; there are " .. table.concat(names, ", ")
            .. " and references", 3)
    end

    local self = setmetatable({
        name = name, type = kind, limit = options.limit,
        precision = options.precision, scale = options.scale,
    }, column)

    for option, method in pairs(option_names) do
        local value = options[option]
        if value ~= nil and (value or option == "default") then
            self[method](self, value)
        end
    end

    if options.references then
        self.references = reference(options.references, options)
    end
    return self
end

---@class pandan.schema.table
---@field columns pandan.schema.column[]
---@field indexes table[]  { columns, unique, name }
local builder = {}
builder.__index = builder

function builder.new()
    return setmetatable({ columns = {}, indexes = {} }, builder)
end

local function add(self, made)
    for _, other in ipairs(self.columns) do
        if other.name == made.name then
            error("column '" .. made.name .. "' is there twice", 3)
        end
    end
    self.columns[#self.columns + 1] = made
    return made
end

---The primary key: numbers that the database hands out.
function builder:id(name)
    return add(self, column.new(name or "id", "id"))
end

for kind in pairs(types) do
    builder[kind] = function(self, name, more, scale)
        local options = type(more) == "table" and more
            or kind == "decimal" and { precision = more, scale = scale }
            or { limit = more }
        return add(self, column.new(name, kind, options))
    end
end

---`t:references("user")`: user_id, the id of a row of users; indexed.
---@param options? table  table, column, on_delete, on_update
function builder:references(name, options)
    options = options or {}
    return add(self, column.reference(name, options))
end

builder.ref = builder.references

---@param name string  "user", or "user_id"
function column.reference(name, options)
    local base = name:gsub("_id$", "")
    local plural = base:match("[^aeiou]y$") and base:gsub("y$", "ies")
        or base:match("[sxz]$") and base .. "es" or base .. "s"

    local made = column.new(base .. "_id", "references", options)
    made.references = reference(options.table or plural, options)
    made.own_index = options.index ~= false and not made.unique_index
    return made
end

---created_at and updated_at, which models fill.
function builder:timestamps()
    self:datetime("created_at")
    self:datetime("updated_at")
end

---deleted_at, for models with soft_delete.
function builder:soft_delete()
    return self:datetime("deleted_at"):index()
end

---@param columns string|string[]
---@param options? table  unique, name
function builder:index(columns, options)
    options = options or {}
    self.indexes[#self.indexes + 1] = {
        columns = type(columns) == "table" and columns or { columns },
        unique = options.unique, name = options.name,
    }
end

function builder:unique(columns, options)
    self:index(columns, { unique = true, name = options and options.name })
end

return { builder = builder, column = column }
