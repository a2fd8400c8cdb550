-- SPDX-License-Identifier: MIT
--- What ends a query: the methods that run it. They raise when the database
--- refuses; see `connection.lua`.

local connection = require("pandan.model.connection")
local page = require("pandan.model.page")
local sql = require("pandan.model.sql")

---@class pandan.model.query
local fetch = {}

-- As JSON the rows are a list, whatever else is known about them.
local list_meta = { __jsontype = "array" }

-- Values of one insert: a call of Lua takes some 8000 arguments.
local MAX_BINDS = 5000

-- The query with what its model adds to every statement.
local function ready(self)
    local model = self.model
    local column = model and model.soft_delete_column

    if not column or self.deleted == "with" then
        return self
    end

    local q = self:clone()
    q.fixed[#q.fixed + 1] = {
        kind = "null", column = self.table .. "." .. column,
        negated = self.deleted == "only",
    }
    return q
end

local function run(self, write, ...)
    local st = sql.statement(self.db.dialect)
    local text = write(st, ...)
    return connection.query(self.db, text, st.binds, st.n)
end

local function refuse(self, what)
    if #self.joins > 0 or #self.groups > 0 or self.row_limit
        or self.row_offset
    then
        sql.blame("cannot " .. what
            .. " with join, group, limit or offset: use where")
    end
end

---The statement and its values, for looking at.
---@return string sql
---@return any[] binds
function fetch:to_sql()
    local st = sql.statement(self.db.dialect)
    return sql.select(st, ready(self)), st.binds
end

---All rows; records if the query has a model.
function fetch:all()
    local rows = run(self, sql.select, ready(self))
    if getmetatable(rows) == nil then
        setmetatable(rows, list_meta)
    end
    if self.model then
        return self.model:hydrate(rows, self.withs)
    end
    return rows
end

---The first row, or nil.
function fetch:first()
    return self:clone():limit(1):all()[1]
end

---The row with this primary key, or nil.
function fetch:find(id)
    local key = self.model and self.model.primary_key or "id"

    if self.model then
        id = self.model:key_value(id)
    end
    if id == nil then
        return nil
    end
    return self:clone():where(self.table .. "." .. key, id):first()
end

---As `find`; without a row the action ends with 404.
function fetch:find_or_404(id)
    return self:find(id) or page.not_found(self.table, id)
end

function fetch:first_or_404()
    return self:first() or page.not_found(self.table)
end

---Calls `fn(row)` for all rows, `size` of them in memory at a time; by
---primary key, so rows that change meanwhile are neither lost nor doubled.
function fetch:each(fn, size)
    local key = self.model and self.model.primary_key or "id"
    local last

    size = size or 500
    repeat
        local q = self:clone():reorder(key):limit(size)
        if last ~= nil then
            q:where(key, ">", last)
        end

        local rows = q:all()
        for _, row in ipairs(rows) do
            fn(row)
            last = row[key]
        end
    until #rows < size
end

local function aggregate(self, name, column)
    local rows = run(self, sql.aggregate, ready(self), name, column)
    return connection.value(rows[1].n)
end

---@return integer
function fetch:count(column)
    return tonumber(aggregate(self, "COUNT", column))
end

-- Exact decimals of PostgreSQL come as text.
local function number(value)
    return tonumber(value) or value
end

---@return number  0 for no rows
function fetch:sum(column)
    return number(aggregate(self, "SUM", column)) or 0
end

function fetch:avg(column)
    return number(aggregate(self, "AVG", column))
end

function fetch:min(column)
    return aggregate(self, "MIN", column)
end

function fetch:max(column)
    return aggregate(self, "MAX", column)
end

---@return boolean
function fetch:exists()
    return run(self, sql.exists, ready(self))[1] ~= nil
end

---The values of one column as a list; NULL is pandan.null in it.
function fetch:pluck(column)
    local q = ready(self):clone()
    q.columns = { { name = sql.quote(column) .. ' AS "value"' } }

    local values = {}
    for i, row in ipairs(run(self, sql.select, q)) do
        values[i] = row.value
    end
    return values
end

---One column of the first row.
function fetch:value(column)
    return connection.value(self:clone():limit(1):pluck(column)[1])
end

---One page of rows, see `page.lua`.
---@param per_page? integer  20
---@param number? integer    of the page; the request's ?page= unless given
function fetch:paginate(per_page, number_)
    return page.of(self, per_page or 20, number_)
end

---Inserts one row, or a list of rows that have the same columns; values go in
---as they are. Returns the rows as they lie in the table.
function fetch:insert(rows)
    if rows[1] == nil then
        rows = { rows }
    end
    return self:insert_many(rows)
end

local function in_portions(self, rows, options)
    local names = 0
    for _ in pairs(rows[1]) do
        names = names + 1
    end

    local size = math.max(1, math.floor(MAX_BINDS / math.max(names, 1)))
    local all = {}

    for start = 1, #rows, size do
        local portion = {}
        for i = start, math.min(start + size - 1, #rows) do
            portion[#portion + 1] = rows[i]
        end

        local got = run(self, sql.insert, self.table, portion, options)
        for i = 1, #got do
            all[#all + 1] = got[i]
        end
    end
    return all
end

function fetch:insert_many(rows)
    if #rows == 0 then
        return {}
    end

    for _, row in ipairs(rows) do
        for name in pairs(row) do
            if rows[1][name] == nil then
                sql.blame("every row must have the columns of the first; '"
                    .. tostring(name) .. "' is new")
            end
        end
    end

    return in_portions(self, rows, { returning = "*" })
end

---Inserts, or updates the row that has the same `keys`.
---@param rows table      one row or a list
---@param keys string[]   columns of a unique index
---@param update? string[]  what to set; everything but the keys unless given
function fetch:upsert(rows, keys, update)
    if rows[1] == nil then
        rows = { rows }
    end

    if not update then
        local is_key = {}
        for _, name in ipairs(keys) do
            is_key[name] = true
        end

        update = {}
        for name in pairs(rows[1]) do
            if not is_key[name] then
                update[#update + 1] = name
            end
        end
        table.sort(update)
    end

    return in_portions(self, rows, {
        conflict = keys, update = update, returning = "*",
    })
end

---Saves a new record of the query's model; of a relation's query, one that
---belongs to the record the relation was asked of.
function fetch:create(input)
    local made = self.model:new(input)
    for name, value in pairs(self.presets or {}) do
        made[name] = value
    end
    return made:save()
end

---Changes all rows of the query; returns how many.
---@param changes table  `query.literal("views + 1")` for SQL
---@return integer
function fetch:update(changes)
    refuse(self, "update")
    if next(changes) == nil then
        return 0
    end
    return run(self, sql.update, ready(self), changes).affected
end

---@return integer
function fetch:increment(column, by)
    return self:update({
        [column] = sql.literal(sql.quote(column) .. " + $1", by or 1),
    })
end

---Deletes all rows of the query; returns how many. Soft where the model is.
---@return integer
function fetch:delete()
    refuse(self, "delete")

    local column = self.model and self.model.soft_delete_column
    if column then
        return self:update({ [column] = self.model.now() })
    end
    return self:force_delete()
end

function fetch:force_delete()
    refuse(self, "delete")
    return run(self, sql.delete, ready(self)).affected
end

return fetch
