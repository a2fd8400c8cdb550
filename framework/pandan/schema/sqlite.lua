-- SPDX-License-Identifier: MIT
--- What SQLite's ALTER TABLE cannot do. A column is changed by making the
--- table anew beside the old one, moving the rows and taking the old one's
--- name (https://www.sqlite.org/lang_altertable.html, section 7).

local ddl = require("pandan.schema.ddl")
local quote = require("pandan.model.sql").quote

local null = require("pandan.native").null

local sqlite = {}

-- What cannot be read back from the table's pragmas.
local unreadable = { "CHECK", "GENERATED", "COLLATE", "WITHOUT%s+ROWID" }

local function definition(run, name)
    local found = run("SELECT sql FROM sqlite_master WHERE type = 'table' "
        .. "AND name = $1", name)[1]

    if not found then
        error("there is no table '" .. name .. "'", 0)
    end

    -- names and texts in quotes may hold these words
    local bare = found.sql:gsub("'[^']*'", ""):gsub('"[^"]*"', ""):upper()
    for _, word in ipairs(unreadable) do
        if bare:find("%f[%a]" .. word .. "%f[%A]") then
            error("table '" .. name .. "' uses " .. word:gsub("%%s%+", " ")
                .. ", which changing a column would lose: use "
                .. "schema:execute", 0)
        end
    end
    return bare
end

-- Foreign keys: of one column by its name, of several as constraints.
local function foreign_keys(run, name)
    local rows = run('SELECT id, "table" AS target, "from" AS own, '
        .. '"to" AS other, on_update, on_delete '
        .. "FROM pragma_foreign_key_list($1) ORDER BY id, seq", name)
    local keys, order = {}, {}

    for _, row in ipairs(rows) do
        local key = keys[row.id]
        if not key then
            key = { row = row, own = {}, other = {} }
            keys[row.id] = key
            order[#order + 1] = key
        end
        key.own[#key.own + 1] = row.own
        if row.other ~= null then
            key.other[#key.other + 1] = quote(row.other)
        end
    end

    local by_column, constraints = {}, {}
    for _, key in ipairs(order) do
        local text = "REFERENCES " .. quote(key.row.target)
            .. (#key.other > 0 and " (" .. table.concat(key.other, ", ") .. ")"
                or "")
            .. " ON UPDATE " .. key.row.on_update .. " ON DELETE "
            .. key.row.on_delete

        if #key.own == 1 then
            by_column[key.own[1]] = text
        else
            for i, own in ipairs(key.own) do
                key.own[i] = quote(own)
            end
            constraints[#constraints + 1] = "FOREIGN KEY ("
                .. table.concat(key.own, ", ") .. ") " .. text
        end
    end
    return by_column, constraints
end

-- A column that stays as it is.
local function unchanged(row)
    local text = quote(row.name) .. " " .. row.type
    if row.required == 1 then
        text = text .. " NOT NULL"
    end
    if row.dflt_value ~= null then
        text = text .. " DEFAULT (" .. row.dflt_value .. ")"
    end
    return text
end

local function columns_of(run, name, bare, changed)
    local rows = run('SELECT name, type, "notnull" AS required, dflt_value, pk '
        .. "FROM pragma_table_info($1) ORDER BY cid", name)
    local references, constraints = foreign_keys(run, name)
    local lines, keys, names = {}, {}, {}
    local seen = false

    for i, row in ipairs(rows) do
        names[i] = quote(row.name)
        if row.pk > 0 then
            keys[row.pk] = names[i]
        end
    end

    for i, row in ipairs(rows) do
        local is_changed = row.name == changed.name
        seen = seen or is_changed

        lines[i] = is_changed and ddl.column(changed, "sqlite")
            or unchanged(row)
        if row.pk > 0 and #keys == 1 then
            lines[i] = lines[i] .. " PRIMARY KEY"
                .. (bare:find("AUTOINCREMENT") and " AUTOINCREMENT" or "")
        end
        if references[row.name] and not (is_changed and changed.references) then
            lines[i] = lines[i] .. " " .. references[row.name]
        end
    end

    if not seen then
        error("table '" .. name .. "' has no column '" .. changed.name .. "'",
            0)
    end
    if #keys > 1 then
        lines[#lines + 1] = "PRIMARY KEY (" .. table.concat(keys, ", ") .. ")"
    end
    for _, text in ipairs(constraints) do
        lines[#lines + 1] = text
    end
    return lines, names
end

local function must_be_unreferenced(run, name)
    local on = run("PRAGMA foreign_keys")[1]
    if not on or on.foreign_keys ~= 1 then
        return
    end

    local rows = run("SELECT m.name AS name FROM sqlite_master AS m, "
        .. "pragma_foreign_key_list(m.name) AS k "
        .. 'WHERE m.type = \'table\' AND lower(k."table") = lower($1) '
        .. "AND m.name <> $1", name)
    if rows[1] then
        error("table '" .. name .. "' cannot be made anew while '"
            .. rows[1].name .. "' refers to it and foreign keys are enforced; "
            .. "add a column, copy and drop the old one instead", 0)
    end
end

---@param run fun(sql: string, ...): table[]  raises on an error
function sqlite.change_column(run, op)
    local name = op.table
    local fresh = "pandan_new_" .. name
    local bare = definition(run, name)

    must_be_unreferenced(run, name)

    local lines, names = columns_of(run, name, bare, op.column)
    local extras = run("SELECT sql FROM sqlite_master WHERE tbl_name = $1 "
        .. "AND type IN ('index', 'trigger') AND sql IS NOT NULL", name)
    local list = table.concat(names, ", ")

    run("CREATE TABLE " .. quote(fresh) .. " (\n    "
        .. table.concat(lines, ",\n    ") .. "\n)")
    run("INSERT INTO " .. quote(fresh) .. " (" .. list .. ") SELECT " .. list
        .. " FROM " .. quote(name))
    run("DROP TABLE " .. quote(name))
    run("ALTER TABLE " .. quote(fresh) .. " RENAME TO " .. quote(name))

    for _, extra in ipairs(extras) do
        run(extra.sql)
    end
end

---A column in an index cannot be dropped before the index.
function sqlite.drop_column(run, op)
    local rows = run("SELECT l.name AS name FROM pragma_index_list($1) AS l, "
        .. "pragma_index_info(l.name) AS i WHERE i.name = $2 "
        .. "AND l.origin = 'c'", op.table, op.column.name)

    for _, row in ipairs(rows) do
        run("DROP INDEX " .. quote(row.name))
    end
    for _, text in ipairs(ddl.statements(op, "sqlite")) do
        run(text)
    end
end

return sqlite
