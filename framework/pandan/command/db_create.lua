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

-- On the server's own database, for ours cannot be connected to yet.
local function create_postgres(url)
    local start, name, rest = url:match("^(%a+://[^/]*)/([^?]+)(.*)$")
    if not name then
        return support.fail("the URL of the database names none: %s",
            (url:gsub(":[^:@/]*@", ":***@")))
    end

    local server = require("pandan.db").open(start .. "/postgres" .. rest)
    local rows, err, code = server:query(
        "SELECT 1 AS one FROM pg_database WHERE datname = $1", name)

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
        .. '"')
    if not ok then
        return support.fail("cannot create '%s': %s", name,
            support.explain(err, code))
    end

    support.say("Created database %s.", name)
    return 0
end

return support.guard(function()
    local context = support.context()
    local url = context.db.url

    if context.db.dialect == "postgres" then
        return create_postgres(url)
    end
    return create_sqlite(context, (url:gsub("^sqlite:", ""):gsub("%?.*$", "")))
end)
