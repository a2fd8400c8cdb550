-- SPDX-License-Identifier: MIT
--- The columns of a model's table, read from the database when a row is first
--- written and kept with the model, which a reload makes anew.

local connection = require("pandan.model.connection")

---@class pandan.model.columns
local columns = {}

local has_clone, clone = pcall(require, "table.clone")

if not has_clone then
    function clone(from)
        local copy = {}
        for key, value in pairs(from) do
            copy[key] = value
        end
        return copy
    end
end

columns.clone = clone

local queries = {
    sqlite = "SELECT name FROM pragma_table_info($1) ORDER BY cid",
    postgres = "SELECT attname AS name FROM pg_catalog.pg_attribute "
        .. "WHERE attrelid = to_regclass(quote_ident($1::text)) AND attnum > 0 "
        .. "AND NOT attisdropped ORDER BY attnum",
    mysql = "SELECT column_name AS name FROM information_schema.columns "
        .. "WHERE table_schema = DATABASE() AND table_name = $1 "
        .. "ORDER BY ordinal_position",
}

---The names of a table's columns, in order; none if there is no such table.
---@return string[]
function columns.read(db, name)
    local text = queries[db.dialect]
    local rows = connection.query(db, text, { name }, 1)

    local names = {}
    for i, row in ipairs(rows) do
        names[i] = row.name
    end
    return names
end

---@return table<string, boolean>
function columns.of(model)
    local known = rawget(model, "known_columns")
    if known then
        return known
    end

    local names = columns.read(model:db(), model.table_name)
    if #names == 0 then
        error("there is no table '" .. model.table_name
            .. "': is a migration missing, or not run?", 0)
    end

    known = {}
    for _, name in ipairs(names) do
        known[name] = true
    end
    rawset(model, "known_columns", known)
    return known
end

---Raises for a field that is no column.
function columns.unknown(model, name)
    local names = {}
    for known in pairs(columns.of(model)) do
        names[#names + 1] = known
    end
    table.sort(names)

    error("table '" .. model.table_name .. "' has no column '" .. name
        .. "'; it has " .. table.concat(names, ", "), 0)
end

return columns
