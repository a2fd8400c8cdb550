-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")

-- PANDAN_SPEC_QUERIES=1000000 is the long run.
local QUERIES = tonumber(os.getenv("PANDAN_SPEC_QUERIES") or 6000)
local THREADS = 40
local ROUNDS = math.ceil(QUERIES / THREADS / 4)

describe("statements of many tasks on few connections to SQLite", function()
    it("get each the answer that is theirs", function()
        local app = databases.sqlite({
            query = "limit=3&pool_timeout=60000", code = amid.AT_REST,
            http = "lua_check_client_abort on;",
        })
        app:run([[
            assert(db:exec("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); "
                .. "CREATE TABLE notes (id INTEGER PRIMARY KEY, n INTEGER)"))
            assert(db:query("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL "
                .. "SELECT x + 1 FROM c WHERE x < 5000) INSERT INTO t "
                .. "SELECT x, 'row ' || x FROM c"))
        ]])

        -- on the event loop, on threads, in parts, in batches, by the writer
        local work = ([[
            local N = "WITH RECURSIVE c(x) AS (SELECT $1 UNION ALL SELECT "
                .. "x + 1 FROM c WHERE x < $2) SELECT x FROM c"

            local kinds = {
                function(tag)
                    local id = tag %% 5000 + 1
                    assert(db:value("SELECT x FROM t WHERE id = $1", id)
                        == "row " .. id, "crossed")
                end,
                function(tag)
                    local n = tag %% 300
                    local rows = assert(db:query(N, tag, tag + n))
                    assert(#rows == n + 1 and rows[1].x == tag
                        and rows[n + 1].x == tag + n, "crossed")
                end,
                function(tag)
                    local last
                    for row in db:each(N, tag, tag + tag %% 8000) do
                        assert(row.x == (last and last + 1 or tag), "crossed")
                        last = row.x
                    end
                end,
                function(tag)
                    local list = {}
                    for i = 1, 5 do list[i] = { "SELECT $1 AS n", tag + i } end
                    list[6] = { "INSERT INTO notes (n) VALUES ($1) "
                        .. "RETURNING n", tag }
                    local results = assert(db:batch(list))
                    for i = 1, 5 do
                        assert(results[i][1].n == tag + i, "crossed")
                    end
                    assert(results[6][1].n == tag, "crossed")
                end,
            }

            local function one(tag)
                assert(db:row("SELECT $1 AS n", tag).n == tag, "crossed")
                assert(db:row("SELECT $1 AS t", "tag " .. tag).t
                    == "tag " .. tag, "crossed")
                assert(db:row("SELECT $1 AS a, $2 AS b", tag, -tag).b
                    == -tag, "crossed")
                local kind = tag %% 50
                kinds[kind > 3 and 1 or kind + 1](tag)
            end

            local threads = {}
            for t = 1, %d do
                threads[t] = ngx.thread.spawn(function()
                    for i = 1, %d do one(t * 10000000 + i) end
                end)
            end
            for t = 1, #threads do assert(ngx.thread.wait(threads[t])) end
            -- those that left may come to their end a little later
            local s = at_rest()
            assert(s.opened <= 3, s.opened)
            return s.queries + s.writer.queries
        ]]):format(THREADS, ROUNDS)

        -- some leave amid their statements meanwhile
        local leave = [[
            for i = 1, 1000 do
                db:query("SELECT max(x) FROM t WHERE id > $1", i)
                for row in db:each("SELECT $1 AS gone, x FROM t", i) do
                    if row.x == "row 3000" then break end
                end
            end
        ]]
        local body = amid.leaving(app, work, leave)

        assert.is_true((tonumber(body) or 0) >= THREADS * ROUNDS * 4, body)
        app:stop()
    end)
end)
