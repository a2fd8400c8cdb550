-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")
local fake_mysql = require("support.fake_mysql")
local peer = require("support.peer")
local ports = require("support.ports")

describe("when MariaDB is killed", function()
    local app

    setup(function()
        app = databases.mysql({ query = "query_timeout=10000",
            code = amid.AT_REST })
    end)

    teardown(function()
        app:stop()
    end)

    local function dies(code)
        local answers = amid.statements(app, code, function()
            app.mariadb:kill()
        end)

        for i = 1, #answers do
            assert.equal("nil closed", answers[i])
        end
        assert.equal("connect_failed", app:run([[
            at_rest(db)
            local rows, err, code = db:query("SELECT 1")
            assert(rows == nil)
            return code
        ]]))
        app.mariadb:restart()
        assert.equal("1", app:run([[
            local value = db:value("SELECT 1")
            at_rest(db)
            return value
        ]]))
    end

    it("statements that run end with an error, and later ones reconnect",
        function()
            dies([[
                local rows, err, code = db:query("SELECT sleep(30)")
                return tostring(rows) .. " " .. code
            ]])
        end)

    it("so do those whose rows are coming", function()
        dies([[
            local rows, err, code = db:query("SELECT seq, "
                .. "repeat('x', 20000), sleep(0.01) FROM seq_1_to_100000")
            return tostring(rows) .. " " .. code
        ]])
    end)

    it("connections at rest are given up, not lent", function()
        app:run("assert(db:value('SELECT 1') == 1)")
        app.mariadb:restart()
        assert.equal("1", app:run("return db:value('SELECT 1')"))
    end)

    it("a transaction fails, and is not gone on with elsewhere", function()
        app:run("assert(db:exec('CREATE TABLE t (n INTEGER)'))")
        assert.equal("closed", app:run([[
            local other = Db.open(url, { limit = 1 })
            local ok, err, code = db:transaction(function(tx)
                local id = tx:value("SELECT connection_id()")
                assert(tx:query("INSERT INTO t VALUES (1)"))
                assert(other:exec("KILL " .. id))
                for _ = 1, 500 do
                    if other:value("SELECT count(*) FROM "
                        .. "information_schema.processlist WHERE id = $1",
                        id) == 0 then break end
                    ngx.sleep(0.01)
                end
                local rows, _, code = tx:query("INSERT INTO t VALUES (2)")
                assert(rows == nil and code == "closed", code)
                return tx:query("INSERT INTO t VALUES (3)")
            end)
            assert(ok == nil and err)
            assert(db:value("SELECT count(*) FROM t") == 0)
            at_rest(db)
            return code
        ]]))
    end)
end)

describe("when MariaDB stands still", function()
    it("statements end in time, and it is asked again later", function()
        local app = databases.mysql({ code = amid.AT_REST,
            query = "query_timeout=500&connect_timeout=300&check_after=1" })

        app:run("assert(db:value('SELECT 1') == 1)")
        local answers = amid.statements(app, [[
            local rows, err, code = db:query("SELECT sleep(30)")
            return tostring(rows) .. " " .. code
        ]], function() app.mariadb:pause() end)

        for i = 1, #answers do
            assert.equal("nil timeout", answers[i])
        end
        assert.equal("timeout", app:run([[
            local rows, err, code = db:query("SELECT 1")
            return code
        ]]))
        app.mariadb:continue()
        assert.equal("1", app:run([[
            at_rest(db)
            return db:value("SELECT 1")
        ]]))
        app:stop()
    end)
end)

describe("what is no good server of MySQL", function()
    local app

    setup(function()
        app = databases.mysql({ code = amid.AT_REST })
    end)

    teardown(function()
        app:stop()
    end)

    -- What a statement answers whose result goes so; nothing is left behind.
    local function result(answer, options)
        local server = fake_mysql.start({}, answer)

        return app:run(([[
            local bad = Db.open("mysql://ann:x@127.0.0.1:%d/blog",
                { limit = 2, query_timeout = 400,
                    ansi_quotes = false, %s })
            local rows, err, code = bad:exec("SELECT s")
            at_rest(bad)
            return rows and rows[1].s .. #rows or code
        ]]):format(server.port, options or ""))
    end

    it("may be one that works, to begin with", function()
        assert.equal("one2", result(function(session)
            session:columns("s")
            session:row("one")
            session:row("two")
            session:eof()
        end))
    end)

    it("may break off amid the rows", function()
        assert.equal("closed", result(function(session)
            session:columns("s")
            session:row("one")
            return false
        end))
        assert.equal("closed", result(function(session)
            session:columns("s")
            session:row("one")
            peer.reset(session.conn)
            return false
        end))
    end)

    it("may break off amid a row", function()
        assert.equal("closed", result(function(session)
            session:columns("s")
            session.conn:send("\255\0\0\5\250half of it")
            return false
        end))
    end)

    it("may fall silent amid the rows", function()
        assert.equal("timeout", result(function(session)
            session:columns("s")
            session:row("one")
            peer.wait_for_end(session.conn)
        end))
    end)

    it("may fail amid the rows", function()
        assert.equal("error", result(function(session)
            session:columns("s")
            session:row("one")
            session:fail(1028, "HY000", "Sort aborted")
        end))
    end)

    it("may send what makes no sense", function()
        for _, packet in ipairs({ "", "\251", "\254", "\252\1", "\255",
            ("\253\255\255\255"), ("x"):rep(70000) }) do
            local code = result(function(session)
                session:send(packet)
                return false
            end)

            assert.is_true(code == "closed" or code == "timeout"
                or code == "error", code)
        end
    end)

    it("may send rows that make no sense", function()
        for _, row in ipairs({ "\200short", "\253\255\255\255x",
            "\254\255\255\255\255\255\255\255\255x", "\252" }) do
            local code = result(function(session)
                session:columns("s")
                session:send(row)
                session:eof()
                return false
            end)

            assert.is_true(code == "closed" or code == "timeout"
                or code == "error", code)
        end
    end)

    it("may be none at all", function()
        assert.equal("connect_failed", app:run(([[
            local none = Db.open("mysql://ann:x@127.0.0.1:%d/blog")
            local rows, err, code = none:query("SELECT 1")
            assert(rows == nil)
            at_rest(none)
            return code
        ]]):format(ports.free())))
    end)
end)
