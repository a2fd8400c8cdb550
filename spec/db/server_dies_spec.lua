-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")

-- How each server sleeps, sends rows slowly, and ends a connection.
local SAYS = {
    postgres = {
        sleep = "SELECT pg_sleep(30)",
        rows = "SELECT i, repeat('x', 20000), CASE WHEN i > 100 THEN "
            .. "pg_sleep(0.05) END FROM generate_series(1, 100000) i",
        own = "SELECT pg_backend_pid()",
        kill = "SELECT pg_terminate_backend(%d)",
        left = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1",
    },
    mysql = {
        sleep = "SELECT sleep(30)",
        rows = "SELECT seq AS i, repeat('x', 20000), "
            .. "sleep(CASE WHEN seq > 100 THEN 0.05 ELSE 0 END) "
            .. "FROM seq_1_to_100000",
        own = "SELECT connection_id()",
        kill = "KILL %d",
        left = "SELECT count(*) FROM information_schema.processlist "
            .. "WHERE id = $1",
    },
}

local SLEEPING = [[
    local rows, err, code = db:query(SLEEP)
    return tostring(rows) .. " " .. code
]]

local SENDING = [[
    local n = 0
    local count, err, code = db:each(ROWS, function(row)
        n = n + 1
        assert(row.i == n)
    end)
    assert(n < 100000, n)
    return tostring(count) .. " " .. code
]]

for name, start in databases.servers() do
    local says = SAYS[name]
    local code = amid.AT_REST .. ("SLEEP, ROWS = %q, %q"):format(says.sleep,
        says.rows)

    local function works(app)
        assert.equal("1", app:run([[
            local value = db:value("SELECT 1")
            at_rest(db)
            return value
        ]]))
    end

    describe("when " .. name .. " is killed", function()
        local app

        setup(function()
            app = start({ query = "query_timeout=20000", code = code })
        end)

        teardown(function()
            app:stop()
        end)

        local function dies(statement)
            local answers = amid.statements(app, statement, function()
                app.server:kill()
            end)

            for i = 1, #answers do
                assert.equal("nil closed", answers[i])
            end
            assert.equal("connect_failed", app:run([[
                at_rest(db)
                local rows, err, code = db:query("SELECT 1")
                assert(rows == nil)
                return code
            ]]))
            app.server:restart()
            works(app)
        end

        it("statements that run end with an error, and later ones reconnect",
            function()
                dies(SLEEPING)
            end)

        it("so do those whose rows are coming", function()
            dies(SENDING)
        end)

        it("connections at rest are given up, not lent", function()
            app:run("assert(db:value('SELECT 1') == 1)")
            app.server:restart()
            works(app)
        end)

        it("a transaction fails, and is not gone on with elsewhere", function()
            app:run("assert(db:exec('CREATE TABLE t (n INTEGER)'))")
            assert.equal("closed", app:run(([[
                local other = Db.open(url, { limit = 1 })
                local ok, err, code = db:transaction(function(tx)
                    local id = tx:value(%q)
                    assert(tx:query("INSERT INTO t VALUES (1)"))
                    assert(other:exec((%q):format(id)))
                    for _ = 1, 500 do
                        if other:value(%q, id) == 0 then break end
                        ngx.sleep(0.01)
                    end
                    local rows, _, code = tx:query("INSERT INTO t VALUES (2)")
                    assert(rows == nil and code == "closed", code)
                    return tx:query("INSERT INTO t VALUES (3)")
                end)
                assert(ok == nil and err)
                assert(db:value("SELECT count(*) FROM t") == 0)
                at_rest(db)
                return code
            ]]):format(says.own, says.kill, says.left)))
        end)
    end)

    describe("when " .. name .. " stands still", function()
        it("statements end in time, and it is asked again later", function()
            local app = start({ code = code, query = "query_timeout=1500"
                .. "&connect_timeout=1000&check_after=1" })

            works(app)

            local answers = amid.statements(app, SLEEPING, function()
                app.server:pause()
            end)

            for i = 1, #answers do
                assert.equal("nil timeout", answers[i])
            end
            assert.equal("timeout", app:run([[
                local rows, err, code = db:query("SELECT 1")
                return code
            ]]))
            app.server:continue()
            works(app)
            app:stop()
        end)
    end)
end
