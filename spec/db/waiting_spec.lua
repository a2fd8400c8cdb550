-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local http = require("support.http")
local socket = require("socket")

local REQUESTS = 200

-- Sends as many requests at once as are asked for, and takes the answers.
local function at_once(app, path, count)
    local connections = {}

    for i = 1, count do
        connections[i] = assert(http.connect(app.nginx.port, 30))
        assert(connections[i]:request("GET", path,
            { headers = { Connection = "close" } }))
    end
    return function()
        local bodies = {}
        for i, connection in ipairs(connections) do
            bodies[i] = assert(connection:response()).body
            connection:close()
        end
        return bodies
    end
end

describe("while statements run", function()
    it("200 slow ones take about as long as one, within the limit", function()
        local app = databases.postgres({ query = "limit=50" })
        local slow = app:piece("return db:value('SELECT 7 FROM pg_sleep(0.1)')")

        -- all connections are open then
        at_once(app, slow, 50)()

        local started = socket.gettime()
        local bodies = at_once(app, slow, REQUESTS)()
        local seconds = socket.gettime() - started

        for _, body in ipairs(bodies) do
            assert.equal("7", body)
        end
        -- four rounds of 0.1 s, not twenty seconds
        assert.is_true(seconds < 4, "it took " .. seconds .. " s")

        local lent = app:run("local s = db:stats() return s.lent .. ' ' "
            .. ".. s.waiting .. ' ' .. (s.opened - s.closed)")
        assert.equal("0 0 50", lent)
    end)

    for name, start in databases.each() do
        it("other requests are answered: " .. name, function()
            local app = start({ query = "limit=2&query_timeout=20000" })
            local sleeps = {
                postgres = "SELECT 7 FROM pg_sleep(3)",
                mysql = "SELECT 7 + sleep(3)",
            }
            local slow = app:piece(sleeps[name]
                and "return db:value('" .. sleeps[name] .. "')"
                or [[
                    return db:value("WITH RECURSIVE c(x) AS (SELECT 1 "
                        .. "UNION ALL SELECT x + 1 FROM c WHERE x < 6000000) "
                        .. "SELECT 7 FROM c ORDER BY x DESC LIMIT 1")
                ]])
            local quick = app:piece("return 'quick'")
            local answers = at_once(app, slow, 2)

            app.nginx:get(quick)

            local started = socket.gettime()
            for _ = 1, 20 do
                assert.equal("quick", app.nginx:get(quick).body)
            end
            assert.is_true(socket.gettime() - started < 2)
            assert.same({ "7", "7" }, answers())
        end)
    end

    it("writers queue for the one writer and all get their turn", function()
        local app = databases.sqlite()

        app:run("assert(db:exec('CREATE TABLE t (n INTEGER)'))")

        local write = app:piece([[
            assert(db:transaction(function(tx)
                local n = tx:value("SELECT count(*) FROM t")
                return tx:query("INSERT INTO t VALUES ($1)", n + 1)
            end))
            return "done"
        ]])

        for _, body in ipairs(at_once(app, write, 100)()) do
            assert.equal("done", body)
        end
        assert.equal("100 100", app:run("local r = db:row('SELECT count("
            .. "DISTINCT n) a, max(n) b FROM t') return r.a .. ' ' .. r.b"))
    end)
end)
