-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local paths = require("support.paths")

-- 150 MB of rows that no table holds.
local ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
    .. "FROM c WHERE x < 150000) SELECT x, hex(zeroblob(500)) AS pad FROM c"

-- Sanitizers keep what was freed aside.
local ROOM = paths.sanitized and 100000 or 40000

describe("rows of SQLite in parts", function()
    local app

    setup(function()
        app = databases.sqlite({ query = "limit=2", code = [[
            ENDLESS = "]] .. ENDLESS .. [["
            ROOM = ]] .. ROOM .. [[


            function resident()
                local file = assert(io.open("/proc/self/status"))
                local kb = file:read("*a"):match("VmRSS:%s+(%d+) kB")
                file:close()
                return tonumber(kb)
            end

            function rest()
                for _ = 1, 500 do
                    local s = db:stats()
                    if s.lent + s.writer.lent == 0 then return end
                    ngx.sleep(0.01)
                end
                error("a connection is still lent")
            end
        ]] })
        app:run([[
            assert(db:exec("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)"))
            assert(db:query("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL "
                .. "SELECT x + 1 FROM c WHERE x < 20000) INSERT INTO t "
                .. "SELECT x, hex(zeroblob(50)) FROM c"))
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    it("need no more memory, however many there are", function()
        app:run([[
            local before, most, seen = resident(), 0, 0
            assert(db:each(ENDLESS, function(row)
                seen = seen + 1
                assert(row.x == seen and #row.pad == 1000)
                if seen % 10000 == 0 then
                    most = math.max(most, resident())
                end
            end) == 150000)
            assert(most - before < ROOM, most - before .. " kB")
            rest()
        ]])
    end)

    it("let others read and write meanwhile, and do not see it", function()
        app:run([[
            local seen = 0
            for row in db:each("SELECT id FROM t ORDER BY id") do
                seen = seen + 1
                if seen % 4000 == 0 then
                    assert(db:query("DELETE FROM t WHERE id > 19990"))
                    assert(db:value("SELECT max(id) FROM t") == 19990)
                end
            end
            assert(seen == 20000)
            assert(db:query("INSERT INTO t SELECT id + 10, x FROM t "
                .. "WHERE id > 19980"))
            rest()
        ]])
    end)

    it("are all read by who writes, before the first is given", function()
        app:run([[
            for row in db:each("UPDATE t SET x = x RETURNING id") do
                assert(db:query("UPDATE t SET x = 'seen' WHERE id = $1",
                    row.id))
                if row.id > 5 then break end
            end
            rest()
        ]])
    end)

    it("are forgotten when their request is gone", function()
        app:run([[
            for _ = 1, 5 do
                local thread = ngx.thread.spawn(function()
                    for row in db:each(ENDLESS) do
                        if row.x == 3 then ngx.sleep(60) end
                    end
                end)
                ngx.sleep(0.01)
                ngx.thread.kill(thread)
            end
            collectgarbage()
            rest()
        ]])
        app:run([[
            for row in db:each(ENDLESS) do
                if row.x == 3 then ngx.exit(200) end
            end
        ]])
        app:run("collectgarbage() rest() assert(db:value('SELECT 1') == 1)")
    end)

    it("end with what went wrong amid them", function()
        app:run([[
            local seen = 0
            local ok, err = pcall(function()
                for row in db:each("SELECT CASE WHEN id < 15000 THEN x ELSE "
                    .. "json(x) END AS x FROM t ORDER BY id")
                do
                    seen = seen + 1
                end
            end)
            assert(not ok and err:find("malformed JSON", 1, true), err)
            assert(seen > 1000 and seen < 15000)
            rest()
        ]])
    end)

    it("come from a database in memory all at once", function()
        app:run([[
            local memory = Db.open("sqlite::memory:")
            assert(memory:exec("CREATE TABLE m (n INTEGER)"))
            for row in memory:each("SELECT 1 AS n UNION SELECT 2") do
                assert(memory:query("INSERT INTO m VALUES ($1)", row.n))
            end
            assert(memory:value("SELECT sum(n) FROM m") == 3)
        ]])
    end)
end)
