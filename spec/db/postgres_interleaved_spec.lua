-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")

-- PANDAN_SPEC_QUERIES=1000000 is the long run.
local QUERIES = tonumber(os.getenv("PANDAN_SPEC_QUERIES") or 6000)
local THREADS = 40

-- What one round asks: two statements, a batch of five, and rows in parts.
local ROUND = 8
local ROUNDS = math.ceil(QUERIES / THREADS / ROUND)

local function run(option)
    local app = databases.postgres({
        query = "limit=7&pool_timeout=60000&statements=3" .. option,
        http = "lua_check_client_abort on;",
        workers = 1,
    })
    local work = ([[
        local function one(tag)
            local text = "tag " .. tag .. (" "):rep(tag %% 300)
            local row = assert(db:row(
                "SELECT $1::bigint AS n, $2::text AS t", tag, text))
            assert(row.n == tag and row.t == text, "crossed")

            local n = tag %% 5
            local rows = assert(db:query("SELECT $1::bigint + i AS m "
                .. "FROM generate_series(0, " .. n .. ") i", tag))
            assert(#rows == n + 1, "crossed")
            for i = 0, n do
                assert(rows[i + 1].m == tag + i, "crossed")
            end

            local list = {}
            for i = 1, 5 do
                list[i] = { i == 3 and "SELECT 1 / ($1::bigint - $1)"
                    or "SELECT $1::bigint AS n", tag + i }
            end
            local results, errors = db:batch(list)
            for i = 1, 5 do
                if i == 3 then
                    assert(errors[i].server_code == "22012")
                else
                    assert(results[i][1].n == tag + i, "crossed")
                end
            end

            local sum = 0
            for each in db:each("SELECT $1::bigint AS n "
                .. "FROM generate_series(1, 200)", tag) do
                assert(each.n == tag, "crossed")
                sum = sum + 1
                if sum == 150 and tag %% 2 == 0 then break end
            end
        end

        local threads = {}
        for t = 1, %d do
            threads[t] = ngx.thread.spawn(function()
                for i = 1, %d do one(t * 10000000 + i) end
            end)
        end
        for t = 1, #threads do
            assert(ngx.thread.wait(threads[t]))
        end
        return #threads .. " threads done"
    ]]):format(THREADS, ROUNDS)

    -- some leave amid their statements meanwhile
    local leave = [[
        for i = 1, 100 do
            db:query("SELECT pg_sleep(0.001), $1::int AS gone "
                .. "FROM generate_series(1, 20)", i)
        end
    ]]
    local body = amid.leaving(app, work, leave)

    assert.equal(THREADS .. " threads done", body)
    app:run([[
        collectgarbage()
        collectgarbage()
        for _ = 1, 1000 do
            local s = db:stats()
            if s.lent + s.waiting == 0 then
                assert(s.idle <= 7 and s.opened - s.closed == s.idle)
                return
            end
            ngx.sleep(0.01)
        end
        error("something is still lent")
    ]])
    app:stop()
end

describe("statements of many tasks on few connections to PostgreSQL",
    function()
        it("get each the answer that is theirs", function()
            run("")
        end)

        it("do so, too, when they share packets", function()
            run("&share_reads=true")
        end)
    end)
