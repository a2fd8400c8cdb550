-- SPDX-License-Identifier: MIT
--- The query builder: collects what a statement is made of; `sql.lua` writes
--- it. Every method that adds returns the query, so calls can be chained.

local fetch = require("pandan.model.fetch")
local sql = require("pandan.model.sql")

local null = require("pandan.native").null

local gmatch = string.gmatch
local unpack = unpack

---@class pandan.model.query
---@field model? table  rows become its records
---@field db table
---@field table string
local query = {}

-- A model's scopes are methods of its queries.
local meta = {
    __index = function(self, key)
        local method = query[key]
        if method ~= nil then
            return method
        end

        local model = rawget(self, "model")
        return model and model.scopes[key] or nil
    end,
}

for name, method in pairs(fetch) do
    query[name] = method
end

---@param db table      the database
---@param name string   the table
---@param model? table
function query.new(db, name, model)
    sql.quote(name)
    return setmetatable({
        db = db, table = name, model = model,
        conditions = {}, fixed = {}, joins = {}, columns = {}, groups = {},
        havings = {}, orders = {}, withs = {},
    }, meta)
end

query.literal = sql.literal

function query.is_query(value)
    return getmetatable(value) == meta
end

local lists = {
    "conditions", "fixed", "joins", "columns", "groups", "havings", "orders",
    "withs",
}

---A copy that can go another way.
function query:clone()
    local copy = {}
    for key, value in pairs(self) do
        copy[key] = value
    end
    for _, key in ipairs(lists) do
        copy[key] = { unpack(self[key]) }
    end
    return setmetatable(copy, meta)
end

-- Conditions

