-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local http = require("support.http")
local process = require("support.process")

describe("reads that share PostgreSQL's pipeline", function()
    local app

    setup(function()
        app = databases.postgres({
            query = "limit=4&share_reads=true",
            http = "lua_check_client_abort on;",
            code = [[
                -- Runs fn(i) in as many light threads, and waits for all.
                function together(count, fn)
                    local threads = {}
                    for i = 1, count do
                        threads[i] = ngx.thread.spawn(fn, i)
                    end
                    for i = 1, count do
                        assert(ngx.thread.wait(threads[i]))
                    end
                end

                function at_rest()
                    for _ = 1, 1000 do
                        if db:stats().lent == 0 then return end
                        ngx.sleep(0.01)
                    end
                    error("a connection is still lent")
                end
            ]],
        })
        app:run("assert(db:exec('CREATE TABLE t (n INTEGER)'))")
    end)

    teardown(function()
        app:stop()
    end)

    it("get each the rows that are theirs", function()
        app:run([[
            for round = 1, 20 do
                together(70, function(i)
                    local tag = round * 1000 + i
                    local row = assert(db:row("SELECT $1::int AS n, "
                        .. "$2::text AS t, pg_backend_pid() AS pid", tag,
                        i % 3 == 0 and ("x"):rep(i) or nil))
                    assert(row.n == tag)
                    assert(row.t == (i % 3 == 0 and ("x"):rep(i)
                        or ngx.null))
                end)
            end
            local s = db:stats()
            assert(s.queries < 1400 / 2, s.queries)
            assert(s.opened <= 4)
            assert(db:value("SELECT 7") == 7)
        ]])
    end)

    it("fail each for themselves", function()
        app:run([[
            together(30, function(i)
                local rows, err, code, server, fields = db:query(
                    "SELECT 10 / ($1::int % 3) AS n", i)
                if i % 3 == 0 then
                    assert(rows == nil and code == "error", err)
                    assert(server == "22012")
                    assert(fields.message == "division by zero")
                else
                    assert(rows[1].n == (i % 3 == 1 and 10 or 5), i)
                end
            end)
            together(10, function(i)
                if i == 5 then
                    local ok, err = pcall(db.query, db, "SELECT $1", {})
                    assert(not ok and err:find("value 1 is a table"), err)
                else
                    assert(db:value("SELECT $1::int", i) == i)
                end
            end)
            local hasty = Db.open(url, { query_timeout = 300 })
            together(3, function()
                local rows, err, code = hasty:query("SELECT pg_sleep(20)")
                assert(rows == nil and code == "timeout", err)
            end)
            at_rest()
        ]])
    end)

    it("are alone in a transaction, and when they write", function()
        app:run([[
            db:transaction(function(tx)
                assert(tx:query("INSERT INTO t VALUES (1)"))
                assert(tx:value("SELECT count(*) FROM t") == 1)
                assert(db:value("SELECT count(*) FROM t") == 1)
                tx:rollback()
            end)
            together(10, function(i)
                assert(db:query("INSERT INTO t VALUES ($1)", i))
            end)
            assert(db:value("SELECT sum(n) FROM t") == 55)
        ]])
    end)

    it("are not ended by one who leaves", function()
        local client = assert(http.connect(app.nginx.port))
        local other = assert(http.connect(app.nginx.port))
        local page = app:piece(
            "return db:value('SELECT pg_sleep(3), 8 AS n') and 'slept'")

        assert(client:request("GET", page))
        assert(other:request("GET", page))
        assert.is_true(process.wait_until(10, function()
            return app.postgres:psql("SELECT count(*) > 0 FROM "
                .. "pg_stat_activity WHERE state = 'active' AND query "
                .. "LIKE 'SELECT pg_sleep%'") == "t"
        end))
        client:close()
        assert.equal("slept", assert(other:response()).body)
        other:close()
        app:run("at_rest()")
    end)
end)
