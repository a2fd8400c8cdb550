-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

-- How a statement that lasts is said.
local SLOW = {
    postgres = "SELECT pg_sleep(30)",
    mysql = "SELECT sleep(30)",
    sqlite = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c "
        .. "WHERE x < 9000000000) SELECT count(*) FROM c",
}

for name, start in databases.each() do
    describe("the pool of " .. name, function()
        local app

        setup(function()
            app = start({
                query = "limit=2&pool_timeout=300&query_timeout=1000"
                    .. "&idle_timeout=400",
                code = [[
                    SLOW = "]] .. SLOW[name] .. [["

                    -- waits until the pool is as `is(stats)` wants it
                    function settle(is)
                        for _ = 1, 200 do
                            if is(db:stats()) then return end
                            ngx.sleep(0.02)
                        end
                        local text = {}
                        for k, v in pairs(db:stats()) do
                            text[#text + 1] = k .. "=" .. tostring(v)
                        end
                        error("the pool never settled: "
                            .. table.concat(text, " "))
                    end

                    function at_rest(s)
                        return s.lent == 0 and s.waiting == 0
                            and (not s.writer or s.writer.lent == 0
                                and s.writer.waiting == 0)
                    end
                ]],
            })
            app:run("assert(db:exec('CREATE TABLE t (n INTEGER)'))")
        end)

        teardown(function()
            app:stop()
        end)

        it("makes one more wait, and tells when that was too long", function()
            app:run([[
                local threads = {}
                for i = 1, 3 do
                    threads[i] = ngx.thread.spawn(db.query, db, SLOW)
                end
                local s = db:stats()
                assert(s.lent == 2 and s.waiting == 1)
                local _, rows, err, code = ngx.thread.wait(threads[3])
                assert(rows == nil and code == "pool_timeout", code)
                assert(err == "no connection became free in 300 ms "
                    .. "(all 2 are lent)", err)
                settle(at_rest)
            ]])
        end)

        it("ends a statement that takes too long", function()
            app:run([[
                local rows, err, code = db:query(SLOW)
                assert(rows == nil and code == "timeout", code)
                assert(err == "no answer in 1000 ms", err)
                settle(at_rest)
                assert(db:value("SELECT 1") == 1)
            ]])
        end)

        it("gets everything back from threads that are killed", function()
            app:run([[
                settle(at_rest)
                local threads = {}
                for i = 1, 4 do
                    threads[#threads + 1] = ngx.thread.spawn(db.query, db,
                        SLOW)
                    threads[#threads + 1] = ngx.thread.spawn(db.transaction,
                        db, function(tx)
                            assert(tx:query("INSERT INTO t VALUES (1)"))
                            return tx:query(SLOW)
                        end)
                    threads[#threads + 1] = ngx.thread.spawn(db.transaction,
                        db, function(tx)
                            assert(tx:query("INSERT INTO t VALUES (1)"))
                            ngx.sleep(60)
                        end)
                end
                ngx.sleep(0.05)
                for _, thread in ipairs(threads) do
                    ngx.thread.kill(thread)
                end
            ]])
            app:run([[
                collectgarbage()
                settle(at_rest)
                assert(db:value("SELECT count(*) FROM t") == 0)
            ]])
        end)

        it("gets a transaction back whose request ends without it", function()
            app:run([[
                local thread = ngx.thread.spawn(db.transaction, db,
                    function(tx)
                        assert(tx:query("INSERT INTO t VALUES (1)"))
                        ngx.sleep(60)
                    end)
                settle(function(s) return (s.writer or s).lent == 1 end)
                ngx.exit(200)
            ]])
            app:run([[
                settle(at_rest)
                assert(db:value("SELECT count(*) FROM t") == 0)
            ]])
        end)

        it("gets a transaction back whose request ends amid a statement",
            function()
                app:run([[
                    ngx.thread.spawn(db.transaction, db, function(tx)
                        assert(tx:query("INSERT INTO t VALUES (1)"))
                        return tx:query(SLOW)
                    end)
                    settle(function(s)
                        return (s.writer or s).lent == 1
                            and (s.writer or s).queries > 2
                    end)
                    ngx.sleep(0.05)
                    ngx.exit(200)
                ]])
                app:run([[
                    settle(at_rest)
                    assert(db:value("SELECT count(*) FROM t") == 0)
                ]])
            end)

        it("closes what rests too long", function()
            app:run([[
                assert(db:value("SELECT 1") == 1)
                settle(function(s) return s.idle == 0 and s.lent == 0 end)
                local before = db:stats().opened
                assert(db:value("SELECT 1") == 1)
                assert(db:stats().opened == before + 1)
            ]])
        end)

        it("is one for all that open the same", function()
            app:run([[
                local other = Db.open(url, { root = dir })
                assert(other:value("SELECT 1") == 1)
                assert(other:stats().queries == db:stats().queries)
                local different = Db.open(url, { root = dir, limit = 1 })
                assert(different:stats().queries == 0)
            ]])
        end)

        it("closes all when it is told to, and goes on", function()
            app:run([[
                assert(db:value("SELECT 1") == 1)
                db:close()
                assert(db:stats().idle == 0)
                assert(db:value("SELECT 1") == 1)
            ]])
        end)
    end)
end