local function add(self, condition, is_or)
    condition["or"] = is_or
    self.conditions[#self.conditions + 1] = condition
    return self
end

local function nested(self, fn, negated, is_or)
    local inner = query.new(self.db, self.table, self.model)
    fn(inner)
    return add(self, {
        kind = "group", conditions = inner.conditions, negated = negated,
    }, is_or)
end

local function check_value(value)
    if value == nil then
        sql.blame("the value to compare with is nil; where_null() looks for "
            .. "what is not there")
    end
    if type(value) == "table" or type(value) == "function" then
        sql.blame("cannot compare with a " .. type(value))
    end
end

local function compare(self, is_or, column, op, value)
    sql.quote(column)

    if op == "IN" or op == "NOT IN" then
        return add(self, {
            kind = "list", column = column, values = value,
            negated = op == "NOT IN",
        }, is_or)
    end

    if op == "BETWEEN" then
        return add(self, {
            kind = "between", column = column, low = value[1],
            high = value[2],
        }, is_or)
    end

    if value == null or op == "IS" or op == "IS NOT" then
        return add(self, {
            kind = "null", column = column,
            negated = op == "<>" or op == "IS NOT",
        }, is_or)
    end

    check_value(value)
    return add(self, {
        kind = "compare", column = column, op = op, value = value,
    }, is_or)
end

local function where(self, is_or, n, column, op, value)
    if type(column) == "function" then
        return nested(self, column, false, is_or)
    end

    if type(column) == "table" then
        local names = {}
        for name in pairs(column) do
            names[#names + 1] = name
        end
        table.sort(names)

        return nested(self, function(inner)
            for _, name in ipairs(names) do
                compare(inner, false, name, "=", column[name])
            end
        end, false, is_or)
    end

    if n < 3 then
        return compare(self, is_or, column, "=", op)
    end
    return compare(self, is_or, column, sql.operator(op), value)
end

---`where("id", 1)`, `where("age", ">=", 18)`, `where({ a = 1, b = 2 })`, or
---`where(function(q) q:where(...):or_where(...) end)` for brackets.
function query:where(...)
    return where(self, false, select("#", ...), ...)
end

function query:or_where(...)
    return where(self, true, select("#", ...), ...)
end

function query:where_not(column, value)
    if type(column) == "function" then
        return nested(self, column, true, false)
    end
    return compare(self, false, column, "<>", value)
end

---@param values any[]  none at all: no row matches
function query:where_in(column, values)
    sql.quote(column)
    return add(self, { kind = "list", column = column, values = values })
end

function query:where_not_in(column, values)
    sql.quote(column)
    return add(self, {
        kind = "list", column = column, values = values, negated = true,
    })
end

function query:where_null(column)
    return compare(self, false, column, "IS")
end

function query:where_not_null(column)
    return compare(self, false, column, "IS NOT")
end

function query:where_between(column, low, high)
    return compare(self, false, column, "BETWEEN", { low, high })
end

---Compares two columns.
function query:where_column(column, op, other)
    if other == nil then
        op, other = "=", op
    end
    sql.quote(column)
    sql.quote(other)
    return add(self, {
        kind = "columns", column = column, op = sql.operator(op),
        other = other,
    })
end

---A condition in SQL; its $1, $2 ... are the values given with it.
function query:where_raw(text, ...)
    return add(self, {
        kind = "raw", text = text, binds = { n = select("#", ...), ... },
    })
end

function query:or_where_raw(text, ...)
    return add(self, {
        kind = "raw", text = text, binds = { n = select("#", ...), ... },
    }, true)
end

---@param inner pandan.model.query
function query:where_exists(inner)
    return add(self, { kind = "exists", query = inner })
end

-- The rest of a SELECT

local function join(self, word, name, first, op, second)
    local on = { kind = "columns", column = first, op = "=", other = op }
    if second then
        on.op, on.other = sql.operator(op), second
    end
    sql.quote(name)
    sql.quote(on.column)
    sql.quote(on.other)

    self.joins[#self.joins + 1] = {
        word = word, table = name, conditions = { on },
    }
    return self
end

---`join("users", "users.id", "posts.user_id")`
function query:join(name, first, op, second)
    return join(self, "INNER JOIN", name, first, op, second)
end

function query:left_join(name, first, op, second)
    return join(self, "LEFT JOIN", name, first, op, second)
end

---Columns, "title as heading" included.
function query:select(...)
    for i = 1, select("#", ...) do
        local item = (select(i, ...))
        local name, alias = item:match(
            "^%s*([%w_.*]+)%s+[aA][sS]%s+([%w_]+)%s*$")
        self.columns[#self.columns + 1] = {
            name = name and sql.quote(name) .. " AS " .. sql.quote(alias)
                or sql.quote(item),
        }
    end
    return self
end

function query:select_raw(text, ...)
    self.columns[#self.columns + 1] = {
        raw = text, binds = { n = select("#", ...), ... },
    }
    return self
end

function query:distinct()
    self.is_distinct = true
    return self
end

---`order("id desc")`, `order("title, id desc")`
function query:order(...)
    for i = 1, select("#", ...) do
        for term in gmatch((select(i, ...)), "[^,]+") do
            self.orders[#self.orders + 1] = sql.order_term(term)
        end
    end
    return self
end

function query:order_raw(text, ...)
    self.orders[#self.orders + 1] = {
        raw = text, binds = { n = select("#", ...), ... },
    }
    return self
end

---Drops the order so far.
function query:reorder(...)
    self.orders = {}
    return self:order(...)
end

function query:latest(column)
    return self:order((column or "created_at") .. " desc")
end

function query:group(...)
    for i = 1, select("#", ...) do
        self.groups[#self.groups + 1] = sql.quote((select(i, ...)))
    end
    return self
end

function query:having_raw(text, ...)
    self.havings[#self.havings + 1] = {
        kind = "raw", text = text, binds = { n = select("#", ...), ... },
    }
    return self
end

local function whole(name, value)
    local n = tonumber(value)
    if not n or n < 0 or n ~= math.floor(n) then
        sql.blame(name .. " must be a whole number, not " .. tostring(value))
    end
    return n
end

function query:limit(n)
    self.row_limit = whole("limit", n)
    return self
end

function query:offset(n)
    self.row_offset = whole("offset", n)
    return self
end

---Relations to load with the rows: `with("user", "comments.author")`.
function query:with(...)
    for i = 1, select("#", ...) do
        self.withs[#self.withs + 1] = (select(i, ...))
    end
    return self
end

---Soft-deleted rows too, or only those.
function query:with_deleted()
    self.deleted = "with"
    return self
end

function query:only_deleted()
    self.deleted = "only"
    return self
end

return query
