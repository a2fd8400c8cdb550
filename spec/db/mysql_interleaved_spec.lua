-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")

-- PANDAN_SPEC_QUERIES=1000000 is the long run.
local QUERIES = tonumber(os.getenv("PANDAN_SPEC_QUERIES") or 6000)
local THREADS = 40
local BATCH = 6
local ROUNDS = math.ceil(QUERIES / THREADS / (2 + BATCH / 2))

describe("statements of many tasks on few connections to MariaDB", function()
    it("get each the answer that is theirs", function()
        local app = databases.mysql({
            query = "limit=7&pool_timeout=60000&statements=3",
            code = amid.AT_REST,
            http = "lua_check_client_abort on;",
            workers = 1,
        })
        local work = ([[
            local function one(tag)
                local text = "tag " .. tag .. (" "):rep(tag %% 300)
                local row = assert(db:row("SELECT $1 AS n, $2 AS t", tag,
                    text))
                assert(row.n == tag and row.t == text, "crossed")
                local n = tag %% 5
                local rows = assert(db:query("SELECT $1 + seq AS m FROM "
                    .. "seq_0_to_" .. n, tag))
                assert(#rows == n + 1, "crossed")
                for i = 0, n do
                    assert(rows[i + 1].m == tag + i, "crossed")
                end
                if tag %% 2 == 0 then return end
                local list = {}
                for i = 1, %d do
                    list[i] = { "SELECT $1 AS n, $2 AS t", tag + i, text }
                end
                local results = assert(db:batch(list))
                for i = 1, #list do
                    assert(results[i][1].n == tag + i
                        and results[i][1].t == text, "crossed")
                end
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
            assert(s.opened - s.closed <= 7)
            return s.queries
        ]]):format(BATCH, THREADS, ROUNDS)

        -- some leave amid their statements meanwhile
        local leave = [[
            for i = 1, 100 do
                local sql = "SELECT sleep(0.001), $1 AS gone FROM seq_1_to_20"
                db:query(sql, i)
                db:batch({ { sql, i }, { sql, i }, { sql, i } })
            end
        ]]
        local body = amid.leaving(app, work, leave)

        assert.is_true((tonumber(body) or 0) >= THREADS * ROUNDS * 2, body)
        app:stop()
    end)
end)
