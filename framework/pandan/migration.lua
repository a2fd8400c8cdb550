-- SPDX-License-Identifier: MIT
--- Runs the migrations of db/migrations, each in a transaction together with
--- its row in schema_migrations. That row is written first: a second run that
--- comes at the same time waits there, and then finds the work done.

local connection = require("pandan.model.connection")
local fs = require("pandan.native").fs
local schema = require("pandan.schema")

---@class pandan.migration
local migration = {}

-- Held while the table of versions is made; any number that is ours alone.
local ADVISORY_LOCK = 7102838127

-- MySQL's, held while a migration runs.
local LOCK_NAME = "LEFT(CONCAT('pandan_migrate_', DATABASE()), 64)"
local LOCK_SECONDS = 20

local function clock()
    if ngx then
        ngx.update_time()
        return ngx.now()
    end
    return os.time()
end

---@class pandan.migration.file
---@field version string
---@field name string
---@field path string

---The migrations of a folder, oldest first.
---@return pandan.migration.file[]?
---@return string? err
function migration.files(folder)
    local names, err, code = fs.list(folder)
    if not names then
        return code == "missing" and {} or nil, err
    end

    table.sort(names)

    local files, by_version = {}, {}
    for _, name in ipairs(names) do
        local version, title = name:match("^(%d+)_([%w_]+)%.lua$")

        if version then
            if by_version[version] then
                return nil, "two migrations have version " .. version .. ": "
                    .. by_version[version] .. " and " .. name
            end
            by_version[version] = name
            files[#files + 1] = {
                version = version, name = title, path = folder .. "/" .. name,
            }
        elseif name:find("%.lua$") then
            return nil, "'" .. name .. "' in " .. folder .. " is not named "
                .. "like 20260701120000_create_posts.lua"
        end
    end
    return files
end

local CREATE = [[
CREATE TABLE IF NOT EXISTS "schema_migrations" (
    "version" VARCHAR(32) PRIMARY KEY,
    "name" VARCHAR(255) NOT NULL,
    "applied_at" VARCHAR(32) NOT NULL
)]]

local function query(db, text, ...)
    return connection.query(db, text, { ... }, select("#", ...))
end

local function prepare(db)
    connection.transaction(db, function(tx)
        if db.dialect == "postgres" then
            query(tx, "SELECT pg_advisory_xact_lock($1)", ADVISORY_LOCK)
        end
        query(tx, CREATE)
    end)
end

---What has been applied, by version; empty when nothing ever was.
---@return table<string, { name: string, applied_at: string }>
function migration.applied(db)
    local ok, rows = pcall(query, db, 'SELECT "version", "name", "applied_at" '
        .. 'FROM "schema_migrations"')

    if not ok then
        if connection.is_sql_error(rows, "undefined_table") then
            return {}
        end
        error(rows, 0)
    end

    local applied = {}
    for _, row in ipairs(rows) do
        applied[row.version] = row
    end
    return applied
end

