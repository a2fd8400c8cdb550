-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

for name, start in databases.each() do
    describe("a transaction of " .. name, function()
        local app

        setup(function()
            app = start({ code = [[
                function create()
                    assert(db:exec("DROP TABLE IF EXISTS t;"
                        .. "CREATE TABLE t (n INTEGER UNIQUE)"))
                end

                function count()
                    return db:value("SELECT count(*) FROM t")
                end
            ]] })
        end)

        teardown(function()
            app:stop()
        end)

        it("is committed when its function returns, and gives what that gave",
            function()
                app:run([[
                    create()
                    local a, b = db:transaction(function(tx)
                        assert(tx:query("INSERT INTO t VALUES ($1)", 1))
                        return "a", "b"
                    end)
                    assert(a == "a" and b == "b" and count() == 1)
                    assert(db:transaction(function() end) == true)
                ]])
            end)

        it("is rolled back by an error, which goes on", function()
            app:run([[
                create()
                local what = { "mine" }
                local ok, err = pcall(db.transaction, db, function(tx)
                    assert(tx:query("INSERT INTO t VALUES (1)"))
                    error(what)
                end)
                assert(not ok and err == what and count() == 0)
            ]])
        end)

        it("is rolled back when its function returns nil and an error",
            function()
                app:run([[
                    create()
                    local ok, err, code = db:transaction(function(tx)
                        assert(tx:query("INSERT INTO t VALUES (1)"))
                        return tx:query("INSERT INTO t VALUES (1)")
                    end)
                    assert(ok == nil and err and code == "unique_violation")
                    assert(count() == 0)
                ]])
            end)

        it("is rolled back by rollback(), and cannot be used then", function()
            app:run([[
                create()
                local result = db:transaction(function(tx)
                    assert(tx:query("INSERT INTO t VALUES (1)"))
                    tx:rollback()
                    local ok, err = pcall(function()
                        return (tx:query("SELECT 1"))
                    end)
                    assert(not ok and err:find("piece%d+.lua:6: "
                        .. "the transaction has ended"), err)
                    return "gone on"
                end)
                assert(result == "gone on" and count() == 0)
            ]])
        end)

        it("takes in what its task asks of the database itself", function()
            app:run([[
                create()
                db:transaction(function(tx)
                    assert(db:query("INSERT INTO t VALUES (1)"))
                    assert(tx:value("SELECT count(*) FROM t") == 1)
                    db:transaction(function()
                        assert(db:query("INSERT INTO t VALUES (2)"))
                        return nil, "no"
                    end)
                    assert(count() == 1)
                    tx:rollback()
                end)
                assert(count() == 0)
            ]])
        end)

        it("has savepoints in it, as deep as need be", function()
            app:run([[
                create()
                db:transaction(function(tx)
                    assert(tx:query("INSERT INTO t VALUES (1)"))
                    pcall(tx.transaction, tx, function(inner)
                        assert(inner:query("INSERT INTO t VALUES (2)"))
                        assert(inner:transaction(function(third)
                            return third:query("INSERT INTO t VALUES (3)")
                        end))
                        error("undo two and three")
                    end)
                    assert(tx:transaction(function(inner)
                        return inner:query("INSERT INTO t VALUES (4)")
                    end))
                end)
                local all = {}
                for row in db:each("SELECT n FROM t ORDER BY n") do
                    all[#all + 1] = row.n
                end
                assert(table.concat(all, " ") == "1 4", table.concat(all, " "))
            ]])
        end)

        it("goes on after a failed savepoint", function()
            app:run([[
                create()
                assert(db:transaction(function(tx)
                    assert(tx:query("INSERT INTO t VALUES (1)"))
                    local ok, _, code = tx:transaction(function(inner)
                        return inner:query("INSERT INTO t VALUES (1)")
                    end)
                    assert(ok == nil and code == "unique_violation")
                    assert(tx:query("INSERT INTO t VALUES (2)"))
                end))
                assert(count() == 2)
            ]])
        end)

        it("is not seen by others before its end", function()
            app:run([[
                create()
                db:transaction(function(tx)
                    assert(tx:query("INSERT INTO t VALUES (1)"))
                    local thread = ngx.thread.spawn(count)
                    local _, n = ngx.thread.wait(thread)
                    assert(n == 0, n)
                end)
                assert(count() == 1)
            ]])
        end)

        it("refuses a second thread while it is busy", function()
            app:run([[
                create()
                -- a server may answer at once
                local sql = ({
                    sqlite = "SELECT 1", postgres = "SELECT pg_sleep(0.05)",
                    mysql = "SELECT sleep(0.05)",
                })[db.dialect]
                db:transaction(function(tx)
                    local threads = {}
                    for i = 1, 2 do
                        threads[i] = ngx.thread.spawn(function()
                            return pcall(tx.query, tx, sql)
                        end)
                    end
                    local _, first = ngx.thread.wait(threads[1])
                    local _, second, err = ngx.thread.wait(threads[2])
                    assert(first and not second)
                    assert(err:find("another thread of this request"), err)
                end)
            ]])
        end)

        it("does not leave its connection dirty when begun by hand", function()
            app:run([[
                create()
                assert(db:exec("BEGIN; INSERT INTO t VALUES (1)"))
                for _ = 1, 5 do assert(count() == 0) end
                assert(db:query("INSERT INTO t VALUES (1)"))
                assert(count() == 1)
            ]])
        end)

        it("belongs to one request", function()
            app:run([[
                create()
                db:transaction(function(tx) package.loaded.stolen = tx end)
            ]])
            app:run([[
                local ok, err = pcall(package.loaded.stolen.query,
                    package.loaded.stolen, "SELECT 1")
                assert(not ok and err == "the transaction has ended", err)
            ]])
        end)
    end)
end
