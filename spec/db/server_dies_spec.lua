-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local http = require("support.http")

describe("when PostgreSQL dies", function()
    local app

    setup(function()
        app = databases.postgres({ query = "query_timeout=10000" })
    end)

    teardown(function()
        app:stop()
    end)

    it("statements that run end with an error, and later ones reconnect",
        function()
            local slow = app:piece([[
                local rows, err, code = db:query("SELECT pg_sleep(30)")
                return tostring(rows) .. " " .. code
            ]])
            local connections = {}

            for i = 1, 5 do
                connections[i] = assert(http.connect(app.nginx.port, 20))
                connections[i]:request("GET", slow)
            end
            app:run([[
                for _ = 1, 200 do
                    if db:stats().queries == 5 then return end
                    ngx.sleep(0.02)
                end
                error("the statements do not run")
            ]])

            app.postgres:kill()

            for i = 1, 5 do
                assert.equal("nil closed",
                    assert(connections[i]:response()).body)
                connections[i]:close()
            end

            assert.equal("connect_failed", app:run([[
                local rows, err, code = db:query("SELECT 1")
                assert(rows == nil)
                return code
            ]]))

            app.postgres:restart()
            assert.equal("1", app:run("return db:value('SELECT 1')"))
        end)

    it("connections at rest are given up, not lent", function()
        app:run("assert(db:value('SELECT 1') == 1)")
        app.postgres:restart()
        assert.equal("1", app:run("return db:value('SELECT 1')"))
    end)

    it("a transaction fails, and is not gone on with elsewhere", function()
        app:run([[
            assert(db:exec("CREATE TABLE t (n INTEGER)"))
        ]])
        assert.equal("closed", app:run([[
            local other = Db.open(url, { limit = 1 })
            local ok, err, code = db:transaction(function(tx)
                local pid = tx:value("SELECT pg_backend_pid()")
                assert(tx:query("INSERT INTO t VALUES (1)"))
                assert(other:query("SELECT pg_terminate_backend($1)", pid))
                ngx.sleep(0.1)
                local rows, _, code = tx:query("INSERT INTO t VALUES (2)")
                assert(rows == nil and code == "closed", code)
                return tx:query("INSERT INTO t VALUES (3)")
            end)
            assert(ok == nil and err)
            assert(db:value("SELECT count(*) FROM t") == 0)
            return code
        ]]))
    end)
end)
