-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")

-- PANDAN_SPEC_QUERIES=1000000 is the long run.
local QUERIES = tonumber(os.getenv("PANDAN_SPEC_QUERIES") or 6000)
local THREADS = 40

-- What one round asks: two statements, a batch of five, and rows in parts.
local ROUND = 8
local ROUNDS = math.ceil(QUERIES / THREADS / ROUND)

-- How a server is told that a value is a number, counts, sleeps, and refuses
-- more than one row where there is room for one.
local SAYS = {
    postgres = {
        number = "$1::bigint", text = "$2::text",
        series = "generate_series(1, %d) AS s (i)",
        sleep = "pg_sleep(0.001)", refusal = "21000",
    },
    mysql = {
        number = "$1", text = "$2",
        series = "(SELECT seq AS i FROM seq_1_to_%d) AS s",
        sleep = "sleep(0.001)", refusal = "1242",
    },
}

local WORK = [[
    local function one(tag)
        local text = "tag " .. tag .. (" "):rep(tag % 300)
        local row = assert(db:row("SELECT " .. NUMBER .. " AS n, " .. TEXT
            .. " AS t", tag, text))
        assert(row.n == tag and row.t == text, "crossed")

        local n = tag % 5 + 1
        local rows = assert(db:query("SELECT " .. NUMBER .. " + i AS m FROM "
            .. SERIES:format(n), tag))
        assert(#rows == n, "crossed")
        for i = 1, n do
            assert(rows[i].m == tag + i, "crossed")
        end

        local list = {}
        for i = 1, 5 do
            list[i] = { "SELECT " .. NUMBER .. " AS n" .. (i == 3
                and ", (SELECT i FROM " .. SERIES:format(2) .. ")" or ""),
                tag + i }
        end
        local results, errors = db:batch(list)
        for i = 1, 5 do
            if i == 3 then
                assert(errors[i].server_code == REFUSAL)
            else
                assert(results[i][1].n == tag + i, "crossed")
            end
        end

        local sum = 0
        for each in db:each("SELECT " .. NUMBER .. " AS n FROM "
            .. SERIES:format(200), tag) do
            assert(each.n == tag, "crossed")
            sum = sum + 1
            if sum == 150 and tag % 2 == 0 then break end
        end
    end

    local threads = {}
    for t = 1, THREADS do
        threads[t] = ngx.thread.spawn(function()
            for i = 1, ROUNDS do one(t * 10000000 + i) end
        end)
    end
    for t = 1, #threads do
        assert(ngx.thread.wait(threads[t]))
    end
    return #threads .. " threads done"
]]

-- Some leave amid their statements meanwhile.
local LEAVE = [[
    local sql = "SELECT " .. SLEEP .. ", " .. NUMBER .. " AS gone FROM "
        .. SERIES:format(20)
    for i = 1, 100 do
        db:query(sql, i)
        db:batch({ { sql, i }, { sql, i }, { sql, i } })
    end
]]

local function run(name, start, option)
    local says = SAYS[name]
    local app = start({
        query = "limit=7&pool_timeout=60000&statements=3" .. option,
        http = "lua_check_client_abort on;",
        workers = 1,
        code = amid.AT_REST .. ([[
            NUMBER, TEXT, SERIES = %q, %q, %q
            SLEEP, REFUSAL = %q, %q
            THREADS, ROUNDS = %d, %d
        ]]):format(says.number, says.text, says.series, says.sleep,
            says.refusal, THREADS, ROUNDS),
    })

    assert.equal(THREADS .. " threads done", amid.leaving(app, WORK, LEAVE))
    app:run([[
        collectgarbage()
        collectgarbage()
        -- those that left may come to their end a little later
        local s = at_rest()
        assert(s.idle <= 7, s.idle)
        assert(s.queries >= THREADS * ROUNDS * 4, s.queries)
    ]])
    app:stop()
end

for name, start in databases.servers() do
    describe("statements of many tasks on few connections of " .. name,
        function()
            it("get each the answer that is theirs", function()
                run(name, start, "")
            end)

            if name == "postgres" then
                it("do so, too, when they share packets", function()
                    run(name, start, "&share_reads=true")
                end)
            end
        end)
end
