-- SPDX-License-Identifier: MIT
-- Reads of requests that run at the same time go over one connection, those
-- of a turn of the event loop in one packet; `shared` counts them.
local databases = require("support.databases")
local http = require("support.http")
local load = require("support.load")
local process = require("support.process")

-- What a server calls a number, and its own words for what the specs need.
local SAYS = {
    postgres = {
        n = "$1::int",
        t = "$2::text",
        series = "generate_series(1, 2000000) AS s WHERE s % 7 > 0",
        sleep = "SELECT pg_sleep($1)",
        running = "SELECT count(*) FROM pg_stat_activity "
            .. "WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'",
        ours = "SELECT pid FROM pg_stat_activity "
            .. "WHERE application_name = 'pandan'",
        kill = "SELECT pg_terminate_backend(%d)",
    },
    mysql = {
        n = "$1",
        t = "$2",
        series = "seq_1_to_3000000 WHERE seq % 7 > 0",
        sleep = "SELECT sleep($1)",
        running = "SELECT count(*) FROM information_schema.processlist "
            .. "WHERE info LIKE 'SELECT sleep(%'",
        ours = "SELECT id FROM information_schema.processlist "
            .. "WHERE user = 'pandan'",
        kill = "KILL %d",
    },
}

local CODE = [[
    tagged = "SELECT {{n}} AS n, {{t}} AS t"
    failing = "SELECT (SELECT a FROM (SELECT 1 AS a UNION ALL SELECT 2 AS a) "
        .. "AS both_of WHERE a < 2 OR {{n}} % 3 = 0) AS n"
    slow = "SELECT count(*) AS n FROM {{series}}"
    sleep = "{{sleep}}"

    always = Db.open(url .. "&share_reads=true")
    never = Db.open(url .. "&share_reads=false")

    -- Runs fn(i) in as many light threads, and waits for all.
    function together(count, fn)
        local threads = {}
        for i = 1, count do
            threads[i] = ngx.thread.spawn(fn, i)
        end
        for i = 1, count do
            assert(ngx.thread.wait(threads[i]))
        end
    end

    -- How many of the statements that fn() runs on this database shared.
    function sharing(on, fn)
        local before = on:stats().shared
        fn()
        return on:stats().shared - before
    end

    function each_its_own(on, round)
        together(70, function(i)
            local tag = round * 1000 + i
            local text = i % 3 == 0 and ("x"):rep(i) or nil
            local row = assert(on:row(tagged, tag, text))
            assert(row.n == tag, "crossed")
            assert(row.t == (text or ngx.null), "crossed")
        end)
    end

    function at_rest(on)
        for _ = 1, 1000 do
            if on:stats().lent == 0 then return end
            ngx.sleep(0.01)
        end
        error("a connection is still lent")
    end
]]

