-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")
local peer = require("support.peer")
local ports = require("support.ports")
local shell = require("support.shell")

local SENDING = [[
    local n = 0
    local count, err, code = db:each("SELECT i, repeat('x', 20000), "
        .. "CASE WHEN i > 100 THEN pg_sleep(0.05) END "
        .. "FROM generate_series(1, 100000) i", function(row)
            n = n + 1
            assert(row.i == n)
        end)
    assert(count == nil and n < 100000, n)
    return "nil " .. code
]]

describe("when a process of PostgreSQL is killed", function()
    it("statements end with an error, also those of the others", function()
        local app = databases.postgres({ query = "query_timeout=20000",
            code = amid.AT_REST })
        local answers = amid.statements(app, SENDING, function()
            app.postgres:kill_running("%pg_sleep%")
        end)

        for i = 1, #answers do
            assert.equal("nil closed", answers[i])
        end
        assert.equal("1", app:run([[
            for _ = 1, 500 do
                local value, err, code = db:value("SELECT 1")
                if value then
                    at_rest(db)
                    return value
                end
                assert(code == "closed" or code == "connect_failed", err)
                ngx.sleep(0.02)
            end
            error("the server does not come back")
        ]]))
        app:stop()
    end)
end)

describe("when a process of PostgreSQL stands still", function()
    it("its connection is looked at before it is lent", function()
        local app = databases.postgres({
            query = "limit=1&check_after=1&connect_timeout=500"
        })
        local pid = app:run("return db:value('SELECT pg_backend_pid()')")

        app:run("ngx.sleep(0.01)")
        assert.equal(pid, app:run("return db:value('SELECT "
            .. "pg_backend_pid()')"))

        -- a server that hears nothing, as behind a cut wire
        shell.run("kill -STOP " .. pid)
        local other = app:run("return db:value('SELECT pg_backend_pid()')")

        assert.is_not.equal(pid, other)
        shell.run("kill -CONT " .. pid)
        app:stop()
    end)
end)

describe("what is no good server of PostgreSQL", function()
    local app

    setup(function()
        app = databases.postgres({ code = amid.AT_REST })
    end)

    teardown(function()
        app:stop()
    end)

    -- The code that a statement ends with, in a pool that is whole afterwards.
    local function code_of(host, port)
        return app:run(([[
            local bad = Db.open("postgres://ann:x@%s:%d/blog",
                { limit = 2, connect_timeout = 400, query_timeout = 400,
                    sslmode = "disable" })
            local rows, err, code = bad:query("SELECT 1")
            assert(rows == nil and err ~= "", err)
            at_rest(bad)
            return code
        ]]):format(host, port))
    end

    local function serves(fn)
        return code_of("127.0.0.1", peer.start(fn).port)
    end

    -- Takes the client's first message, and lets it in.
    local function greeting(conn)
        conn:receive(conn:receive(4):byte(4) - 4)
        conn:send("R\0\0\0\8\0\0\0\0Z\0\0\0\5I")
    end

    it("may refuse, reset, or say nothing", function()
        assert.equal("connect_failed", code_of("127.0.0.1", ports.free()))
        assert.equal("connect_failed", serves(peer.reset))
        assert.equal("timeout", serves(peer.wait_for_end))
    end)

    it("may have a name that nobody knows", function()
        assert.equal("connect_failed", code_of("no-such-host.invalid", 5432))
    end)

    it("may speak another protocol", function()
        for _, words in ipairs({ "HTTP/1.1 400 Bad Request\r\n\r\n", "\0",
            "R\255\255\255\255", "E\0\0\0\4", ("x"):rep(70000) }) do
            local code = serves(function(conn)
                conn:receive(8)
                conn:send(words)
                conn:close()
            end)

            assert.equal("connect_failed", code)
        end
    end)

    it("may break off, or fall silent, when it is asked", function()
        assert.equal("closed", serves(function(conn)
            greeting(conn)
            conn:receive(20)
            peer.reset(conn)
        end))
        assert.equal("timeout", serves(function(conn)
            greeting(conn)
            peer.wait_for_end(conn)
        end))
    end)

    it("may break off, or fall silent, amid a result", function()
        -- a row's description, a row, and half of the next one
        local RESULT = "T\0\0\0\26\0\1n\0\0\0\0\0\0\0\0\0\0\25\255\255"
            .. "\255\255\255\255\0\0D\0\0\0\11\0\1\0\0\0\0011D\0\0"

        assert.equal("closed", serves(function(conn)
            greeting(conn)
            conn:receive(20)
            conn:send(RESULT)
            conn:close()
        end))
        assert.equal("timeout", serves(function(conn)
            greeting(conn)
            conn:receive(20)
            conn:send(RESULT)
            peer.wait_for_end(conn)
        end))
    end)

    it("may send what makes no sense", function()
        for _, words in ipairs({ "D\0\0\0\11\0\1\0\0\0\0011",
            "T\0\0\0\6\255\255", "?\0\0\0\4", "T\255\255\255\255",
            "D\0\0\0\2", ("\255"):rep(5000) }) do
            local code = serves(function(conn)
                greeting(conn)
                conn:receive(20)
                conn:send(words)
                conn:close()
            end)

            assert.is_true(code == "closed" or code == "error", code)
        end
    end)
end)
