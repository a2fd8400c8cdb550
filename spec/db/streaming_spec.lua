-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

for name, start in databases.each() do
    describe("rows of " .. name .. " read one by one", function()
        local app

        setup(function()
            app = start({
                query = "limit=2",
                code = [[
                    function rest()
                        for _ = 1, 500 do
                            local s = db:stats()
                            if s.lent == 0 and s.waiting == 0 then return end
                            ngx.sleep(0.01)
                        end
                        error("a connection is still lent")
                    end

                    COUNT = "SELECT count(*) FROM t"
                    ALL = "SELECT id, name FROM t ORDER BY id"
                ]],
            })
            app:run([[
                assert(db:exec("CREATE TABLE t (id INTEGER, name TEXT)"))
                db:transaction(function(tx)
                    for i = 1, 2000 do
                        assert(tx:query("INSERT INTO t VALUES ($1, $2)", i,
                            "name " .. i))
                    end
                end)
            ]])
        end)

        teardown(function()
            app:stop()
        end)

        it("are all there, in their order", function()
            app:run([[
                local seen = 0
                for row in db:each(ALL) do
                    seen = seen + 1
                    assert(row.id == seen and row.name == "name " .. seen)
                end
                assert(seen == 2000)

                seen = 0
                assert(db:each(ALL .. " LIMIT $1", 700, function(row)
                    seen = seen + 1
                    assert(row.id == seen)
                end) == 700)
                assert(seen == 700)

                for _ in db:each("SELECT * FROM t WHERE id < 0") do
                    error("no row was expected")
                end
                rest()
            ]])
        end)

        it("may be left early", function()
            app:run([[
                for _ = 1, 5 do
                    local next_row, cursor = db:each(ALL)
                    assert(next_row().id == 1)
                    assert(cursor:close())
                    assert(next_row() == nil)

                    assert(db:each(ALL, function(row)
                        return row.id < 10
                    end) == 10)
                end

                local ok, err = pcall(db.each, db, ALL, function()
                    error("enough")
                end)
                assert(not ok and err:find("enough"))
                rest()
                assert(db:value(COUNT) == 2000)
            ]])
        end)

        it("are let go at the end of the request, at the latest", function()
            app:run([[
                for row in db:each(ALL) do
                    if row.id == 3 then break end
                end
            ]])
            app:run("rest() assert(db:value(COUNT) == 2000)")
        end)

        it("may belong to a transaction, which goes on", function()
            app:run([[
                local sum = db:transaction(function(tx)
                    assert(tx:query("UPDATE t SET name = 'x' WHERE id = 1"))
                    for row in tx:each(ALL) do
                        if row.id == 3 then break end
                    end
                    assert(tx:value(COUNT) == 2000)

                    local next_row, cursor = tx:each(ALL)
                    next_row()
                    assert(cursor:close())

                    for _ in tx:each(ALL) do break end
                    return tx:value("SELECT sum(id) FROM t")
                end)
                assert(tonumber(sum) == 2001000, sum)
                assert(db:value("SELECT name FROM t WHERE id = 1") == "x")

                db:transaction(function(tx)
                    assert(tx:query("DELETE FROM t"))
                    for _ in tx:each(ALL) do end
                    tx:each("SELECT 1")
                    return nil, "no"
                end)
                rest()
                assert(db:value(COUNT) == 2000)
            ]])
        end)

        it("tell what is wrong", function()
            app:run([[
                local ok, err = pcall(db.each, db, "SELECT * FROM nowhere")
                assert(not ok and err:find("%(undefined_table%)"), err)

                local count, _, code = db:each("SELECT * FROM nowhere",
                    function() end)
                assert(count == nil and code == "undefined_table", code)
                rest()
            ]])
        end)
    end)
end
