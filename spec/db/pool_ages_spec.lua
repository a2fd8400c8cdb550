-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

for name, start in databases.each() do
    describe("a connection of " .. name, function()
        local app

        setup(function()
            app = start({ code = [[
                -- the same database with other options
                function with(options)
                    options.root = dir
                    local other = Db.open(url, options)
                    other:close()
                    return other
                end
            ]] })
        end)

        teardown(function()
            app:stop()
        end)

        it("is used again until its lifetime is over, however busy", function()
            app:run([[
                local aged = with({ lifetime = 300, limit = 1 })
                local before = ngx.now()
                assert(aged:value("SELECT 1") == 1)
                local opened = aged:stats().opened
                repeat
                    assert(aged:value("SELECT 1") == 1)
                    ngx.sleep(0.01)
                    ngx.update_time()
                until aged:stats().opened > opened
                    or ngx.now() - before > 10
                ngx.update_time()
                assert(ngx.now() - before >= 0.3, ngx.now() - before)
                assert(aged:stats().opened == opened + 1)
                assert(aged:stats().closed == opened)
            ]])
        end)

        it("that rested is looked at, and is lent when it lives", function()
            app:run([[
                local checked = with({ check_after = 1, limit = 1 })
                assert(checked:value("SELECT 1") == 1)
                local opened = checked:stats().opened
                for _ = 1, 5 do
                    ngx.sleep(0.01)
                    assert(checked:value("SELECT 1") == 1)
                end
                assert(checked:stats().opened == opened)
            ]])
        end)

        it("is for who wants just the same", function()
            app:run([[
                local one = with({ query_timeout = 20001 })
                assert(one:value("SELECT 1") == 1)
                for option, value in pairs({
                    query_timeout = 20002, int64 = "cdata", limit = 3,
                    pool_timeout = 4321, idle_timeout = 1234,
                    busy_timeout = 321,
                }) do
                    local options = { query_timeout = 20001 }
                    options[option] = value
                    assert(with(options):stats().queries == 0, option)
                end
                assert(with({ query_timeout = 20001 }):stats().queries == 1)
            ]])
        end)

        it("is given to those who wait, in their order", function()
            app:run([[
                local few = with({ limit = 1, pool_timeout = 20000 })
                local order, threads = {}, {}
                local lent = ngx.thread.spawn(few.transaction, few, function()
                    ngx.sleep(0.05)
                end)
                for i = 1, 8 do
                    threads[i] = ngx.thread.spawn(function()
                        assert(few:transaction(function()
                            order[#order + 1] = i
                        end))
                    end)
                end
                local s = few:stats()
                assert((s.writer or s).waiting == 8)
                assert(ngx.thread.wait(lent))
                for i = 1, 8 do assert(ngx.thread.wait(threads[i])) end
                assert(table.concat(order, " ") == "1 2 3 4 5 6 7 8",
                    table.concat(order, " "))
                s = few:stats()
                assert((s.writer or s).waited == 8
                    and (s.writer or s).waiting == 0)
            ]])
        end)

        it("has a code for each way to fail, the same everywhere", function()
            app:run([[
                assert(db:exec("DROP TABLE IF EXISTS locked; CREATE TABLE "
                    .. "locked (id INTEGER PRIMARY KEY, n INTEGER)"))
                assert(db:query("INSERT INTO locked VALUES (1, 0)"))

                -- what another one has locked
                local lock, want = "UPDATE locked SET n = 1", {
                    sqlite = "UPDATE locked SET n = 2",
                    postgres = "SELECT n FROM locked FOR UPDATE NOWAIT",
                    mysql = "SELECT n FROM locked FOR UPDATE NOWAIT",
                }
                local other = with({ busy_timeout = 50 })
                local held = ngx.thread.spawn(db.transaction, db, function(tx)
                    assert(tx:query(lock))
                    ngx.sleep(0.3)
                end)
                for _ = 1, 200 do
                    local s = db:stats()
                    if (s.writer or s).queries > 1
                        and (s.writer or s).lent == 1
                    then
                        break
                    end
                    ngx.sleep(0.005)
                end
                ngx.sleep(0.05)
                local _, _, code = other:query(want[db.dialect])
                assert(code == "busy", code)
                assert(ngx.thread.wait(held))

                -- who only reads
                _, _, code = db:transaction(function(tx)
                    return tx:query(lock)
                end, { read_only = true })
                assert(code == "read_only", code)

                -- a transaction that ended itself
                _, _, code = db:transaction(function(tx)
                    assert(tx:exec("ROLLBACK"))
                    return tx:query(lock)
                end)
                assert(code == "closed", code)

                -- no place in the queue, in time
                local few = with({ limit = 1, pool_timeout = 30 })
                held = ngx.thread.spawn(few.transaction, few, function()
                    ngx.sleep(0.2)
                end)
                _, _, code = few:transaction(function() end)
                assert(code == "pool_timeout", code)
                assert(ngx.thread.wait(held))
            ]])
        end)
    end)
end
