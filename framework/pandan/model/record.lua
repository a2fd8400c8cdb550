-- SPDX-License-Identifier: MIT
--- A row as an object. Its columns are plain fields; what else there is to
--- know about it (how it came from the database, loaded relations) lies under
--- one private key. Only columns that changed are written.

local connection = require("pandan.model.connection")
local cast = require("pandan.model.cast")
local columns = require("pandan.model.columns")
local sql = require("pandan.model.sql")

local null = require("pandan.native").null

---@class pandan.model.record
local record = {}

-- No column and no field of a form can have this key.
local STATE = setmetatable({}, {
    __tostring = function()
        return "pandan.model.record.state"
    end,
})

record.STATE = STATE

---@class pandan.model.invalid
---@field status integer  422
---@field errors table<string, string[]>
local invalid = {}
invalid.__index = invalid

function invalid:__tostring()
    return self.message
end

---Ends the action as a failed validation does.
function record.invalid(errors)
    error(setmetatable({
        status = 422, errors = errors, message = "the input is not valid",
    }, invalid), 0)
end

---The metatable of a model's records.
function record.metatable(model)
    return {
        model = model,
        __jsontype = "object",
        __tojson = function(self)
            return self:to_json()
        end,
        __index = function(self, key)
            local method = record[key]
            if method ~= nil then
                return method
            end

            method = rawget(model, key)
            if type(method) == "function" then
                return method
            end

            local relation = model.relations[key]
            if relation then
                return relation:load_one(self)
            end
            return nil
        end,
    }
end

local function model_of(self)
    return getmetatable(self).model
end

---Makes rows of the database into records, in place.
function record.hydrate(model, rows)
    local casts, mt = model.casts, model.record_mt
    local names = rows.columns
    local clone = columns.clone

    for i = 1, #rows do
        local row = rows[i]

        for name, value in pairs(row) do
            if value == null then
                row[name] = nil
            end
        end

        local original = clone(row)

        for name, kind in pairs(casts) do
            local value = row[name]
            if value ~= nil then
                local how = cast.of(kind)
                value = how.read(value)
                row[name] = value
                original[name] = how.write(value)
            end
        end

        row[STATE] = { original = original, columns = names, loaded = {} }
        setmetatable(row, mt)
    end

    return rows
end

---A record that is not in the database yet.
function record.new(model, input)
    local self = setmetatable({
        [STATE] = { loaded = {} },
    }, model.record_mt)

    return input and self:fill(input) or self
end

---Takes what the model accepts of the input, which may come from a user.
function record:fill(input)
    local model = model_of(self)

    if model.accepts then
        for _, name in ipairs(model.accepts) do
            local value = input[name]
            if value ~= nil then
                self[name] = value
            end
        end
        return self
    end

    for name, value in pairs(input) do
        if type(name) == "string" and name ~= model.primary_key
            and record[name] == nil
        then
            self[name] = value
        end
    end
    return self
end

---Whether it lies in the database.
function record:is_saved()
    return rawget(self, STATE).original ~= nil
end

local function write_value(model, name, value)
    if value == nil or value == null then
        return nil
    end
    if sql.is_literal(value) then
        return value
    end

    value = cast.of(model.casts[name]).write(value)
    if type(value) == "table" then
        error("column '" .. name .. "' of " .. model.table_name
            .. " got a table; a cast of 'json' would store it", 0)
    end
    return value
end

-- A 64-bit integer cannot be compared with everything.
local function differ(a, b)
    return type(a) ~= type(b) or a ~= b
end

-- What differs from the database: values to write, null included.
local function changes_of(self)
    local model, state = model_of(self), rawget(self, STATE)
    local original = state.original or {}
    local known = columns.of(model)
    local changes = {}

    for name, value in pairs(self) do
        if known[name] then
            local written = write_value(model, name, value)
            if differ(written, original[name]) then
                changes[name] = written == nil and null or written
            end
        elseif name ~= STATE and type(name) == "string"
            and not model.relations[name]
        then
            columns.unknown(model, name)
        end
    end

    for name in pairs(original) do
        if rawget(self, name) == nil and known[name] then
            changes[name] = null
        end
    end
    return changes
end

---The columns that changed since the last save, with their new values.
function record:changes()
    return changes_of(self)
end

---Whether it, or one column of it, changed since the last save.
function record:is_dirty(name)
    local changes = changes_of(self)
    if name then
        return changes[name] ~= nil
    end
    return next(changes) ~= nil
end

---What a column was at the last save.
function record:original(name)
    local original = rawget(self, STATE).original
    return original and original[name]
end

-- A callback is a method of the model; false from it stops what it stands
-- before.
local function call(self, name)
    local fn = rawget(model_of(self), name)
    return fn == nil or fn(self) ~= false
end

-- Takes the row that RETURNING gave.
local function absorb(self, rows)
    local model, state = model_of(self), rawget(self, STATE)
    local row = rows[1]

    record.hydrate(model, { row, columns = rows.columns })
    state.original = rawget(row, STATE).original
    state.columns = rows.columns

    for name in pairs(columns.of(model)) do
        self[name] = rawget(row, name)
    end
end

