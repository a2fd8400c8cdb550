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

describe("a large result of PostgreSQL", function()
    local app

    setup(function()
        app = databases.postgres({
            query = "limit=2&query_timeout=600000",
            http = "lua_check_client_abort on;",
            code = amid.AT_REST .. amid.MEMORY .. [[
                -- among the columns it gives rows at once, in FROM at its end
                LARGE = "SELECT generate_series(1, $1::int) AS i, "
                    .. "repeat('x', 1000) AS x"
            ]],
        })
    end)

    teardown(function()
        app:stop()
    end)

    it("is read at constant memory", function()
        app:run(([[
            for _ in db:each(LARGE, 1000) do end
            collectgarbage()
            local before, most, n = memory(), 0, 0
            for row in db:each(LARGE, %d) do
                n = n + 1
                assert(row.i == n and #row.x == 1000)
                if n %% 5000 == 0 then most = math.max(most, memory()) end
            end
            assert(n == %d)
            assert(most - before < %d, "grew by " .. most - before)
        ]]):format(ROWS, ROWS, GROWTH))
    end)

    it("waits for a reader that takes its time", function()
        app:run(([[
            local before, n = memory(), 0
            for row in db:each(LARGE, 60000) do
                n = n + 1
                if n %% 15000 == 0 then
                    ngx.sleep(0.02)
                    assert(memory() - before < %d)
                end
            end
            assert(n == 60000)
            at_rest()
            assert(db:value("SELECT 1") == 1)
        ]]):format(GROWTH))
    end)

    it("is given up on the server when its client leaves", function()
        local client = assert(http.connect(app.nginx.port))

        assert(client:request("GET", app:piece([[
            for row in db:each("SELECT generate_series(1, 100000000) AS i, "
                .. "repeat('y', 1000) AS y") do
                if row.i == 1000 then ngx.sleep(60) end
            end
        ]])))

        local function running()
            return app.postgres:psql("SELECT count(*) FROM pg_stat_activity "
                .. "WHERE state = 'active' AND query LIKE '%repeat(''y''%' "
                .. "AND pid <> pg_backend_pid()")
        end

        assert.is_true(process.wait_until(10, function()
            return running() == "1"
        end))
        client:close()
        assert.is_true(process.wait_until(10, function()
            return running() == "0"
        end))
        app:run("at_rest() assert(db:value('SELECT 1') == 1)")
    end)

    it("may fail midway", function()
        app:run([[
            local n = 0
            local count, err, code, server = db:each("SELECT 1 / (20000 - i) "
                .. "FROM generate_series(1, 30000) i", function()
                    n = n + 1
                end)
            assert(count == nil and n >= 1000 and n < 20000, n)
            assert(server == "22012" and err:find("division by zero"), err)
            at_rest()
            assert(db:value("SELECT 1") == 1)
        ]])
    end)

    it("may take longer than a statement's time, as long as rows come",
        function()
            app:run([[
                local brisk = Db.open(url, { query_timeout = 300 })
                local n = 0
                for _ in brisk:each("SELECT i, pg_sleep(0.02), "
                    .. "repeat('x', 9000) FROM generate_series(1, 40) i") do
                    n = n + 1
                end
                assert(n == 40)
                local ok, err = pcall(function()
                    for _ in brisk:each("SELECT pg_sleep(20)") do end
                end)
                assert(not ok and err:find("timeout"), err)
            ]])
        end)
end)
