-- SPDX-License-Identifier: MIT
--- SQL out of the parts that a query has collected: text with $1, $2 ... and
--- the values for them. Names are checked and quoted here, and values never
--- become text. The dialects differ in few words, see `dialects`.

local null = require("pandan.native").null

local concat = table.concat
local match, gmatch, gsub = string.match, string.gmatch, string.gsub
local lower, upper, sub, find = string.lower, string.upper, string.sub,
    string.find

---@class pandan.model.sql
local sql = {}

local dialects = {
    sqlite = { ilike = "LIKE", not_ilike = "NOT LIKE" },
    postgres = { ilike = "ILIKE", not_ilike = "NOT ILIKE" },
    mysql = { ilike = "LIKE", not_ilike = "NOT LIKE" },
}

-- Where an offset must not stand without a limit.
local no_limit = {
    [dialects.sqlite] = " LIMIT -1",
    [dialects.mysql] = " LIMIT 18446744073709551615",
}

local operators = {
    ["="] = "=", ["<>"] = "<>", ["!="] = "<>", ["<"] = "<", ["<="] = "<=",
    [">"] = ">", [">="] = ">=", like = "LIKE", ["not like"] = "NOT LIKE",
    ilike = "ilike", ["not ilike"] = "not_ilike", ["in"] = "IN",
    ["not in"] = "NOT IN", between = "BETWEEN", is = "IS",
    ["is not"] = "IS NOT",
}

local quoted, quoted_count = {}, 0
local literal_mt = {}

---Raises what the caller of models and queries did wrong, on its line: tail
---calls and forwarding make a fixed level impossible.
function sql.blame(message)
    local level = 2
    while true do
        local info = debug.getinfo(level, "S")
        if not info or not info.source:find("framework/pandan/model", 1,
                true)
            and info.what ~= "C" and info.what ~= "tail"
        then
            error(message, info and level or 0)
        end
        level = level + 1
    end
end

