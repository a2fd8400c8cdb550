-- SPDX-License-Identifier: MIT
--- Models: a class stands for a table, its objects for rows.
---
---     local Post = Model("posts")
---     Post.accepts = { "title", "body" }
---     Post:belongs_to("user")
---     function Post.scopes:published()
---         return self:where("published", true)
---     end
---
--- What a class is told of its table (columns) is kept with it; nothing of a
--- request is. See docs/book/models.md.

local cast = require("pandan.model.cast")
local connection = require("pandan.model.connection")
local page = require("pandan.model.page")
local query = require("pandan.model.query")
local record = require("pandan.model.record")
local relation = require("pandan.model.relation")
local validation = require("pandan.validation")

---@class pandan.model
---@field table_name string
---@field primary_key string      "id"
---@field accepts? string[]       columns that create() and update() take
---@field rules? table            of pandan.validation
---@field casts table             column to kind, see model/cast.lua
---@field hidden string[]         columns that stay out of JSON
---@field scopes table            methods of its queries
---@field timestamps boolean      true: created_at, updated_at where they exist
---@field soft_delete? boolean|string  true for "deleted_at", or the column
---@field database? table|string|fun(): table  or its name in the
---  configuration; the app's default unless set
local model = {}

model.primary_key = "id"
model.timestamps = true
model.now = cast.now
model.STATE = record.STATE
model.unique_message = "has already been taken"

-- Every method of a query is one of the class: it starts a query.
for name, method in pairs(query) do
    if type(method) == "function" and name ~= "new" and name ~= "clone"
        and name ~= "is_query" and name ~= "literal"
    then
        model[name] = function(self, ...)
            return method(self:query(), ...)
        end
    end
end

model.literal = query.literal

function model:query()
    return query.new(self:db(), self.table_name, self)
end

---The database that it lies in.
function model:db()
    return connection.database(self)
end

---Runs `fn` in a transaction that all models of this request take part in.
---An error in it rolls back and goes on to the caller.
function model:transaction(fn)
    return connection.transaction(self:db(), fn)
end

---A record that is not saved yet.
function model:new(input)
    return record.new(self, input)
end

---Saves a new record of what the model accepts from `input`.
---@return pandan.model.record?
---@return string? err  when a callback refused
function model:create(input)
    return record.new(self, input):save()
end

---The first row that has these values, or a new one with them.
function model:find_or_create(values, more)
    local found = self:query():where(values):first()
    if found then
        return found
    end

    local made = record.new(self)
    for name, value in pairs(values) do
        made[name] = value
    end
    if more then
        made:fill(more)
    end
    return made:save()
end

-- A text from a URL that cannot be a number finds no row, where PostgreSQL
-- would refuse the comparison.
function model:key_value(id)
    if id == nil or self.key_type == "string" then
        return id
    end

    if type(id) == "string" then
        local digits = id:match("^%-?%d+$")
        return digits and #digits <= 15 and tonumber(digits) or nil
    end
    return type(id) == "number" and id or nil
end

---Rows of the database as records, with relations.
function model:hydrate(rows, withs)
    record.hydrate(self, rows)

    if #rows == 0 or #withs == 0 then
        return rows
    end

    local order, nested = {}, {}
    for _, path in ipairs(withs) do
        local name, rest = path:match("^([^.]+)%.?(.*)$")
        if not nested[name] then
            nested[name] = {}
            order[#order + 1] = name
        end
        if rest ~= "" then
            table.insert(nested[name], rest)
        end
    end

    for _, name in ipairs(order) do
        self:relation(name):load_all(rows, nested[name])
    end
    return rows
end

function model:relation(name)
    return self.relations[name] or error("'" .. self.table_name
        .. "' has no relation '" .. tostring(name) .. "'", 3)
end

for _, kind in ipairs({
    "belongs_to", "has_many", "has_one", "many_to_many",
}) do
    model[kind] = function(self, name, options)
        self.relations[name] = relation.new(self, kind, name, options)
        return self
    end
end

---The column that a unique index was violated on, if a rule says unique.
function model:unique_column(message)
    local found

    for name, rule in pairs(self.rules or {}) do
        if validation.has_rule(rule, "unique")
            and message:find("%f[%w]" .. name:gsub("%W", "%%%0") .. "%f[%W]")
            and (not found or #name > #found)
        then
            found = name
        end
    end
    return found
end

local class_meta = {
    __index = function(self, key)
        local value = model[key]
        if value ~= nil then
            return value
        end

        local scope = rawget(self, "scopes")[key]
        if scope then
            return function(_, ...)
                return scope(self:query(), ...)
            end
        end
        return nil
    end,
    __newindex = function(self, key, value)
        if key == "soft_delete" then
            local column = value == true and "deleted_at" or value or nil
            rawset(self, "soft_delete_column", column)
        end
        rawset(self, key, value)
    end,
    __tostring = function(self)
        return "model of " .. self.table_name
    end,
}

---@param name string     the table
---@param options? table  any of the fields above
---@return pandan.model
local function new(_, name, options)
    if type(name) ~= "string" then
        error("Model() wants the name of a table", 2)
    end

    local class = {
        table_name = name, casts = {}, hidden = {}, scopes = {}, relations = {},
    }
    class.record_mt = record.metatable(class)
    setmetatable(class, class_meta)

    for key, value in pairs(options or {}) do
        class[key] = value
    end
    return class
end

return setmetatable({
    connection = connection,
    page = page,
    query = query,
    relation = relation,
    is_sql_error = connection.is_sql_error,
    transaction = function(fn)
        return connection.transaction(connection.database(), fn)
    end,
}, { __call = new })
