-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")
local http = require("support.http")
local paths = require("support.paths")
local process = require("support.process")

-- PANDAN_SPEC_ROWS=3000000 are some gigabytes.
local ROWS = tonumber(os.getenv("PANDAN_SPEC_ROWS") or 60000)

-- Megabytes; a sanitizer keeps for a while what was freed.
local GROWTH = paths.slowness > 1 and 400 or 40

-- Rows of each server; what sends them for ever, and who still runs that.
local SAYS = {
    postgres = {
        -- among the columns it gives rows at once, in FROM at its end
        large = "SELECT generate_series(1, %d) AS i, repeat('x', 1000) AS x",
        endless = "SELECT generate_series(1, 100000000) AS i, "
            .. "repeat('y', 1000) AS y",
        running = "SELECT count(*) FROM pg_stat_activity WHERE state = "
            .. "'active' AND query LIKE '%repeat(''y''%' "
            .. "AND pid <> pg_backend_pid()",
        series = "generate_series(1, %d) AS s (i)",
        sleep = "pg_sleep(%s)",
        refusal = "21000",
    },
    mysql = {
        large = "SELECT seq AS i, repeat('x', 1000) AS x FROM seq_1_to_%d",
        endless = "SELECT seq AS i, repeat('y', 1000) AS y "
            .. "FROM seq_1_to_100000000",
        running = "SELECT count(*) FROM information_schema.processlist "
            .. "WHERE info LIKE '%repeat(''y''%' AND user = 'pandan'",
        series = "(SELECT seq AS i FROM seq_1_to_%d) AS s",
        sleep = "sleep(%s)",
        refusal = "1242",
    },
}

for name, start in databases.servers() do
    describe("a large result of " .. name, function()
        local app
        local says = SAYS[name]

        setup(function()
            app = start({
                query = "limit=2&query_timeout=600000",
                http = "lua_check_client_abort on;",
                code = amid.AT_REST .. amid.MEMORY .. ([[
                    LARGE, ENDLESS, SERIES, SLEEP = %q, %q, %q, %q
                    GROWTH = %d
                ]]):format(says.large, says.endless, says.series, says.sleep,
                    GROWTH),
            })
        end)

        teardown(function()
            app:stop()
        end)

        it("is read at constant memory", function()
            app:run(([[
                for _ in db:each(LARGE:format(1000)) do end
                collectgarbage()
                local before, most, n = memory(), 0, 0
                for row in db:each(LARGE:format(%d)) do
                    n = n + 1
                    assert(row.i == n and #row.x == 1000)
                    if n %% 5000 == 0 then most = math.max(most, memory()) end
                end
                assert(n == %d)
                assert(most - before < GROWTH, "grew by " .. most - before)
            ]]):format(ROWS, ROWS))
        end)

        it("waits for a reader that takes its time", function()
            app:run([[
                local before, n = memory(), 0
                for row in db:each(LARGE:format(60000)) do
                    n = n + 1
                    if n % 15000 == 0 then
                        ngx.sleep(0.02)
                        assert(memory() - before < GROWTH)
                    end
                end
                assert(n == 60000)
                at_rest()
                assert(db:value("SELECT 1") == 1)
            ]])
        end)

        it("is given up on the server when its client leaves", function()
            local client = assert(http.connect(app.nginx.port))

            assert(client:request("GET", app:piece([[
                for row in db:each(ENDLESS) do
                    if row.i == 1000 then ngx.sleep(60) end
                end
            ]])))

            local function become(count)
                assert.is_true(process.wait_until(10, function()
                    return app.server:ask(says.running) == count
                end))
            end

            become("1")
            client:close()
            become("0")
            app:run("at_rest() assert(db:value('SELECT 1') == 1)")
        end)

        it("may fail midway", function()
            app:run(([[
                local n, one = 0, "SELECT 1 FROM " .. SERIES:format(2)
                local count, err, code, server = db:each("SELECT i, (" .. one
                    .. " WHERE t.i > 20000) AS one FROM (SELECT i FROM "
                    .. SERIES:format(30000) .. ") AS t", function()
                        n = n + 1
                    end)
                assert(count == nil and n >= 1000 and n <= 20000, n)
                assert(server == %q and err:find("more than"), err)
                at_rest()
                assert(db:value("SELECT 1") == 1)
            ]]):format(says.refusal))
        end)

        it("may take longer than a statement's time, as long as rows come",
            function()
                app:run([[
                    local brisk = Db.open(url, { query_timeout = 300 })
                    local n = 0
                    for _ in brisk:each("SELECT i, repeat('x', 20000), "
                        .. SLEEP:format("0.02") .. " FROM "
                        .. SERIES:format(40)) do
                        n = n + 1
                    end
                    assert(n == 40)
                    local ok, err = pcall(function()
                        for _ in brisk:each("SELECT " .. SLEEP:format(20)) do
                        end
                    end)
                    assert(not ok and err:find("timeout"), err)
                ]])
            end)
    end)
end
