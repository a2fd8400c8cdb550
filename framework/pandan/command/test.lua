-- SPDX-License-Identifier: MIT
--- `pandan test [FILES] [--filter ...]`: runs the app's specs inside of the
--- runtime, against its test database.

local db_support = require("pandan.command.db_support")
local migration = require("pandan.migration")
local native = require("pandan.native")
local options = require("pandan.spec.options")
local spec = require("pandan.spec")

-- All *_spec.lua below a folder, sorted.
local function find_specs(folder, found)
    local names = native.fs.list(folder) or {}
    table.sort(names)

    for _, name in ipairs(names) do
        local path = folder .. "/" .. name
        local info = native.fs.stat(path)

        if name:find("_spec%.lua$") then
            found[#found + 1] = path
        elseif info and info.type == "folder" then
            find_specs(path, found)
        end
    end
    return found
end

-- Specs rewrite tables: only a database that says it is for tests will do.
local function is_test_database(url)
    return url:find("test", 1, true) or url:find(":memory:", 1, true)
end

-- The test database is ours: it is made, and has the app's tables.
local function prepare()
    local context = db_support.context()
    local rows, err = context.db:query("SELECT 1 AS one")

    if not rows and tostring(err):find("does not exist", 1, true) then
        if require("pandan.command.db_create")({}) ~= 0 then
            return false
        end
    elseif not db_support.reachable(context) then
        return false
    end

    local count, problem = migration.migrate(context.db, context.folder, {
        report = db_support.reporter("migrated"),
    })
    if not count then
        db_support.fail("cannot migrate the test database: %s", problem)
        return false
    end
    return true
end

return db_support.guard(function(args)
    local pandan = require("pandan")
    local settings, err = options.parse(args)

    if not settings then
        io.stderr:write("pandan test: ", tostring(err), "\n")
        return 2
    end

    local url = pandan.app.config.database.default
    url = type(url) == "table" and url.url or url

    if url and not is_test_database(url) then
        io.stderr:write("pandan test: the database '",
            (url:gsub(":[^:@/]*@", ":***@")), "' does not have 'test' in its "
            .. "name; name one in config/database.lua under test = {...}\n")
        return 1
    end

    if url and not prepare() then
        return 1
    end

    if not settings.files or #settings.files == 0 then
        settings.files = find_specs(pandan.root .. "/spec", {})
    end

    local test = require("pandan.test")
    settings.environment = { cgi = test.cgi }
    settings.before_test = test.new_browser
    for word, value in pairs(pandan.app.loader.words) do
        settings.environment[word] = value
    end

    local result = spec.run(settings)
    return result.failed > 0 and 1 or 0
end)
