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

    -- Not in /tmp, which may be memory, where nothing comes from a disk.
    it("runs on a thread when a page must come from the disk", function()
        app:run([[
            local path = "/var/tmp/pandan-spec-" .. ngx.worker.pid()
            assert(db:exec("VACUUM INTO '" .. path .. "'"))
            local copy = require("pandan.db").open("sqlite:" .. path
                .. "?limit=1")
            local brief

            warm(function() assert(copy:value(POINT, 7)) end, copy)
            copy:close()
            forget(path)
            brief = briefly(function()
                assert(copy:value(POINT, 4321):sub(-4) == "4321")
            end, copy)
            copy:close()
            for _, suffix in ipairs({ "", "-wal", "-shm" }) do
                os.remove(path .. suffix)
            end
            assert(brief == 0)
        ]])
    end)

    it("runs on a thread when it writes", function()
        app:run([[
            local sql = "INSERT INTO posts (body) VALUES ('x') RETURNING id"
            for _ = 1, 5 do assert(db:value(sql) > 5000) end
            local s = db:stats()
            assert(s.writer.queries >= 5 and s.writer.brief == 0)
            assert(db:query("DELETE FROM posts WHERE id > 5000"))
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
            for _ = 1, 20000 do read() end
            done = true
            assert(turns > 3, turns)
        ]])
    end)
end)
