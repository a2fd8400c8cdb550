-- SPDX-License-Identifier: MIT
-- Streams and transactions that a program drops are ended by the collector,
-- which also runs while results become tables: their connections serve others
-- then, but only when that is over.
local databases = require("support.databases")

for name, start in databases.each() do
    describe("what is dropped amid many rows of " .. name, function()
        it("is ended, and serves those who wait", function()
            local app = start({ query = "limit=2&pool_timeout=60000" })

            app:run([[
                assert(db:exec("CREATE TABLE t (n INTEGER, s TEXT)"))
                db:transaction(function(tx)
                    for i = 1, 400 do
                        assert(tx:query("INSERT INTO t VALUES ($1, $2)", i,
                            "text " .. i))
                    end
                end)
            ]])
            app:run([[
                local pause = collectgarbage("setpause", 100)
                local step = collectgarbage("setstepmul", 1000)

                local function drop()
                    local next_row = db:each("SELECT a.n, b.s FROM t AS a, "
                        .. "t AS b")
                    assert(next_row().n >= 1)
                end

                local function read(i)
                    local rows = assert(db:query("SELECT n, s, $1 AS tag "
                        .. "FROM t ORDER BY n", "tag " .. i))
                    assert(#rows == 400)
                    for n, row in ipairs(rows) do
                        assert(row.n == n and row.s == "text " .. n)
                        assert(row.tag == "tag " .. i, "crossed")
                    end
                end

                local threads = {}
                for t = 1, 12 do
                    threads[t] = ngx.thread.spawn(function()
                        for i = 1, 40 do
                            read(t * 1000 + i)
                            if t % 3 == 0 and i % 4 == 0 then drop() end
                        end
                    end)
                end
                -- where all wait for what was dropped
                local collector = ngx.thread.spawn(function()
                    while true do
                        ngx.sleep(0.01)
                        collectgarbage("step", 1000)
                    end
                end)
                for t = 1, #threads do assert(ngx.thread.wait(threads[t])) end
                ngx.thread.kill(collector)

                collectgarbage("setpause", pause)
                collectgarbage("setstepmul", step)
                collectgarbage()
                collectgarbage()
                for _ = 1, 1000 do
                    if db:stats().lent == 0 then break end
                    ngx.sleep(0.01)
                end
                assert(db:stats().lent == 0)
            ]])
            app:stop()
        end)
    end)
end
