-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local http = require("support.http")

local CLIENTS = 300

-- Statements that nobody would wait for: they must be ended.
local LONG = {
    postgres = "SELECT pg_sleep(60)",
    mysql = "SELECT sleep(60)",
    sqlite = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c "
        .. "WHERE x < 90000000000) SELECT count(*) FROM c",
}

for name, start in databases.each() do
    describe("clients of " .. name .. " that hang up midway", function()
        it("leave no connection lent, and no transaction open", function()
            local app = start({
                query = "limit=5&pool_timeout=20000",
                http = "lua_check_client_abort on;",
            })

            app:run("assert(db:exec('CREATE TABLE t (n INTEGER)'))")

            local long = app:piece([[
                return db:transaction(function(tx)
                    assert(tx:query("INSERT INTO t VALUES (1)"))
                    return tx:query("]] .. LONG[name] .. [[")
                end)
            ]])
            local work = app:piece([[
                return db:transaction(function(tx)
                    assert(tx:query("INSERT INTO t VALUES (1)"))
                    assert(tx:query("DELETE FROM t"))
                end)
            ]])

            for _ = 1, CLIENTS do
                local client = assert(http.connect(app.nginx.port))

                assert(client:request("GET", work))
                client:close()
            end

            -- these leave when their statements run, or wait for a turn
            local clients = {}
            for i = 1, 20 do
                clients[i] = assert(http.connect(app.nginx.port))
                assert(clients[i]:request("GET", long))
            end
            app:run([[
                for _ = 1, 1000 do
                    local s = db:stats()
                    if (s.writer or s).waiting >= 15 then return end
                    ngx.sleep(0.02)
                end
                local s = db:stats()
                error("the statements do not run: "
                    .. require("pandan.json").encode(s.writer or s))
            ]])
            for _, client in ipairs(clients) do
                client:close()
            end

            app:run([[
                for _ = 1, 1000 do
                    local s = db:stats()
                    local w = s.writer or s
                    if s.lent + s.waiting + w.lent + w.waiting == 0 then
                        assert(db:value("SELECT count(*) FROM t") == 0)
                        assert(s.idle <= 5 and s.opened - s.closed == s.idle)
                        return
                    end
                    ngx.sleep(0.02)
                end
                error("something is still lent: "
                    .. require("pandan.json").encode(db:stats()))
            ]])
            app:stop()
        end)
    end)
end