-- A unique index that spoke is a failed validation, if a rule says unique.
local function write(self, statement, ...)
    local model = model_of(self)
    local st = sql.statement(model:db().dialect)
    local text = statement(st, ...)

    local ok, rows = pcall(connection.query, model:db(), text, st.binds, st.n)
    if ok then
        return rows
    end

    if connection.is_sql_error(rows, "unique_violation") then
        local name = model:unique_column(rows.message)
        if name then
            record.invalid({ [name] = { model.unique_message } })
        end
    end
    error(rows, 0)
end

local function stamp(self, names, known)
    local now = cast.now()
    for _, name in ipairs(names) do
        if known[name] then
            self[name] = now
        end
    end
end

local function insert(self)
    local model = model_of(self)
    local known = columns.of(model)

    if model.timestamps then
        for _, name in ipairs({ "created_at", "updated_at" }) do
            if rawget(self, name) == nil then
                stamp(self, { name }, known)
            end
        end
    end

    if not call(self, "before_create") then
        return nil, "before_create refused"
    end

    absorb(self, write(self, sql.insert, model.table_name,
        { changes_of(self) }, { returning = "*" }))
    call(self, "after_create")
    return self
end

local function row_query(self)
    local model = model_of(self)
    local key = model.primary_key
    local id = self:original(key)

    if id == nil then
        error("a record of " .. model.table_name
            .. " without primary key cannot be changed", 3)
    end
    return model:query():with_deleted():where(key, id)
end

-- The changed row, in a list; MySQL does not return it, so it is asked for.
local function write_changes(self)
    local model, changes = model_of(self), changes_of(self)
    local q = row_query(self)

    if model:db().dialect ~= "mysql" then
        return write(self, sql.update, q, changes, "*")
    end
    if write(self, sql.update, q, changes).affected == 0 then
        return {}
    end

    local key = model.primary_key
    return write(self, sql.select, model:query():with_deleted():where(key,
        changes[key] or self:original(key)))
end

local function update(self)
    local model = model_of(self)

    if not call(self, "before_update") then
        return nil, "before_update refused"
    end

    if next(changes_of(self)) == nil then
        return self
    end

    if model.timestamps and not self:is_dirty("updated_at") then
        stamp(self, { "updated_at" }, columns.of(model))
    end

    local rows = write_changes(self)
    if #rows == 0 then
        return nil, "the row is gone"
    end

    absorb(self, rows)
    call(self, "after_update")
    return self
end

---Inserts or updates. Raises when the database refuses; nil and a text when a
---callback does, or the row is gone.
---@return pandan.model.record?
---@return string? err
function record:save()
    if not call(self, "before_save") then
        return nil, "before_save refused"
    end

    local done, err
    if self:is_saved() then
        done, err = update(self)
    else
        done, err = insert(self)
    end

    if done then
        call(self, "after_save")
    end
    return done, err
end

---Takes the input as `fill` does, and saves.
function record:update(input)
    return self:fill(input):save()
end

---Deletes the row; a model with soft_delete only marks it.
---@return boolean? deleted
---@return string? err
function record:delete()
    if not call(self, "before_delete") then
        return nil, "before_delete refused"
    end

    local model = model_of(self)
    local column = model.soft_delete_column

    if column then
        self[column] = cast.now()
        row_query(self):update({ [column] = self[column] })
        rawget(self, STATE).original[column] = self[column]
    else
        row_query(self):force_delete()
        rawget(self, STATE).original = nil
    end

    call(self, "after_delete")
    return true
end

function record:force_delete()
    row_query(self):force_delete()
    rawget(self, STATE).original = nil
    return true
end

---Takes the mark of a soft delete away.
function record:restore()
    local column = model_of(self).soft_delete_column
    self[column] = nil
    row_query(self):update({ [column] = null })
    rawget(self, STATE).original[column] = nil
    return self
end

---Reads the row again and forgets loaded relations.
function record:reload()
    local model = model_of(self)
    local rows = row_query(self):all()

    if #rows == 0 then
        return nil, "the row is gone"
    end

    local state = rawget(self, STATE)
    for name in pairs(state.loaded) do
        self[name] = nil
    end
    for name in pairs(columns.of(model)) do
        self[name] = rawget(rows[1], name)
    end

    rawset(self, STATE, rawget(rows[1], STATE))
    return self
end

---The query of a relation: `post:related("comments"):where(...)`. Records it
---creates belong to this one.
function record:related(name)
    return model_of(self):relation(name):query_of(self)
end

---Ties records by a many_to_many relation, given by their keys.
function record:attach(name, ...)
    return model_of(self):relation(name):attach(self, ...)
end

---Unties them; all without keys.
function record:detach(name, ...)
    return model_of(self):relation(name):detach(self, ...)
end

---Leaves tied just these.
function record:sync(name, ids)
    return model_of(self):relation(name):sync(self, ids)
end

---What goes out as JSON: the columns, null included, and loaded relations,
---without what the model hides.
function record:to_json()
    local model, state = model_of(self), rawget(self, STATE)
    local out = {}

    for _, name in ipairs(state.columns or {}) do
        out[name] = null
    end
    for name, value in pairs(self) do
        if name ~= STATE then
            out[name] = value
        end
    end
    for _, name in ipairs(model.hidden) do
        out[name] = nil
    end
    return out
end

return record
