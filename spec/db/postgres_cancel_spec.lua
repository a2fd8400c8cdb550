-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local http = require("support.http")
local process = require("support.process")

describe("a statement of PostgreSQL that nobody waits for", function()
    local app

    setup(function()
        app = databases.postgres({
            query = "limit=3", http = "lua_check_client_abort on;",
            code = [[
                function at_rest(base)
                    for _ = 1, 1000 do
                        if base:stats().lent == 0 then return end
                        ngx.sleep(0.01)
                    end
                    error("a connection is still lent")
                end
            ]],
        })
    end)

    teardown(function()
        app:stop()
    end)

    -- What the server runs of ours, its own question aside.
    local function running(count)
        return process.wait_until(10, function()
            return app.postgres:psql("SELECT count(*) FROM pg_stat_activity "
                .. "WHERE state <> 'idle' AND application_name = 'pandan'")
                == count
        end)
    end

    local function left_amid(code, count)
        local client = assert(http.connect(app.nginx.port))

        assert(client:request("GET", app:piece(code)))
        assert.is_true(running(count or "1"))
        client:close()
        assert.is_true(running("0"))
        app:run([[
            at_rest(db)
            local opened = db:stats().opened
            assert(db:value("SELECT 1") == 1)
            assert(db:stats().opened == opened, "it was not kept")
        ]])
    end

    it("is ended on the server when its client leaves", function()
        left_amid([[ db:query("SELECT pg_sleep(60)") ]])
    end)

    it("so is one in a transaction, which is rolled back", function()
        app:run("assert(db:exec('CREATE TABLE t (n INTEGER)'))")
        left_amid([[
            db:transaction(function(tx)
                assert(tx:query("INSERT INTO t VALUES (1)"))
                tx:query("SELECT pg_sleep(60)")
            end)
        ]])
        app:run("assert(db:value('SELECT count(*) FROM t') == 0)")
    end)

    it("so is each of a batch", function()
        left_amid([[
            db:batch({ { "SELECT pg_sleep(30)" }, { "SELECT pg_sleep(31)" },
                { "SELECT 1" } })
        ]])
    end)

    it("so are those of several threads", function()
        left_amid([[
            local threads = {}
            for i = 1, 3 do
                threads[i] = ngx.thread.spawn(function()
                    db:query("SELECT pg_sleep($1)", 60 + i)
                end)
            end
            for i = 1, 3 do ngx.thread.wait(threads[i]) end
        ]], "3")
    end)

    it("is ended on the server when its time is over", function()
        app:run([[
            local hasty = Db.open(url, { query_timeout = 100 })
            local pid = hasty:value("SELECT pg_backend_pid()")
            local rows, err, code = hasty:query("SELECT pg_sleep(60)")
            assert(rows == nil and code == "timeout", err)
            at_rest(hasty)
            assert(hasty:value("SELECT pg_backend_pid()") == pid)
            assert(hasty:stats().timeouts == 1)
        ]])
        assert.is_true(running("0"))
    end)
end)
