-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

describe("prepared statements of PostgreSQL", function()
    it("are prepared anew when the types of their values have changed",
        function()
            local app = databases.postgres({ query = "limit=1" })

            app:run([[
                local SQL = "INSERT INTO t VALUES ($1)"
                local function again()
                    assert(db:exec("DROP TABLE IF EXISTS t; "
                        .. "CREATE TABLE t (v INTEGER)"))
                    for i = 1, 3 do assert(db:query(SQL, i)) end
                    assert(db:exec("ALTER TABLE t ALTER v TYPE TEXT"))
                end

                again()
                for i = 1, 3 do assert(db:query(SQL, "x" .. i)) end
                again()
                local results, errors = db:batch({ { SQL, "x" },
                    { SQL, "y" } })
                assert(errors == nil and results[2].affected == 1)
                assert(db:value("SELECT count(*) FROM t") == 5)

                -- rows that were given are not given again
                local n = 0
                local CAST = "SELECT CASE i WHEN 2000 THEN $1 ELSE '1' END"
                    .. "::int FROM generate_series(1, 3000) i"
                for _ = 1, 3 do
                    local count, err, code = db:each(CAST, "x", function()
                        n = n + 1
                    end)
                    assert(count == nil and err:find("invalid input"), err)
                end
                assert(n < 6000, n)

                assert(db:value("SELECT count(*) FROM pg_prepared_statements "
                    .. "WHERE statement LIKE 'INSERT%'") <= 1)
            ]])
            app:stop()
        end)

    it("are prepared anew when they were discarded", function()
        local app = databases.postgres({ query = "limit=1" })

        app:run([[
            for _ = 1, 3 do
                for _ = 1, 3 do
                    assert(db:value("SELECT $1::int", 7) == 7)
                end
                assert(db:exec("DISCARD ALL"))
            end
        ]])
        app:stop()
    end)

    it("stay as they are when another one of their batch fails", function()
        local app = databases.postgres({ query = "limit=1" })

        app:run([[
            local function all()
                local results, errors = db:batch({ { "SELECT 1 AS n" },
                    { "SELECT 1 / ($1::int - $1)", 5 }, { "SELECT 2 AS n" } })
                assert(errors[2].server_code == "22012")
                assert(results[1][1].n == 1 and results[3][1].n == 2)
            end
            for _ = 1, 20 do all() end
            local count = db:value(
                "SELECT count(*) FROM pg_prepared_statements")
            assert(count <= 4, count)
        ]])
        app:stop()
    end)

    it("are prepared anew in a batch too, when they were lost", function()
        local app = databases.postgres({ query = "limit=1" })

        -- a function, for the driver knows what DEALLOCATE does
        app.postgres:psql("CREATE FUNCTION forget() RETURNS void "
            .. "LANGUAGE plpgsql AS 'BEGIN EXECUTE ''DEALLOCATE ALL''; END'")
        app:run([[
            local function all()
                local results, errors = db:batch({
                    { "SELECT $1::int AS n", 1 }, { "SELECT 2 AS n" },
                    { "SELECT $1::int AS n", 3 }, { "SELECT 2 AS n" },
                })
                assert(errors == nil)
                for i, n in ipairs({ 1, 2, 3, 2 }) do
                    assert(results[i][1].n == n)
                end
            end
            for _ = 1, 3 do all() end
            assert(db:value("SELECT count(*) FROM pg_prepared_statements")
                >= 2)
            assert(db:query("SELECT forget()"))
            assert(db:value("SELECT count(*) FROM pg_prepared_statements")
                <= 1)
            for _ = 1, 3 do all() end
            assert(db:query("SELECT forget()"))
            for _ = 1, 3 do
                assert(db:value("SELECT $1::int AS n", 5) == 5)
            end
            assert(db:stats().opened == 1)
        ]])
        app:stop()
    end)
end)
