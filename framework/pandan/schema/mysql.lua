-- SPDX-License-Identifier: MIT
--- What MySQL and MariaDB write in another way: foreign keys stand behind the
--- columns, with names, since one beside its column is not kept by all
--- servers; an index belongs to its table; a column is defined anew.

local ddl = require("pandan.schema.ddl")
local quote = require("pandan.model.sql").quote

local concat = table.concat

local mysql = {}

local function key_name(table_name, column)
    return quote(table_name .. "_" .. column.name .. "_foreign")
end

local function foreign_key(table_name, column)
    return "CONSTRAINT " .. key_name(table_name, column) .. " FOREIGN KEY ("
        .. quote(column.name) .. ")" .. ddl.reference(column.references)
end

local function run_all(run, statements)
    for _, text in ipairs(statements) do
        run(text)
    end
end

function mysql.create(run, op)
    local lines = {}

    for i, column in ipairs(op.columns) do
        lines[i] = "    " .. ddl.definition(column, "mysql")
    end
    for _, column in ipairs(op.columns) do
        if column.references then
            lines[#lines + 1] = "    " .. foreign_key(op.table, column)
        end
    end

    run("CREATE TABLE " .. quote(op.table) .. " (\n" .. concat(lines, ",\n")
        .. "\n) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4")
    run_all(run, ddl.indexes(op))
end

function mysql.add_column(run, op)
    local column = op.column
    local text = "ALTER TABLE " .. quote(op.table) .. " ADD COLUMN "
        .. ddl.definition(column, "mysql")

    if column.references then
        text = text .. ", ADD " .. foreign_key(op.table, column)
    end
    run(text)
    run_all(run, ddl.column_indexes(op.table, column))
end

function mysql.drop_column(run, op)
    local text = "ALTER TABLE " .. quote(op.table)

    if op.column.references then
        text = text .. " DROP FOREIGN KEY " .. key_name(op.table, op.column)
            .. ","
    end
    run(text .. " DROP COLUMN " .. quote(op.column.name))
end

function mysql.change_column(run, op)
    run("ALTER TABLE " .. quote(op.table) .. " MODIFY COLUMN "
        .. ddl.definition(op.column, "mysql"))
end

function mysql.drop_index(run, op)
    run("DROP INDEX " .. ddl.index_of(op) .. " ON " .. quote(op.table))
end

return mysql
