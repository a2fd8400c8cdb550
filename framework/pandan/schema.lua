-- SPDX-License-Identifier: MIT
--- The `schema` of a migration. Its methods only note operations; they are
--- run when the migration's function has returned, or turned round to undo
--- it. `schema:query` asks the database, so it runs what was noted before.

local ddl = require("pandan.schema.ddl")
local reverse = require("pandan.schema.reverse")
local parts = require("pandan.schema.table")
local quote = require("pandan.model.sql").quote

-- Operations that a dialect does in its own way.
local own = {
    sqlite = require("pandan.schema.sqlite"),
    mysql = require("pandan.schema.mysql"),
}

---@class pandan.schema
---@field dialect "sqlite"|"postgres"|"mysql"
local schema = {}
schema.__index = schema

schema.raw = ddl.raw

---@param db table       a database or a transaction of one
---@param file? string   of the migration, for messages
---@return pandan.schema
function schema.new(db, file)
    return setmetatable({
        db = db, dialect = db.dialect, file = file, operations = {},
    }, schema)
end

-- The line of the migration's file that called, as "file:12".
local function place(self)
    if not self.file then
        return nil
    end
    for level = 3, 12 do
        local info = debug.getinfo(level, "Sl")
        if not info then
            return nil
        end
        if info.source == "@" .. self.file then
            return self.file .. ":" .. info.currentline
        end
    end
    return nil
end

local function note(self, op)
    if op.table then
        quote(op.table)
    end
    op.place = place(self)
    self.operations[#self.operations + 1] = op
    return op
end

local function build(fn)
    local t = parts.builder.new()
    fn(t)
    return t
end

---@param fn fun(t: pandan.schema.table)
function schema:create(name, fn)
    local t = build(fn)
    if #t.columns == 0 then
        error("table '" .. tostring(name) .. "' has no columns", 2)
    end
    note(self, {
        kind = "create", table = name, columns = t.columns,
        indexes = t.indexes,
    })
end

---@param fn? fun(t: pandan.schema.table)  what it held, for the way back
function schema:drop(name, fn)
    local t = fn and build(fn)
    note(self, {
        kind = "drop", table = name, columns = t and t.columns,
        indexes = t and t.indexes,
    })
end

function schema:rename(from, to)
    quote(to)
    note(self, { kind = "rename", table = from, to = to })
end

---`schema:add_column("posts", "views", "integer", { default = 0 })`, or with
---the methods of a column: `:not_null():default(0)`
---@return pandan.schema.column
function schema:add_column(name, column, kind, options)
    local made = parts.column.new(column, kind, options)
    note(self, { kind = "add_column", table = name, column = made })
    return made
end

---`schema:add_reference("posts", "user")`: user_id, indexed.
function schema:add_reference(name, target, options)
    local made = parts.column.reference(target, options or {})
    note(self, { kind = "add_column", table = name, column = made })
    return made
end

---With its type (and options) it can be undone.
function schema:drop_column(name, column, kind, options)
    quote(column)
    local old = kind and parts.column.new(column, kind, options)
        or { name = column }
    note(self, { kind = "drop_column", table = name, column = old })
end

function schema:rename_column(name, from, to)
    quote(from)
    quote(to)
    note(self, { kind = "rename_column", table = name, from = from, to = to })
end

---Gives a column another type, default or NOT NULL. With what it was before
---it can be undone.
function schema:change_column(name, column, kind, options, old, old_options)
    local made = parts.column.new(column, kind, options)
    note(self, {
        kind = "change_column", table = name, column = made,
        before = old and parts.column.new(column, old, old_options),
    })
    return made
end

local function index_of(columns, options)
    options = options or {}
    return {
        columns = type(columns) == "table" and columns or { columns },
        unique = options.unique, name = options.name,
    }
end

---@param columns string|string[]
---@param options? table  unique, name
function schema:add_index(name, columns, options)
    note(self, {
        kind = "add_index", table = name, index = index_of(columns, options),
    })
end

function schema:drop_index(name, columns, options)
    note(self, {
        kind = "drop_index", table = name, index = index_of(columns, options),
    })
end

---SQL of your own, and that which undoes it.
function schema:execute(up, down)
    note(self, { kind = "execute", up = up, down = down })
end

-- Raises with the place in the migration.
local function runner(self, op)
    return function(text, ...)
        local rows, err, code

        if op.kind == "execute" then
            rows, err, code = self.db:exec(text)
        else
            rows, err, code = self.db:query(text, ...)
        end

        if not rows then
            error((op.place and op.place .. ": " or "") .. tostring(err)
                .. " (" .. tostring(code) .. "), in: " .. text, 0)
        end
        return rows
    end
end

local function run(self, op)
    local execute = runner(self, op)
    local special = own[self.dialect] and own[self.dialect][op.kind]

    if special then
        local ok, err = pcall(special, execute, op)
        if not ok then
            err = tostring(err)
            if op.place and err:sub(1, #op.place) ~= op.place then
                err = op.place .. ": " .. err
            end
            error(err, 0)
        end
        return
    end

    for _, text in ipairs(ddl.statements(op, self.dialect)) do
        execute(text)
    end
end

---Runs what was noted.
function schema:flush()
    local operations = self.operations
    self.operations = {}

    for _, op in ipairs(operations) do
        run(self, op)
    end
end

---From here on a migration is only listened to.
function schema:listen()
    self.listening = true
end

---Turns what was noted round.
---@return boolean? ok
---@return string? err
function schema:reverse()
    local back, err = reverse.all(self.operations)
    if not back then
        return nil, err
    end
    self.operations = back
    self.listening = nil
    return true
end

---Runs a statement with values now, after what was noted before it.
---@return table[] rows
function schema:query(text, ...)
    if self.listening then
        error("this cannot be undone: a migration that asks the database "
            .. "needs a way back of its own: { up = fn, down = fn }", 2)
    end
    self:flush()
    return runner(self, { kind = "query", place = place(self) })(text, ...)
end

return schema