---`posts.title` as `"posts"."title"`; raises for what is no name.
---@param name string  up to three parts; the last may be *
function sql.quote(name)
    local done = quoted[name]
    if done then
        return done
    end

    if type(name) ~= "string" then
        sql.blame("a column or table name must be a string, not "
            .. type(name))
    end

    local parts = {}
    for part in gmatch(name .. ".", "([^.]*)%.") do
        if part == "*" and #parts > 0 then
            parts[#parts + 1] = "*"
        elseif match(part, "^[%a_][%w_]*$") and #parts < 3
            and parts[#parts] ~= "*"
        then
            parts[#parts + 1] = '"' .. part .. '"'
        else
            sql.blame("'" .. name .. "' is not a column or table name")
        end
    end

    -- an order may come from a request: the memory for names has an end
    if quoted_count >= 2000 then
        quoted, quoted_count = {}, 0
    end

    done = concat(parts, ".")
    quoted[name] = done
    quoted_count = quoted_count + 1
    return done
end

---SQL that stands for a value: `update({ views = literal("views + 1") })`.
---Told from other tables by its metatable, which no input can have.
function sql.literal(text, ...)
    return setmetatable({
        text = text,
        binds = { n = select("#", ...), ... },
    }, literal_mt)
end

function sql.is_literal(value)
    return type(value) == "table" and getmetatable(value) == literal_mt
end

---The operator as the dialect spells it, and its own name in lower case.
function sql.operator(word)
    local name = type(word) == "string" and operators[lower(word)]
    if not name then
        sql.blame("unknown operator '" .. tostring(word) .. "'")
    end
    return name
end

---@class pandan.model.order
---@field column string      quoted
---@field direction string   "", " ASC" or " DESC"
---@field nulls? "first"|"last"

---One term of an order: `title`, `posts.id desc`, `title asc nulls last`.
---@return pandan.model.order
function sql.order_term(term)
    local name, rest = match(term, "^%s*([%w_.]+)%s*(.-)%s*$")
    local words = lower(gsub(rest or "?", "%s+", " "))
    local direction, nulls = match(words, "^(%a*) ?(.*)$")

    if direction == "nulls" then
        direction, nulls = "", words
    end

    if not name or (direction ~= "" and direction ~= "asc"
        and direction ~= "desc")
        or (nulls ~= "" and nulls ~= "nulls first" and nulls ~= "nulls last")
    then
        sql.blame("cannot order by '" .. term .. "'")
    end

    return {
        column = sql.quote(name),
        direction = direction ~= "" and " " .. upper(direction) or "",
        nulls = match(nulls, "nulls (%a+)"),
    }
end

---@class pandan.model.statement
---@field n integer      how many values there are
---@field binds any[]
---@field words table    of the dialect

---@return pandan.model.statement
function sql.statement(dialect)
    return {
        n = 0,
        binds = {},
        words = dialects[dialect]
            or error("unknown dialect '" .. tostring(dialect) .. "'", 2),
    }
end

---Binds one value and gives its placeholder.
function sql.bind(st, value)
    local n = st.n + 1
    st.n = n
    if value == nil then
        value = null
    end
    st.binds[n] = value
    return "$" .. n
end

---SQL of the caller's own: its $1, $2 ... become those of the statement. Text
---in quotes is left alone.
function sql.raw(st, text, binds)
    local base, top = st.n, binds.n or #binds

    for i = 1, top do
        sql.bind(st, binds[i])
    end

    local out, at = {}, 1
    while true do
        local start = find(text, "['\"$]", at)
        if not start then
            out[#out + 1] = sub(text, at)
            return concat(out)
        end

        out[#out + 1] = sub(text, at, start - 1)
        local c = sub(text, start, start)

        if c == "$" then
            local digits = match(text, "^%d+", start + 1)
            if digits and tonumber(digits) > top then
                sql.blame("$" .. digits .. " has no value in: " .. text)
            end
            out[#out + 1] = digits and "$" .. (base + digits) or "$"
            at = start + 1 + #(digits or "")
        else
            local stop = find(text, c, start + 1, true) or #text
            out[#out + 1] = sub(text, start, stop)
            at = stop + 1
        end
    end
end

local function list(st, values)
    local out = {}
    for i = 1, #values do
        out[i] = sql.bind(st, values[i])
    end
    return "(" .. concat(out, ", ") .. ")"
end

local compile_list

local kinds = {}

function kinds.compare(st, c)
    local op = c.op
    op = st.words[op] or op
    return sql.quote(c.column) .. " " .. op .. " " .. sql.bind(st, c.value)
end

function kinds.null(_, c)
    return sql.quote(c.column) .. (c.negated and " IS NOT NULL" or " IS NULL")
end

function kinds.list(st, c)
    if #c.values == 0 then
        return c.negated and "1 = 1" or "1 = 0"
    end
    return sql.quote(c.column) .. (c.negated and " NOT IN " or " IN ")
        .. list(st, c.values)
end

function kinds.between(st, c)
    return sql.quote(c.column) .. " BETWEEN " .. sql.bind(st, c.low)
        .. " AND " .. sql.bind(st, c.high)
end

function kinds.columns(_, c)
    return sql.quote(c.column) .. " " .. c.op .. " " .. sql.quote(c.other)
end

function kinds.raw(st, c)
    return "(" .. sql.raw(st, c.text, c.binds) .. ")"
end

function kinds.group(st, c)
    local text = compile_list(st, c.conditions)
    return (c.negated and "NOT (" or "(") .. (text or "1 = 1") .. ")"
end

function kinds.exists(st, c)
    return (c.negated and "NOT EXISTS (" or "EXISTS (")
        .. sql.select(st, c.query) .. ")"
end

function compile_list(st, conditions)
    if #conditions == 0 then
        return nil
    end

    local out = {}
    for i, c in ipairs(conditions) do
        if i > 1 then
            out[#out + 1] = c["or"] and " OR " or " AND "
        end
        out[#out + 1] = kinds[c.kind](st, c)
    end
    return concat(out)
end

-- The default conditions (of soft delete, of a relation) are bound to hold
-- whatever OR the caller wrote, so those stand in brackets.
local function where(st, q)
    local own = compile_list(st, q.conditions)
    local fixed = compile_list(st, q.fixed)

    if own and fixed then
        for _, c in ipairs(q.conditions) do
            if c["or"] then
                own = "(" .. own .. ")"
                break
            end
        end
        return " WHERE " .. own .. " AND " .. fixed
    end

    own = own or fixed
    return own and " WHERE " .. own or ""
end

local function joins(st, q)
    local out = {}
    for _, j in ipairs(q.joins) do
        out[#out + 1] = " " .. j.word .. " " .. sql.quote(j.table) .. " ON "
            .. compile_list(st, j.conditions)
    end
    return concat(out)
end

local function columns(st, q)
    local out = {}
    for _, item in ipairs(q.columns) do
        out[#out + 1] = item.raw and sql.raw(st, item.raw, item.binds)
            or item.name
    end

    if #out == 0 then
        return #q.joins > 0 and sql.quote(q.table) .. ".*" or "*"
    end
    return concat(out, ", ")
end

local function from(st, q)
    local out = { " FROM ", sql.quote(q.table), joins(st, q), where(st, q) }

    if #q.groups > 0 then
        out[#out + 1] = " GROUP BY " .. concat(q.groups, ", ")
    end

    local having = compile_list(st, q.havings)
    if having then
        out[#out + 1] = " HAVING " .. having
    end

    return concat(out)
end

-- MySQL has no words for where NULL goes.
local function order_text(st, o)
    if o.nulls and st.words == dialects.mysql then
        return o.column .. " IS NULL" .. (o.nulls == "first" and " DESC" or "")
            .. ", " .. o.column .. o.direction
    end
    return o.column .. o.direction
        .. (o.nulls and " NULLS " .. upper(o.nulls) or "")
end

local function order(st, q)
    local terms = {}
    for i, o in ipairs(q.orders) do
        terms[i] = o.raw and sql.raw(st, o.raw, o.binds) or order_text(st, o)
    end
    return #terms > 0 and " ORDER BY " .. concat(terms, ", ") or ""
end

local function limit(st, q)
    local text = ""

    if q.row_limit then
        text = " LIMIT " .. sql.bind(st, q.row_limit)
    elseif q.row_offset then
        text = no_limit[st.words] or ""
    end

    if q.row_offset then
        text = text .. " OFFSET " .. sql.bind(st, q.row_offset)
    end
    return text
end

function sql.select(st, q)
    return (q.is_distinct and "SELECT DISTINCT " or "SELECT ")
        .. columns(st, q) .. from(st, q) .. order(st, q) .. limit(st, q)
end

---One figure of all rows, whatever the limit: COUNT, SUM, MIN, MAX, AVG.
function sql.aggregate(st, q, name, column)
    local what = name .. "(" .. (column and sql.quote(column) or "*")
        .. ") AS n"

    if #q.groups == 0 and not q.is_distinct then
        return "SELECT " .. what .. from(st, q)
    end

    return "SELECT " .. what .. " FROM (SELECT "
        .. (q.is_distinct and "DISTINCT " or "") .. columns(st, q)
        .. from(st, q) .. ") AS counted"
end

function sql.exists(st, q)
    return "SELECT 1 AS n" .. from(st, q) .. " LIMIT 1"
end

local function sorted_names(row)
    local names = {}
    for name in pairs(row) do
        names[#names + 1] = name
    end
    table.sort(names)
    return names
end

local function on_conflict(options)
    local keys, sets = {}, {}

    for i, name in ipairs(options.conflict) do
        keys[i] = sql.quote(name)
    end
    for i, name in ipairs(options.update) do
        local column = sql.quote(name)
        sets[i] = column .. " = excluded." .. column
    end
    return " ON CONFLICT (" .. concat(keys, ", ") .. ") DO "
        .. (#sets > 0 and "UPDATE SET " .. concat(sets, ", ") or "NOTHING")
end

-- MySQL looks at every unique index; a key set to itself changes nothing.
local function on_duplicate(options)
    local sets = {}

    for i, name in ipairs(options.update) do
        local column = sql.quote(name)
        sets[i] = column .. " = VALUES(" .. column .. ")"
    end
    if #sets == 0 then
        local key = sql.quote(options.conflict[1])
        sets[1] = key .. " = " .. key
    end
    return " ON DUPLICATE KEY UPDATE " .. concat(sets, ", ")
end

---@param rows table[]  the names of the first one hold for all
---@param options? table  { conflict = {names}, update = {names},
---  returning = "*" }
function sql.insert(st, table_name, rows, options)
    local names = sorted_names(rows[1])
    local out = { "INSERT INTO ", sql.quote(table_name) }

    if #names == 0 then
        out[#out + 1] = st.words == dialects.mysql and " () VALUES ()"
            or " DEFAULT VALUES"
    else
        local heads, tuples = {}, {}
        for i, name in ipairs(names) do
            heads[i] = sql.quote(name)
        end
        for i, row in ipairs(rows) do
            local values = {}
            for j, name in ipairs(names) do
                values[j] = sql.bind(st, row[name])
            end
            tuples[i] = "(" .. concat(values, ", ") .. ")"
        end
        out[#out + 1] = " (" .. concat(heads, ", ") .. ") VALUES "
        out[#out + 1] = concat(tuples, ", ")
    end

    if options and options.conflict then
        out[#out + 1] = st.words == dialects.mysql
            and on_duplicate(options) or on_conflict(options)
    end

    if options and options.returning then
        out[#out + 1] = " RETURNING " .. options.returning
    end

    return concat(out)
end

---@param changes table  values by column; a literal is SQL
---@param returning? string  "*"; not in MySQL
function sql.update(st, q, changes, returning)
    local sets = {}
    for i, name in ipairs(sorted_names(changes)) do
        local value = changes[name]
        sets[i] = sql.quote(name) .. " = "
            .. (sql.is_literal(value) and sql.raw(st, value.text, value.binds)
                or sql.bind(st, value))
    end

    return "UPDATE " .. sql.quote(q.table) .. " SET " .. concat(sets, ", ")
        .. where(st, q) .. (returning and " RETURNING " .. returning or "")
end

function sql.delete(st, q)
    return "DELETE FROM " .. sql.quote(q.table) .. where(st, q)
end

return sql
