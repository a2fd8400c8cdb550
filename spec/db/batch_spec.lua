-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

for name, start in databases.each() do
    describe("a batch for " .. name, function()
        local app

        setup(function()
            app = start({ query = "limit=2" })
            app:run([[ assert(db:exec(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")) ]])
        end)

        teardown(function()
            app:stop()
        end)

        it("gives the result of each statement", function()
            app:run([[
                for round = 1, 3 do
                    local list = {}
                    for i = 1, 20 do
                        list[i] = { "INSERT INTO t VALUES ($1, $2)",
                            round * 100 + i, "name" }
                    end
                    list[21] = { "SELECT count(*) AS n FROM t WHERE id > $1",
                        round * 100 }
                    list[22] = { "SELECT 1 AS one" }

                    local results, errors = db:batch(list)
                    assert(errors == nil and #results == 22)
                    assert(results[1].affected == 1)
                    assert(results[21][1].n == 20 and results[22][1].one == 1)
                end
            ]])
        end)

        it("tells which one failed, and runs the others", function()
            app:run([[
                local results, errors = db:batch({
                    { "INSERT INTO t VALUES (1, 'a')" },
                    { "INSERT INTO t VALUES (1, 'b')" },
                    { "INSERT INTO t VALUES ($1, $2)", 2, "c" },
                    { "SELECT * FROM nowhere" },
                    { "SELECT name FROM t WHERE id = 2" },
                })
                assert(results[1] and results[3] and #results == 5)
                assert(results[2] == false and results[4] == false)
                assert(results[5][1].name == "c")
                assert(errors[2].code == "unique_violation")
                assert(errors[4].code == "undefined_table")
                assert(errors[2].message and errors[2].server_code)
                assert(errors[1] == nil and errors[3] == nil)
            ]])
        end)

        it("belongs to the transaction that it is in", function()
            app:run([[
                db:transaction(function(tx)
                    local results, errors = tx:batch({
                        { "DELETE FROM t" }, { "SELECT count(*) AS n FROM t" },
                    })
                    assert(not errors and results[2][1].n == 0)
                    assert(db:batch({ { "SELECT count(*) AS n FROM t" } })[1][1]
                        .n == 0)
                    tx:rollback()
                end)
                assert(db:value("SELECT count(*) FROM t") > 0)
            ]])
        end)

        it("raises on the caller's line for the caller's mistakes", function()
            app:run([[
                for text, list in pairs({
                    ["statement 2 of the batch: the statement has 1"] =
                        { { "SELECT 1" }, { "SELECT $1" } },
                    ["a batch has 1 to 10000 statements"] = {},
                    ["statement 1 of the batch is no table"] = { "SELECT 1" },
                }) do
                    local ok, err = pcall(function()
                        return (db:batch(list))
                    end)
                    assert(not ok and err:find(text, 1, true)
                        and err:find("piece%d+.lua:%d+: "), err)
                end
                assert(db:value("SELECT 1") == 1)
            ]])
        end)
    end)
end
