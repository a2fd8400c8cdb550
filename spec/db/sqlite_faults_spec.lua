-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local http = require("support.http")

local HELP = [[
    function at_rest()
        for _ = 1, 500 do
            local s = db:stats()
            local w = s.writer
            if s.lent + s.waiting + w.lent + w.waiting == 0 then return end
            ngx.sleep(0.01)
        end
        error("a connection is still lent")
    end

    -- Bytes that a file may have; the signal that tells of more is ignored.
    function limit_files(bytes)
        local ffi = require("ffi")
        pcall(ffi.cdef, "typedef struct { unsigned long now, most; } limits_t;"
            .. "int setrlimit(int which, const limits_t *limits);"
            .. "void *signal(int signal, void *handler);")
        ffi.C.signal(25, ffi.cast("void *", 1))
        assert(ffi.C.setrlimit(1, ffi.new("limits_t", bytes, 2 ^ 50)) == 0)
    end

    SLOW = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c "
        .. "WHERE x < 9000000000) SELECT count(*) FROM c"
]]

describe("a database of SQLite", function()
    local app

    before_each(function()
        app = databases.sqlite({ code = HELP, query = "limit=2",
            http = "lua_check_client_abort on;" })
        app:run([[
            assert(db:exec("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); "
                .. "INSERT INTO t VALUES (1, 'kept')"))
        ]])
    end)

    after_each(function()
        app:stop()
    end)

    it("keeps what it has when its disk is full, and goes on after", function()
        app:run([[
            limit_files(2000000)
            local n, code = 0, nil
            repeat
                n = n + 1
                local ok, _, why = db:query("INSERT INTO t (x) VALUES ($1)",
                    ("x"):rep(50000))
                code = why
            until not ok or n == 200
            assert(code == "disk_full", tostring(code) .. " after " .. n)
            assert(db:value("SELECT count(*) FROM t") == n)

            local ok, _, why = db:transaction(function(tx)
                assert(tx:query("UPDATE t SET x = 'lost' WHERE id = 1"))
                for _ = 1, 100 do
                    local done, err, c = tx:query(
                        "INSERT INTO t (x) VALUES ($1)", ("x"):rep(50000))
                    if not done then return nil, err, c end
                end
            end)
            assert(ok == nil and why == "disk_full", why)
            assert(db:value("SELECT x FROM t WHERE id = 1") == "kept")
            at_rest()

            limit_files(2 ^ 50)
            assert(db:query("INSERT INTO t (x) VALUES ('more')"))
            assert(db:value("PRAGMA integrity_check") == "ok")
        ]])
    end)

    it("says when it grows beyond its limit", function()
        app:run([[
            local small = Db.open("sqlite:small.sqlite3",
                { root = dir, max_size = 40000 })
            assert(small:exec("CREATE TABLE s (x TEXT)"))
            local ok, err, code = small:query("INSERT INTO s VALUES ($1)",
                ("x"):rep(60000))
            assert(ok == nil and code == "disk_full", code)
            assert(err == "database or disk is full")
            assert(small:query("INSERT INTO s VALUES ('x')"))
        ]])
    end)

    it("waits for another's lock, as long as it may", function()
        app:run([[
            local other = Db.open("sqlite:app.sqlite3",
                { root = dir, busy_timeout = 150 })
            local writing = ngx.thread.spawn(db.transaction, db, function(tx)
                assert(tx:query("INSERT INTO t (x) VALUES ('first')"))
                ngx.sleep(0.5)
            end)
            local rows, err, code = other:query("INSERT INTO t (x) VALUES (1)")
            assert(rows == nil and code == "busy"
                and err == "database is locked", code)
            assert(other:value("SELECT count(*) FROM t") == 1)

            local patient = Db.open("sqlite:app.sqlite3",
                { root = dir, busy_timeout = 5000 })
            assert(patient:query("INSERT INTO t (x) VALUES ('second')"))
            assert(ngx.thread.wait(writing))
            assert(db:value("SELECT count(*) FROM t") == 3)
        ]])
    end)

    it("begins a transaction again that another one kept from writing",
        function()
            app:run([[
                local other = Db.open("sqlite:app.sqlite3",
                    { root = dir, busy_timeout = 20 })
                local writing = ngx.thread.spawn(db.transaction, db,
                    function(tx)
                        assert(tx:query("INSERT INTO t (x) VALUES ('first')"))
                        ngx.sleep(0.3)
                    end)
                local function write(tx)
                    return tx:query("INSERT INTO t (x) VALUES ('second')")
                end
                local ok, _, code = other:transaction(write)
                assert(ok == nil and code == "busy", code)
                assert(other:transaction(write, { retry = 50 }))
                assert(ngx.thread.wait(writing))
                assert(db:value("SELECT count(*) FROM t") == 3)
            ]])
        end)

    it("waits for a lock no longer than a statement may take", function()
        app:run([[
            local other = Db.open("sqlite:app.sqlite3",
                { root = dir, busy_timeout = 20000, query_timeout = 150 })
            assert(other:value("SELECT 1") == 1)
            local writing = ngx.thread.spawn(db.transaction, db, function(tx)
                assert(tx:query("INSERT INTO t (x) VALUES ('first')"))
                ngx.sleep(0.5)
            end)
            local rows, err, code = other:query("INSERT INTO t (x) VALUES (1)")
            assert(rows == nil and code == "timeout"
                and err == "no answer in 150 ms", code)
            assert(ngx.thread.wait(writing))
            for _ = 1, 200 do
                if other:stats().writer.lent == 0 then break end
                ngx.sleep(0.01)
            end
            assert(other:query("INSERT INTO t (x) VALUES ('later')"))
            assert(db:value("SELECT count(*) FROM t") == 3)
        ]])
    end)

    it("loads no extension", function()
        app:run([[
            local rows, err, code = db:query("SELECT load_extension('x')")
            assert(rows == nil and err == "not authorized" and code, err)
        ]])
    end)

    it("tells that its file was deleted", function()
        app:run([[
            assert(db:value("SELECT x FROM t") == "kept")
            assert(os.remove(dir .. "/app.sqlite3"))

            local ok, err, code = db:query("INSERT INTO t (x) VALUES ('lost')")
            assert(ok == nil and code == "closed"
                and err == "the file of the database was deleted or replaced",
                err)
            for _ = 1, 2 do
                local rows, why, how = db:query("SELECT x FROM t")
                assert(rows == nil and how == "connect_failed"
                    and why:find("unable to open database file$"), why)
            end
            assert(not io.open(dir .. "/app.sqlite3"))
            at_rest()
        ]])
    end)

    it("tells readers, too, and reads the file that is there then", function()
        app:run([[
            assert(db:backup("new.sqlite3"))
            local new = Db.open("sqlite:new.sqlite3", { root = dir })
            assert(new:query("UPDATE t SET x = 'new'"))
            assert(new:exec("PRAGMA wal_checkpoint(TRUNCATE)"))
            assert(db:exec("PRAGMA wal_checkpoint(TRUNCATE)"))
            assert(os.rename(dir .. "/new.sqlite3", dir .. "/app.sqlite3"))

            local code
            for _ = 1, 300 do
                local x, _, why = db:value("SELECT x FROM t WHERE id = 1")
                if not x then code = why break end
                ngx.sleep(0.01)
            end
            assert(code == "closed", code)
            at_rest()
            assert(db:value("SELECT x FROM t WHERE id = 1") == "new")
        ]])
    end)

    it("tells that its file is damaged", function()
        app:run([[
            assert(db:query("WITH RECURSIVE c(x) AS (SELECT 2 UNION ALL "
                .. "SELECT x + 1 FROM c WHERE x < 2000) INSERT INTO t "
                .. "SELECT x, hex(zeroblob(100)) FROM c"))
            assert(db:exec("PRAGMA wal_checkpoint(TRUNCATE)"))
            db:close()

            local file = assert(io.open(dir .. "/app.sqlite3", "r+"))
            local size = file:seek("end")
            file:seek("set", 4096)
            file:write(("no database "):rep((size - 8192) / 12))
            file:close()

            local rows, err, code = db:query("SELECT sum(length(x)) FROM t")
            assert(rows == nil and code == "corrupt"
                and err == "database disk image is malformed", err)
            at_rest()
        ]])
    end)

    it("stops what nobody waits for, and lends its connections again",
        function()
            local leaving = {}

            app:run("assert(db:value('SELECT 1') == 1)")
            for i = 1, 4 do
                leaving[i] = assert(http.connect(app.nginx.port))
                assert(leaving[i]:request("GET", app:piece(i % 2 == 0
                    and "db:query(SLOW)"
                    or "db:transaction(function(tx) tx:query(SLOW) end)")))
            end
            app:run([[
                for _ = 1, 500 do
                    if db:stats().lent + db:stats().writer.lent > 1 then
                        break
                    end
                    ngx.sleep(0.01)
                end
            ]])
            for i = 1, 4 do
                leaving[i]:close()
            end
            app:run([[
                at_rest()
                local s = db:stats()
                assert(s.abandoned + s.writer.abandoned >= 4)
                assert(db:query("INSERT INTO t (x) VALUES ('on')"))
            ]])
        end)
end)

describe("SQLite's threads", function()
    it("refuse what their queue has no place for", function()
        local app = databases.sqlite({
            main = "pandan_db_threads 1 max_queue=1;",
            query = "limit=8&query_timeout=20000", code = HELP,
        })

        app.nginx:allow("too many tasks wait for threads")
        app:run([[
            assert(db:value("SELECT 1") == 1)
            local threads = {}
            for i = 1, 8 do
                threads[i] = ngx.thread.spawn(db.query, db, SLOW)
            end
            local refused = 0
            for i = 3, 8 do
                local _, rows, err, code = ngx.thread.wait(threads[i])
                assert(rows == nil and code == "busy", code)
                assert(err == "the queue of the threads is full", err)
                refused = refused + 1
            end
            for i = 1, 2 do ngx.thread.kill(threads[i]) end
            at_rest()
            assert(db:value("SELECT 2") == 2)
        ]])
        app:stop()
    end)
end)
