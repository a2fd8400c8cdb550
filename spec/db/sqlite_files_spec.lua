-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local ffi = require("ffi")
local shell = require("support.shell")

ffi.cdef([[
int sqlite3_open(const char *path, void **db);
int sqlite3_exec(void *db, const char *sql, void *fn, void *data, char **err);
int sqlite3_close(void *db);
]])

-- This process is another one that uses the file.
local sqlite = ffi.load("libsqlite3.so.0")

describe("a file of SQLite", function()
    local app

    setup(function()
        app = databases.sqlite({ query = "busy_timeout=200" })
    end)

    teardown(function()
        app:stop()
    end)

    it("keeps its data over stop and start", function()
        app:run([[
            assert(db:exec("CREATE TABLE kept (n INTEGER)"))
            assert(db:query("INSERT INTO kept VALUES ($1)", 42))
        ]])
        app.nginx:reload()
        assert.equal("42", app:run("return db:value('SELECT n FROM kept')"))
    end)

    it("is in WAL mode, with foreign keys", function()
        assert.equal("wal 1", app:run([[
            return db:value("PRAGMA journal_mode") .. " "
                .. db:value("PRAGMA foreign_keys")
        ]]))
    end)

    it("is busy while another process writes it", function()
        app:run("assert(db:exec('CREATE TABLE IF NOT EXISTS b (n INTEGER)'))")

        local handle = ffi.new("void *[1]")

        assert.equal(0, sqlite.sqlite3_open(app.nginx.dir .. "/app.sqlite3",
            handle))
        assert.equal(0, sqlite.sqlite3_exec(handle[0], "BEGIN IMMEDIATE", nil,
            nil, nil))
        assert.equal("busy", app:run([[
            local rows, err, code = db:query("INSERT INTO b VALUES (1)")
            assert(rows == nil and err == "database is locked", err)
            assert(db:value("SELECT count(*) FROM b") == 0)
            return code
        ]]))
        sqlite.sqlite3_close(handle[0])
        app:run("assert(db:query('INSERT INTO b VALUES (1)'))")
    end)

    it("cannot be opened in a folder that is not there", function()
        assert.equal("connect_failed: cannot open '/nowhere/app.sqlite3': "
            .. "unable to open database file", app:run([[
                local _, err, code = Db.open("sqlite:/nowhere/app.sqlite3")
                    :query("SELECT 1")
                return code .. ": " .. err
            ]]))
    end)

    it("cannot be a file of something else", function()
        require("support.files").write(app.nginx.dir .. "/text.sqlite3",
            ("this is no database "):rep(100))
        assert.equal("connect_failed", app:run([[
            local _, err, code = Db.open("sqlite:" .. dir .. "/text.sqlite3")
                :query("SELECT 1")
            return code
        ]]))
    end)

    it("cannot be written when it says so", function()
        app:run([[
            local _, err, code = db:transaction(function(tx)
                assert(tx:exec("PRAGMA query_only = on"))
                return tx:query("CREATE TABLE never (n INTEGER)")
            end)
            assert(code == "read_only", code)
            db:close()
        ]])
    end)

    it("is written also by a statement that starts like a query", function()
        app:run([[
            assert(db:exec("CREATE TABLE w (n INTEGER)"))
            local rows = assert(db:query("WITH x AS (SELECT 7 AS n) "
                .. "INSERT INTO w SELECT n FROM x RETURNING n"))
            assert(rows[1].n == 7 and rows.affected == 1)
            assert(rows.insert_id == 1)
        ]])
    end)

    it("may be in memory, one for the worker", function()
        app:run([[
            assert(Db.open("sqlite::memory:"):exec("CREATE TABLE m (n);"
                .. "INSERT INTO m VALUES (3)"))
        ]])
        assert.equal("3", app:run([[
            return Db.open("sqlite::memory:"):value("SELECT n FROM m")
        ]]))
    end)

    it("is whole after its worker was killed", function()
        app.nginx:allow("exited on signal 9")
        app:run("assert(db:exec('CREATE TABLE IF NOT EXISTS k (n INTEGER)'))")

        local before = app.nginx:workers()[1]
        shell.run("kill -9 " .. before)
        require("support.process").wait_until(5, function()
            local now = app.nginx:workers()[1]
            return now and now ~= before
        end)
        assert.equal("ok", app:run("return db:value('PRAGMA "
            .. "integrity_check')"))
    end)
end)
