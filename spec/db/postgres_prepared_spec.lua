-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

describe("prepared statements of PostgreSQL", function()
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
