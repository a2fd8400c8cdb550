-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")
local http = require("support.http")
local process = require("support.process")

-- PANDAN_SPEC_ROWS=3000000 are some gigabytes.
local ROWS = tonumber(os.getenv("PANDAN_SPEC_ROWS") or 60000)

describe("a large result of MariaDB", function()
    local app

    setup(function()
        app = databases.mysql({
            query = "limit=2&query_timeout=600000",
            http = "lua_check_client_abort on;",
            code = amid.AT_REST .. amid.MEMORY .. [[
                LARGE = "SELECT seq, repeat('x', 1000) AS x FROM seq_1_to_"
            ]],
        })
    end)

    teardown(function()
        app:stop()
    end)

    it("is read at constant memory", function()
        app:run(([[
            for _ in db:each(LARGE .. 1000) do end
            collectgarbage()
            local before, most, n = memory(), 0, 0
            for row in db:each(LARGE .. %d) do
                n = n + 1
                assert(row.seq == n and #row.x == 1000)
                if n %% 5000 == 0 then most = math.max(most, memory()) end
            end
            assert(n == %d)
            assert(most - before < 40, "grew by " .. most - before)
        ]]):format(ROWS, ROWS))
    end)

    it("waits for a reader that takes its time", function()
        app:run([[
            local n = 0
            for row in db:each(LARGE .. 20000) do
                n = n + 1
                if n % 5000 == 0 then ngx.sleep(0.02) end
            end
            assert(n == 20000)
            at_rest()
            assert(db:value("SELECT 1") == 1)
        ]])
    end)

    it("is given up on the server when its client leaves", function()
        local client = assert(http.connect(app.nginx.port))

        assert(client:request("GET", app:piece([[
            for row in db:each("SELECT seq, repeat('y', 1000) AS y "
                .. "FROM seq_1_to_100000000") do
                if row.seq == 1000 then ngx.sleep(60) end
            end
        ]])))

        local function running()
            return app.mariadb:mysql([[
                SELECT count(*) FROM information_schema.processlist
                WHERE info LIKE '%repeat(''y''%' AND user = 'pandan']])
        end

        assert.is_true(process.wait_until(10, function()
            return running() == "1"
        end))
        client:close()
        assert.is_true(process.wait_until(10, function()
            return running() == "0"
        end))
        app:run("at_rest()")
    end)

    it("may come from a procedure, of which the first result counts",
        function()
            app:run([[
                assert(db:exec("CREATE PROCEDURE two() BEGIN "
                    .. "SELECT seq FROM seq_1_to_30000; "
                    .. "SELECT 'no' AS seq; END"))
                local n = 0
                for row in db:each("CALL two()") do
                    n = n + 1
                    assert(row.seq == n)
                end
                assert(n == 30000)
                at_rest()
                assert(db:value("SELECT 1") == 1)
            ]])
        end)

    it("may fail midway", function()
        app:run([[
            local n, err = 0, nil
            local ok, raised = pcall(function()
                for row in db:each("SELECT seq, (SELECT 1 FROM seq_1_to_2 "
                    .. "WHERE seq_1_to_30000.seq > 20000) AS one "
                    .. "FROM seq_1_to_30000") do
                    n = n + 1
                end
            end)
            assert(not ok and n >= 1000 and n <= 20000, n)
            assert(raised:find("more than 1 row"), raised)
            at_rest()
            assert(db:value("SELECT 1") == 1)
        ]])
    end)
end)

describe("a session of MariaDB that was changed", function()
    it("is made new on the same connection", function()
        local app = databases.mysql({ query = "limit=1" })

        app:run([[
            local id = db:value("SELECT connection_id()")
            local mode = db:value("SELECT @@sql_mode")
            for _ = 1, 3 do
                assert(db:exec("SET sql_mode = '', @mine = 1, "
                    .. "NAMES latin1, time_zone = '+05:00'; "
                    .. "USE information_schema; "
                    .. "CREATE TEMPORARY TABLE pandan_test.t (n INTEGER)"))
                assert(db:value("SELECT connection_id()") == id)
                assert(db:value("SELECT @@sql_mode") == mode)
                assert(db:value("SELECT @mine") == ngx.null)
                assert(db:value("SELECT @@character_set_client") == "utf8mb4")
                assert(db:value("SELECT database()") == "pandan_test")
                local ok, _, code = db:query("SELECT * FROM t")
                assert(ok == nil and code == "undefined_table")
            end
            assert(db:stats().resets == 3, db:stats().resets)
        ]])
        app:stop()
    end)
end)
