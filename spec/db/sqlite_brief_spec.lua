-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

-- Statements that cannot wait run on the event loop, all others on a thread;
-- `brief` counts the former.
describe("a statement of SQLite", function()
    local app

    setup(function()
        app = databases.sqlite({ query = "limit=1", code = [[
            local ffi = require("ffi")
            pcall(ffi.cdef, [=[
                int open(const char *path, int flags, ...);
                int close(int fd);
                int fdatasync(int fd);
                int posix_fadvise(int fd, long from, long len, int advice);
            ]=])

            -- Makes the system forget what it knows of a file.
            function forget(path)
                local fd = ffi.C.open(path, 0)
                assert(fd >= 0 and ffi.C.fdatasync(fd) == 0)
                assert(ffi.C.posix_fadvise(fd, 0, 0, 4) == 0)
                ffi.C.close(fd)
            end

            -- How many of the statements of `fn` were brief.
            function briefly(fn, on)
                on = on or db
                ngx.sleep(0.001)
                local before = on:stats().brief
                fn()
                return on:stats().brief - before
            end

            -- The first runs are slow: on a loaded machine even several.
            function warm(fn, on)
                for _ = 1, 200 do
                    if briefly(fn, on) > 0 then return end
                end
                error("it never became brief")
            end

            POINT = "SELECT body FROM posts WHERE id = $1"

            -- Calls fn with a copy of the database, not in /tmp, which may be
            -- memory: its path, and what opens it again.
            function on_disk(fn)
                local path = "/var/tmp/pandan-spec-" .. ngx.worker.pid()
                local copy

                local function open()
                    if copy then copy:close() end
                    copy = require("pandan.db").open("sqlite:" .. path
                        .. "?limit=1")
                    return copy
                end

                assert(db:exec("VACUUM INTO '" .. path .. "'"))
                local ok, err = pcall(fn, open(), path, open)
                copy:close()
                for _, suffix in ipairs({ "", "-wal", "-shm" }) do
                    os.remove(path .. suffix)
                end
                assert(ok, err)
            end
        ]] })
        app:run([[
            assert(db:exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, "
                .. "body TEXT)"))
            assert(db:query("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL "
                .. "SELECT x + 1 FROM c WHERE x < 5000) INSERT INTO posts "
                .. "SELECT x, hex(zeroblob(700)) || x FROM c"))
            assert(db:exec("PRAGMA wal_checkpoint(TRUNCATE)"))
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    it("runs on the event loop once it is known to be short", function()
        app:run([[
            local function read()
                assert(db:value(POINT, 7):sub(-2) == "07")
            end
            assert(briefly(read) == 0)
            warm(read)
            -- once in a second a thread looks whether the file is still there
            assert(briefly(function()
                for _ = 1, 10 do read() end
            end) >= 9)
        ]])
    end)

    it("runs on a thread when it takes many steps", function()
        app:run([[
            local sql = "SELECT count(*) AS n FROM posts WHERE id < $1 "
                .. "AND body LIKE '%7'"
            warm(function() assert(db:value(sql, 20) == 2) end)
            for _ = 1, 3 do
                assert(briefly(function()
                    assert(db:value(sql, 5001) == 500)
                end) == 0)
            end
        ]])
    end)

    it("runs on a thread when a page must come from the disk", function()
        app:run([[
            on_disk(function(copy, path, again)
                warm(function() assert(copy:value(POINT, 7)) end, copy)
                copy = again()
                forget(path)
                assert(briefly(function()
                    assert(copy:value(POINT, 4321):sub(-4) == "4321")
                end, copy) == 0)
            end)
        ]])
    end)

    it("runs on a thread when it writes to a disk", function()
        app:run([[
            on_disk(function(copy)
                local sql = "INSERT INTO posts (body) VALUES ('x') "
                    .. "RETURNING id"
                for _ = 1, 5 do assert(copy:value(sql) > 5000) end
                local s = copy:stats()
                assert(s.writer.queries >= 5 and s.writer.brief == 0)
            end)
        ]])
    end)

    it("sees what was written before it", function()
        app:run([[
            assert(db:exec("CREATE TABLE n (n INTEGER)"))
            assert(db:query("INSERT INTO n VALUES (0)"))
            warm(function() assert(db:value("SELECT n FROM n") == 0) end)
            for i = 1, 100 do
                assert(db:query("UPDATE n SET n = $1", i))
                assert(db:value("SELECT n FROM n") == i)
            end
            assert(db:exec("ALTER TABLE n ADD m INTEGER DEFAULT 3"))
            assert(db:row("SELECT * FROM n").m == 3)
        ]])
    end)

    it("sees what another process wrote between two of its kind", function()
        app:run([[
            local ffi = require("ffi")
            pcall(ffi.cdef, [=[
                int sqlite3_open(const char *path, void **db);
                int sqlite3_exec(void *db, const char *sql, void *fn,
                    void *data, void *err);
                int sqlite3_close(void *db);
            ]=])
            assert(db:exec("CREATE TABLE s (n INTEGER); "
                .. "INSERT INTO s VALUES (0)"))
            local n = 0
            local function read()
                assert(db:value("SELECT n FROM s") == n)
            end
            warm(read)

            local sqlite = ffi.load("libsqlite3.so.0")
            local other = ffi.new("void *[1]")
            assert(sqlite.sqlite3_open(dir .. "/app.sqlite3", other) == 0)
            assert(briefly(function()
                for _ = 1, 100 do
                    read() read() read()
                    assert(sqlite.sqlite3_exec(other[0],
                        "UPDATE s SET n = n + 1", nil, nil, nil) == 0)
                    n = n + 1
                    read() read()
                end
            end) >= 490)
            sqlite.sqlite3_close(other[0])
        ]])
    end)

    it("holds no state of the file when it has ended", function()
        app:run([[
            local function read() assert(db:value(POINT, 7)) end
            warm(read)
            for _ = 1, 20 do
                for _ = 1, 10 do read() end
                assert(db:query("INSERT INTO n VALUES (1, 2)"))
                local done = assert(db:row("PRAGMA wal_checkpoint(TRUNCATE)"))
                assert(done.busy == 0 and done.log == 0)
            end
        ]])
    end)

    it("changes what is in memory on the event loop, too", function()
        app:run([[
            for i, url in ipairs({ "sqlite::memory:", "sqlite:shared:brief" })
            do
                local memory = Db.open(url)
                assert(memory:exec("CREATE TABLE m (id INTEGER PRIMARY KEY, "
                    .. "n INTEGER UNIQUE)"))
                for n = 1, 200 do
                    assert(memory:query("INSERT INTO m (n) VALUES ($1)", n)
                        .insert_id == n)
                end
                local _, _, code = memory:query(
                    "INSERT INTO m (n) VALUES ($1)", 7)
                assert(code == "unique_violation", code)
                assert(memory:value("SELECT sum(n) FROM m") == 20100)
                local s = memory:stats()
                assert((s.writer or s).brief > 100, (s.writer or s).brief)
            end
        ]])
    end)

    it("of a batch that only reads is one of a reader", function()
        app:run([[
            local list = {}
            for i = 1, 20 do list[i] = { POINT, i } end
            local function read()
                local results, errors = db:batch(list)
                assert(results and not errors and #results == 20)
                for i = 1, 20 do
                    assert(results[i][1].body:sub(-4) == ("%04d"):format(i))
                end
            end
            local writer = db:stats().writer.queries
            warm(read)
            list[21] = { "WITH x AS (SELECT 6000 AS id) INSERT INTO posts "
                .. "SELECT id, 'new' FROM x" }
            list[22] = { "SELECT body FROM posts WHERE id = 6000" }
            local results, errors = db:batch(list)
            assert(not errors and results[22][1].body == "new")
            assert(db:stats().writer.queries == writer + 1)
            assert(db:query("DELETE FROM posts WHERE id = 6000"))
        ]])
    end)

    it("leaves a turn of the event loop to others", function()
        app:run([[
            local function read() assert(db:value(POINT, 7)) end
            warm(read)
            local turns, done = 0, false
            ngx.thread.spawn(function()
                while not done do
                    turns = turns + 1
                    ngx.sleep(0)
                end
            end)
            -- of half a microsecond each on a machine that is fast
            for _ = 1, 200000 do read() end
            done = true
            assert(turns > 3, turns)
        ]])
    end)
end)