---Every migration, with `applied_at` where it has been; those whose file is
---gone have no path.
---@return table[]?
---@return string? err
function migration.status(db, folder)
    local files, err = migration.files(folder)
    if not files then
        return nil, err
    end

    local applied = migration.applied(db)
    local list = {}

    for _, file in ipairs(files) do
        local row = applied[file.version]
        file.applied_at = row and row.applied_at
        applied[file.version] = nil
        list[#list + 1] = file
    end
    for version, row in pairs(applied) do
        list[#list + 1] = {
            version = version, name = row.name, applied_at = row.applied_at,
        }
    end

    table.sort(list, function(a, b)
        return a.version < b.version
    end)
    return list
end

---The migrations that wait to be run; an empty list if all is done.
---@param folder? string  db/migrations of the app, unless given
---@return table[]?
---@return string? err
function migration.pending(db, folder)
    local root = (package.loaded["pandan"] or {}).root or "."
    local list, err = migration.status(db, folder or root .. "/db/migrations")
    if not list then
        return nil, err
    end

    local pending = {}
    for _, file in ipairs(list) do
        if not file.applied_at then
            pending[#pending + 1] = file
        end
    end
    return pending
end

local function mentions(path, word)
    local handle = assert(io.open(path))
    local text = handle:read("*a")
    handle:close()
    return text:find(word, 1, true) ~= nil
end

local function load_file(file)
    if not file.path then
        error("the file of migration " .. file.version .. "_" .. file.name
            .. " is missing", 0)
    end

    local chunk, err = loadfile(file.path)
    if not chunk then
        error(err, 0)
    end

    local made = chunk()
    if type(made) == "function" then
        made = { change = made }
    end
    if type(made) == "table"
        and type(made.change or made.up) == "function"
    then
        made.rebuilds = mentions(file.path, "change_column")
        return made
    end
    error(file.path .. ": must return a function(schema), or a table "
        .. "{ up = function, down = function }", 0)
end

local function up(db, file, made)
    local s = schema.new(db, file.path)
    local fn = made.change or made.up
    fn(s)
    s:flush()
end

local function down(db, file, made)
    local s = schema.new(db, file.path)

    if made.change then
        s:listen()
        made.change(s)

        local ok, err = s:reverse()
        if not ok then
            error(err, 0)
        end
    elseif made.down then
        made.down(s)
    else
        error(file.path .. ": this cannot be undone: it has no down", 0)
    end
    s:flush()
end

local INSERT = 'INSERT INTO "schema_migrations" '
    .. '("version", "name", "applied_at") VALUES ($1, $2, $3)'

local DELETE = 'DELETE FROM "schema_migrations" WHERE "version" = $1'

local SELECT = 'SELECT 1 AS one FROM "schema_migrations" '
    .. 'WHERE "version" = $1'

local function add_row(db, file)
    query(db, INSERT, file.version, file.name,
        os.date("!%Y-%m-%d %H:%M:%S"))
end

-- The row first: it is the lock.
local function apply(db, file, made)
    add_row(db, file)
    up(db, file, made)
end

local function revert(db, file, made)
    if query(db, DELETE, file.version).affected > 0 then
        down(db, file, made)
    end
end

-- MySQL ends the transaction wherever a statement defines something, so there
-- is none; the row comes last, and a lock of the server's keeps others away.
local in_mysql = {
    [apply] = function(db, file, made)
        if #query(db, SELECT, file.version) > 0 then
            return false
        end

        local ok, err = pcall(up, db, file, made)
        if not ok then
            error(tostring(err) .. "; MySQL has kept what this migration "
                .. "did before: undo that by hand", 0)
        end
        add_row(db, file)
    end,

    [revert] = function(db, file, made)
        if #query(db, SELECT, file.version) > 0 then
            down(db, file, made)
            query(db, DELETE, file.version)
        end
    end,
}

-- The lock belongs to a connection, which a transaction keeps. A thread of its
-- own is outside of that transaction.
local function locked(db, fn, ...)
    local rest = { ... }

    return connection.transaction(db, function(tx)
        local got = query(tx, "SELECT GET_LOCK(" .. LOCK_NAME .. ", "
            .. LOCK_SECONDS .. ") AS got")[1].got

        if got ~= 1 then
            error("another process migrates this database", 0)
        end

        local _, ok, result = ngx.thread.wait(ngx.thread.spawn(pcall, fn, db,
            unpack(rest)))

        query(tx, "SELECT RELEASE_LOCK(" .. LOCK_NAME .. ")")

        if not ok then
            error(result, 0)
        end
        return result
    end)
end

-- To make a table anew SQLite must not look after foreign keys: a migration
-- whose text has such an operation runs without, and what it broke is looked
-- for at its end.
local function unchecked(db, made)
    if db.dialect == "sqlite" and made.rebuilds then
        return { foreign_keys = false }
    end
end

local function check_foreign_keys(db, made)
    if db.dialect ~= "sqlite" or not made.rebuilds then
        return
    end

    local broken = query(db, "PRAGMA foreign_key_check")[1]
    if broken then
        error("rows of '" .. tostring(broken.table) .. "' would refer to "
            .. "rows of '" .. tostring(broken.parent)
            .. "' that are not there", 0)
    end
end

local function in_transaction(db, file, fn)
    local made = load_file(file)

    if db.dialect == "mysql" then
        return locked(db, in_mysql[fn], file, made)
    end
    if made.transaction == false then
        return fn(db, file, made)
    end

    connection.transaction(db, function(tx)
        fn(tx, file, made)
        check_foreign_keys(tx, made)
    end, unchecked(db, made))
end

local function taken_by_another(err)
    return connection.is_sql_error(err, "unique_violation")
        and err.sql == INSERT
end

---Runs what is pending, up to `options.to` (a version) if given.
---@param options? table  { to = version, report = fn(file, seconds) }
---@return integer? count  how many ran; nil if one failed
---@return string? err
function migration.migrate(db, folder, options)
    options = options or {}

    local ok, result, err = pcall(function()
        prepare(db)

        local list, problem = migration.pending(db, folder)
        if not list then
            return nil, problem
        end

        local count = 0
        for _, file in ipairs(list) do
            if options.to and file.version > options.to then
                break
            end

            local start = clock()
            local done, failure = pcall(in_transaction, db, file, apply)

            if done and failure ~= false then
                count = count + 1
                if options.report then
                    options.report(file, clock() - start)
                end
            elseif not done and not taken_by_another(failure) then
                error(failure, 0)
            end
        end
        return count
    end)

    if not ok then
        return nil, tostring(result)
    end
    return result, err
end

---Undoes the last `options.steps` migrations (1), last first.
---@param options? table  steps, and report as for migrate
---@return integer? count
---@return string? err
function migration.rollback(db, folder, options)
    options = options or {}

    local ok, result, err = pcall(function()
        local list, problem = migration.status(db, folder)
        if not list then
            return nil, problem
        end

        local count = 0
        for i = #list, 1, -1 do
            if count == (options.steps or 1) then
                break
            end

            local file = list[i]
            if file.applied_at then
                local start = clock()
                in_transaction(db, file, revert)
                count = count + 1

                if options.report then
                    options.report(file, clock() - start)
                end
            end
        end
        return count
    end)

    if not ok then
        return nil, tostring(result)
    end
    return result, err
end

return migration