for name, start in databases.servers() do
    local says = SAYS[name]

    describe("reads of one turn that " .. name .. " answers", function()
        local app

        local function running()
            return tonumber(app.server:ask(says.running))
        end

        -- One that has ended meanwhile is as good.
        local function kill_connections()
            for id in app.server:ask(says.ours):gmatch("%d+") do
                pcall(app.server.ask, app.server, says.kill:format(id))
            end
        end

        setup(function()
            app = start({
                query = "limit=4",
                http = "lua_check_client_abort on;",
                code = CODE:gsub("{{(%w+)}}", says),
            })
            app:run("assert(db:exec('CREATE TABLE t (n INTEGER)'))")
        end)

        teardown(function()
            app:stop()
        end)

        it("get each the rows that are theirs", function()
            app:run([[
                for _, on in ipairs({ db, always }) do
                    local shared = sharing(on, function()
                        for round = 1, 20 do
                            each_its_own(on, round)
                        end
                    end)
                    assert(shared > 700, shared)
                    assert(on:stats().opened <= 4)
                    at_rest(on)
                end
                assert(sharing(never, function()
                    each_its_own(never, 1)
                    each_its_own(never, 2)
                end) == 0)
            ]])
        end)

        it("fail each for themselves", function()
            app:run([[
                for _ = 1, 5 do
                    together(30, function(i)
                        local rows, err, code, server = db:query(failing, i)
                        if i % 3 == 0 then
                            assert(rows == nil and code == "error", err)
                            assert(server == "21000" or server == "1242",
                                server)
                        else
                            assert(rows[1].n == 1)
                        end
                    end)
                end
                together(10, function(i)
                    if i == 5 then
                        local ok, err = pcall(db.query, db, tagged, {}, "x")
                        assert(not ok and err:find("value 1 is a table"), err)
                    else
                        assert(db:row(tagged, i, "x").n == i)
                    end
                end)
                assert(sharing(db, function()
                    together(20, function(i)
                        db:query(failing, i)
                    end)
                end) == 20)
            ]])
        end)

        it("are alone where they take long", function()
            app:run([[
                assert(sharing(db, function()
                    for _ = 1, 3 do
                        together(3, function()
                            assert(tonumber(db:value(slow)) > 1000)
                        end)
                    end
                end) == 0)
            ]])
        end)

        it("are alone in a transaction, and when they write", function()
            app:run([[
                assert(sharing(db, function()
                    db:transaction(function(tx)
                        assert(tx:query("INSERT INTO t VALUES (1)"))
                        assert(tonumber(tx:value(
                            "SELECT count(*) FROM t")) == 1)
                        tx:rollback()
                    end)
                    together(10, function(i)
                        assert(db:query("INSERT INTO t VALUES ($1)", i))
                    end)
                end) == 0)
                assert(tonumber(db:value("SELECT sum(n) FROM t")) == 55)
            ]])
        end)

        it("have all their time over at once", function()
            app:run([[
                local hasty = Db.open(url .. "&share_reads=true",
                    { query_timeout = 300 })
                assert(hasty:query(sleep, 0))
                local shared = sharing(hasty, function()
                    together(3, function()
                        local rows, err, code = hasty:query(sleep, 20)
                        assert(rows == nil and code == "timeout", err)
                    end)
                end)
                assert(shared == 3)
                at_rest(hasty)
                assert(hasty:row(tagged, 7, "x").n == 7)
            ]])
        end)

        local function sleepers(count, seconds)
            local page = app:piece(([[
                assert(always:query(sleep, 0))
                return tostring(sharing(always, function()
                    together(2, function()
                        assert(always:query(sleep, %s))
                    end)
                end) >= 2)
            ]]):format(seconds))
            local clients = {}

            for i = 1, count do
                clients[i] = assert(http.connect(app.nginx.port))
                assert(clients[i]:request("GET", page))
            end
            assert.is_true(process.wait_until(10, function()
                return running() > 0
            end))
            return clients
        end

        it("are not ended by one who leaves", function()
            local clients = sleepers(2, 1)

            clients[1]:close()
            assert.equal("true", assert(clients[2]:response()).body)
            clients[2]:close()
            app:run("at_rest(always)")
        end)

        it("are ended on the server when all have left", function()
            local clients = sleepers(2, 60)

            clients[1]:close()
            clients[2]:close()
            assert.is_true(process.wait_until(10, function()
                return running() == 0
            end))
            app:run("at_rest(always)")
            app:run("assert(always:row(tagged, 8, 'x').n == 8)")
        end)

        it("all fail when their connection dies", function()
            local page = app:piece([[
                local closed = 0
                assert(always:query(sleep, 0))
                together(5, function()
                    local rows, _, code = always:query(sleep, 60)
                    if not rows and code == "closed" then
                        closed = closed + 1
                    end
                end)
                return tostring(closed)
            ]])
            local client = assert(http.connect(app.nginx.port))

            assert(client:request("GET", page))
            assert.is_true(process.wait_until(10, function()
                return running() > 0
            end))
            kill_connections()
            assert.equal("5", assert(client:response()).body)
            client:close()
            app:run("at_rest(always) each_its_own(always, 3)")
        end)

        it("outlive clients that go and connections that die", function()
            local page = app:piece([[
                local n = math.random(1000000)
                local row, err, code = db:row(tagged, n, "x")

                assert(row or code == "closed", err)
                return (not row or row.n == n) and "right" or "crossed"
            ]])
            local url = ("http://127.0.0.1:%d%s"):format(app.nginx.port, page)
            local amid, loads = 0, 0

            -- a fast machine may end a load before its connections are killed
            while amid < 5 and loads < 50 do
                local run = load.start(url, "-c 30", 20000)

                loads = loads + 1

                while run.running() and amid < 10 do
                    kill_connections()
                    amid = amid + (run.running() and 1 or 0)

                    for _ = 1, 20 do
                        local client = assert(http.connect(app.nginx.port))

                        assert(client:request("GET", page))
                        client:close()
                    end
                end

                local result = run.finish()

                assert.equal(run.count, result.complete, result.text)
                assert.equal(0, result.failed, result.text)
                assert.equal(0, result.not_ok, result.text)
            end

            assert.is_true(amid >= 5, "every load ended too early")
            app:run("at_rest(db) assert(sharing(db, function() "
                .. "each_its_own(db, 4) each_its_own(db, 5) end) > 0)")
        end)
    end)
end
