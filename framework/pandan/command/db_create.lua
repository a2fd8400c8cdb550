-- SPDX-License-Identifier: MIT
--- `pandan db create`: makes the database that the configuration names.

local fs = require("pandan.native").fs
local support = require("pandan.command.db_support")

local function make_folders(path)
    local folder = path:match("^(.*)/[^/]*$")
    if not folder or folder == "" or fs.stat(folder) then
        return true
    end

    make_folders(folder)
    return fs.mkdir(folder)
end

local function create_sqlite(context, path)
    local existed = path ~= ":memory:" and fs.stat(path) ~= nil

    if not existed and path ~= ":memory:" then
        local ok, err = make_folders(path)
        if not ok then
            return support.fail("%s", err)
        end
    end

    if not support.reachable(context) then
        return 1
    end
    support.say(existed and "%s exists already." or "Created %s.", path)
    return 0
end

-- The server's own database, for ours cannot be connected to yet.
local servers = {
    postgres = {
        url = "postgres:///postgres",
        find = "SELECT 1 AS one FROM pg_database WHERE datname = $1",
        options = "",
    },
    mysql = {
        url = "mysql://",
        find = "SELECT 1 AS one FROM information_schema.schemata "
            .. "WHERE schema_name = $1",
        options = " CHARACTER SET utf8mb4",
    },
}

local function server_of(db)
    local keywords = {}
    for key, value in pairs(db.keywords) do
        if key ~= "dbname" and key ~= "client_encoding"
            and key ~= "gssencmode"
        then
            keywords[key] = value
        end
    end
    return require("pandan.db").open(servers[db.dialect].url, keywords)
end

local function create_on_server(db)
    local name = db.keywords.dbname
    if not name then
        return support.fail("the URL of the database names none: %s", db.url)
    end

    local server = server_of(db)
    local rows, err, code = server:query(servers[db.dialect].find, name)

    if not rows then
        return support.fail("cannot create '%s': %s", name,
            support.explain(err, code))
    end
    if rows[1] then
        support.say("Database %s exists already.", name)
        return 0
    end

    local ok
    ok, err, code = server:exec('CREATE DATABASE "' .. name:gsub('"', '""')
        .. '"' .. servers[db.dialect].options)
    if not ok then
        return support.fail("cannot create '%s': %s", name,
            support.explain(err, code))
    end

    support.say("Created database %s.", name)
    return 0
end

return support.guard(function()
    local context = support.context()
    local db = context.db

    if servers[db.dialect] then
        return create_on_server(db)
    end
    return create_sqlite(context, db.keywords.path)
end)
