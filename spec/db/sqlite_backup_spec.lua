-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

local SETUP = [[
    FILL = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c "
        .. "WHERE x < 20000) INSERT INTO t SELECT x, hex(randomblob(60)) "
        .. "FROM c"

    function copy_of(name)
        return Db.open("sqlite:" .. name, { root = dir })
    end

    function exists(name)
        local file = io.open(dir .. "/" .. name)
        return file and file:close()
    end

    function unfinished()
        local list = io.popen("ls " .. dir):read("*a")
        return list:match("copy[%w.]*%.sqlite3%.[%w]+")
    end
]]

describe("a backup of SQLite", function()
    local app

    setup(function()
        app = databases.sqlite({ code = SETUP, query = "query_timeout=20000" })
        app:run([[
            assert(db:exec("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)"))
            assert(db:query(FILL))
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    it("is the whole database, with what is still in its log", function()
        app:run([[
            assert(db:backup("copy.sqlite3") == true)
            local copy = copy_of("copy.sqlite3")
            assert(copy:value("SELECT count(*) FROM t") == 20000)
            assert(copy:value("PRAGMA integrity_check") == "ok")
            assert(copy:value("SELECT x FROM t WHERE id = 7")
                == db:value("SELECT x FROM t WHERE id = 7"))
            assert(not unfinished())
            copy:close()
        ]])
    end)

    it("is one state of it, though others write all the time", function()
        app:run([[
            assert(db:exec("CREATE TABLE pair (a INTEGER, b INTEGER); "
                .. "INSERT INTO pair VALUES (0, 0)"))
            local done, writes = false, 0
            local thread = ngx.thread.spawn(function()
                while not done do
                    assert(db:transaction(function(tx)
                        assert(tx:query("UPDATE pair SET a = a + 1"))
                        return tx:query("UPDATE pair SET b = b + 1")
                    end))
                    writes = writes + 1
                end
            end)
            local function check(i)
                assert(db:backup("copy" .. i .. ".sqlite3"))
                local copy = copy_of("copy" .. i .. ".sqlite3")
                local row = copy:row("SELECT a, b FROM pair")
                assert(row.a == row.b and row.a <= writes)
                assert(copy:value("PRAGMA integrity_check") == "ok")
                copy:close()
            end
            local ok, err = pcall(function()
                for i = 1, 5 do check(i) end
            end)
            done = true
            assert(ngx.thread.wait(thread))
            assert(ok, err)
            assert(writes > 5, "writers had to wait")
        ]])
    end)

    it("replaces an older one, but no database in use", function()
        app:run([[
            assert(db:query("DELETE FROM t WHERE id > 100"))
            assert(db:backup("again.sqlite3"))
            assert(db:query("DELETE FROM t WHERE id > 50"))
            assert(db:backup("again.sqlite3"))
            local copy = copy_of("again.sqlite3")
            assert(copy:value("SELECT count(*) FROM t") == 50)

            for _, name in ipairs({ "again.sqlite3", "app.sqlite3" }) do
                local ok, err, code = db:backup(name)
                assert(ok == nil and code == "busy", code)
                assert(err == "cannot copy to '" .. dir .. "/" .. name
                    .. "': it is in use", err)
            end
            assert(db:query((FILL:gsub("INSERT", "INSERT OR IGNORE"))))
        ]])
    end)

    it("says when there is no place for it", function()
        app:run([[
            local ok, err, code = db:backup("/nowhere/copy.sqlite3")
            assert(ok == nil and code == "connect_failed", code)
            assert(err == "cannot copy to '/nowhere/copy.sqlite3': No such "
                .. "file or directory", err)
            assert(db:value("SELECT 1") == 1)
        ]])
    end)

    it("leaves nothing behind when nobody waits for it", function()
        app:run([[
            for i = 1, 10 do
                ngx.thread.kill(ngx.thread.spawn(db.backup, db,
                    "copy-gone.sqlite3"))
            end
            for _ = 1, 500 do
                if db:stats().lent == 0 then break end
                ngx.sleep(0.01)
            end
            assert(db:stats().lent == 0 and not unfinished())
        ]])
    end)

    it("is taken of databases in memory, too", function()
        app:run([[
            for i, name in ipairs({ ":memory:", "shared:copied" }) do
                local memory = Db.open("sqlite:" .. name)
                local file = "from-memory" .. i .. ".sqlite3"
                assert(memory:exec("CREATE TABLE m (n INTEGER); "
                    .. "INSERT INTO m VALUES (5)"))
                assert(memory:backup(dir .. "/" .. file))
                assert(copy_of(file):value("SELECT n FROM m") == 5)
            end
        ]])
    end)

    it("is SQLite's alone, and needs a path", function()
        app:run([[
            local function fails(text, base, ...)
                local ok, err = pcall(base.backup, base, ...)
                assert(not ok and err:find(text, 1, true), err)
            end
            fails("backup() takes a path", db)
            fails("backup() takes a path", db, "")
            fails("backup() is SQLite's", Db.open("postgres://h/d"), "x")
        ]])
    end)
end)
