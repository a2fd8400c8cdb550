-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

-- How many statements a server keeps prepared for us.
local COUNT = {
    postgres = "SELECT count(*) FROM pg_prepared_statements",
    mysql = "SELECT variable_value FROM information_schema.global_status "
        .. "WHERE variable_name = 'Prepared_stmt_count'",
}

for name, start in databases.servers() do
    describe("a prepared statement of " .. name, function()
        local app

        before_each(function()
            app = start({ query = "limit=1&statements=2", code = [[
                function read() return assert(db:row("SELECT * FROM t")) end
            ]] })
            app:run([[
                assert(db:exec("CREATE TABLE t (n INTEGER); "
                    .. "INSERT INTO t VALUES (1)"))
                for _ = 1, 3 do assert(read().n == 1) end
            ]])
        end)

        after_each(function()
            app:stop()
        end)

        it("is prepared anew when it is stale", function()
            app:run([[
                assert(db:exec("ALTER TABLE t ADD COLUMN m VARCHAR(9) "
                    .. "DEFAULT 'two'"))
                for _ = 1, 3 do
                    local row = read()
                    assert(row.n == 1 and row.m == "two", row.m)
                end
                assert(db:exec("ALTER TABLE t DROP COLUMN n"))
                for _ = 1, 3 do
                    local row = read()
                    assert(row.n == nil and row.m == "two", row.m)
                end
                assert(db:stats().opened == 1)
            ]])
        end)

        it("makes room for others", function()
            app:run(([[
                for i = 1, 30 do
                    for _ = 1, 3 do
                        assert(db:value("SELECT %s + " .. i %% 5, i)
                            == i + i %% 5)
                    end
                end

                -- what one connection may keep, and the question itself
                local count = tonumber(db:value(%q))
                assert(count <= 3, count)
                assert(db:stats().opened == 1)
            ]]):format(name == "postgres" and "$1::int" or "$1", COUNT[name]))
        end)
    end)
end
