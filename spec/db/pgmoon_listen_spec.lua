-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local http = require("support.http")
local process = require("support.process")

-- What a server sends unasked, where code for pgmoon looks for it.
describe("LISTEN by pgmoon as a module of ours", function()
    local app

    setup(function()
        app = databases.postgres({
            http = databases.COMPAT.http,
            code = databases.COMPAT.code .. [[
                pgmoon = require("pgmoon")

                function listening(channel)
                    local pg = pgmoon.new(options())
                    pg:settimeout(5000)
                    assert(pg:connect())
                    assert(pg:query("LISTEN " .. channel) == true)
                    return pg
                end
            ]],
        })
    end)

    teardown(function()
        app:stop()
    end)

    it("waits for what is sent", function()
        app:run([[
            local pg = listening("jobs")
            local sent = ngx.thread.spawn(function()
                ngx.sleep(0.02)
                return db:query("SELECT pg_notify('jobs', $1), "
                    .. "pg_backend_pid() AS pid", "job 7")
            end)
            local event = assert(pg:wait_for_notification())
            local _, rows = ngx.thread.wait(sent)
            assert(event.operation == "notification")
            assert(event.channel == "jobs" and event.payload == "job 7")
            assert(event.pid == rows[1].pid)
            pg:disconnect()
        ]])
    end)

    it("gives one after the other, those too that came before", function()
        app:run([[
            local pg = listening("news")
            assert(db:exec("NOTIFY news; NOTIFY news, 'two'; "
                .. "NOTIFY news, 'three'"))
            ngx.sleep(0.02)
            for _, want in ipairs({ "", "two", "three" }) do
                local event = assert(pg:wait_for_notification())
                assert(event.payload == want, event.payload)
            end
            pg:disconnect()
        ]])
    end)

    it("gives up in time, without harm to the connection", function()
        app:run([[
            local pg = listening("silence")
            pg:settimeout(30)
            for _ = 1, 2 do
                local event, err = pg:wait_for_notification()
                assert(event == nil and err
                    == "receive_message: failed to get type: timeout", err)
            end
            assert(pg:query("SELECT 7 AS n")[1].n == 7)

            -- one that comes between is there for the next wait
            assert(db:exec("NOTIFY silence, 'over'"))
            ngx.sleep(0.02)
            assert(pg:wait_for_notification().payload == "over")
            pg:disconnect()
        ]])
    end)

    it("brings what came meanwhile with a result", function()
        app:run([[
            local pg = listening("mixed")
            local _, n, events = pg:query("NOTIFY mixed, 'own'; SELECT 1")
            assert(n == 2 and #events == 1 and events[1].payload == "own")
            assert(events[1].operation == "notification")
            assert(type(events[1].pid) == "number")

            assert(db:exec("NOTIFY mixed, 'a'; NOTIFY mixed, 'b'"))
            ngx.sleep(0.02)
            assert(pg:wait_for_notification().payload == "a")
            _, n, events = pg:query("SELECT $1 AS x", 1)
            assert(n == 1 and #events == 1 and events[1].payload == "b")
            assert(select(3, pg:query("SELECT 1")) == nil)

            -- with an error, too
            assert(db:exec("NOTIFY mixed, 'c'"))
            ngx.sleep(0.02)
            local _, err, partial, count, late = pg:query("SELECT nothing")
            assert(_ == nil and err:find("does not exist"), err)
            assert(partial == nil and count == 0)
            assert(late[1].payload == "c")
            pg:disconnect()
        ]])
    end)

    it("tells of a connection that is lost, before and meanwhile", function()
        app:run([[
            local CLOSED = "receive_message: failed to get type: closed"
            local _, err = pgmoon.new(options()):wait_for_notification()
            assert(err == CLOSED, err)

            local function kill()
                return assert(db:query("SELECT pg_terminate_backend(pid) "
                    .. "FROM pg_stat_activity WHERE query = 'LISTEN lost'"))
            end

            local pg = listening("lost")
            ngx.thread.spawn(function()
                ngx.sleep(0.02)
                kill()
            end)
            _, err = pg:wait_for_notification()
            assert(_ == nil and err == CLOSED, err)

            pg = listening("lost")
            kill()
            ngx.sleep(0.02)
            _, err = pg:wait_for_notification()
            assert(_ == nil and err == CLOSED, err)
            _, err = pg:query("SELECT 1")
            assert(_ == nil and err == CLOSED, err)
        ]])
    end)

    it("ends when its client leaves", function()
        local client = assert(http.connect(app.nginx.port))

        local function count()
            return app.postgres:psql("SELECT count(*) FROM pg_stat_activity "
                .. "WHERE query = 'LISTEN left_alone'")
        end

        assert(client:request("GET", app:piece([[
            listening("left_alone"):wait_for_notification()
        ]])))
        assert.is_true(process.wait_until(10, function()
            return count() == "1"
        end))
        client:close()
        assert.is_true(process.wait_until(10, function()
            return count() == "0"
        end))
    end)
end)
