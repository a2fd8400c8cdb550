-- SPDX-License-Identifier: MIT
--- `pandan db reset [--force]`: drops every table, migrates and seeds.
--- All data is lost; in production it wants --force.

local connection = require("pandan.model.connection")
local fs = require("pandan.native").fs
local quote = require("pandan.model.sql").quote
local support = require("pandan.command.db_support")

local tables = {
    sqlite = "SELECT name, type FROM sqlite_master WHERE type IN "
        .. "('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        .. "ORDER BY type DESC",
    postgres = "SELECT tablename AS name, 'table' AS type FROM pg_tables "
        .. "WHERE schemaname = current_schema()",
    mysql = "SELECT table_name AS name, CASE table_type WHEN 'VIEW' THEN "
        .. "'view' ELSE 'table' END AS type FROM information_schema.tables "
        .. "WHERE table_schema = DATABASE() ORDER BY type DESC",
}

local function quoted(name)
    return name:find("^[%a_][%w_]*$") and quote(name)
        or '"' .. name:gsub('"', '""') .. '"'
end

local function drop(row, more)
    return "DROP " .. row.type:upper() .. " IF EXISTS " .. quoted(row.name)
        .. (more or "")
end

-- No transaction of MySQL's outlives a DROP, and the setting that lets tables
-- go in any order is the connection's: so all of it is one script.
local function drop_all_at_once(db)
    local rows = connection.query(db, tables.mysql, {}, 0)
    local script = { "SET foreign_key_checks = OFF" }

    for _, row in ipairs(rows) do
        script[#script + 1] = drop(row)
    end
    script[#script + 1] = "SET foreign_key_checks = ON"

    assert(db:exec(table.concat(script, ";\n")))
    return #rows
end

local function drop_all(db)
    if db.dialect == "mysql" then
        return pcall(drop_all_at_once, db)
    end

    local cascade = db.dialect == "postgres" and " CASCADE" or ""
    local options = db.dialect == "sqlite" and { foreign_keys = false } or nil

    return pcall(connection.transaction, db, function(tx)
        local rows = connection.query(db, tables[db.dialect], {}, 0)
        for _, row in ipairs(rows) do
            assert(tx:exec(drop(row, cascade)))
        end
        return #rows
    end, options)
end

return support.guard(function(args)
    local options, problem = support.options(args, { force = true })
    if not options then
        support.fail("%s", problem)
        return 2
    end

    local context = support.context()
    if context.env == "production" and not options.force then
        support.fail("reset drops every table of the production database; "
            .. "say --force if that is what you want")
        return 2
    end
    if not support.reachable(context) then
        return 1
    end

    local ok, count = drop_all(context.db)
    if not ok then
        return support.fail("cannot drop the tables: %s", tostring(count))
    end
    support.say("Dropped %d tables.", count)

    local code = require("pandan.command.db_migrate")({})
    if code ~= 0 or not fs.stat(context.root .. "/db/seeds.lua") then
        return code
    end
    return require("pandan.command.db_seed")({})
end)
