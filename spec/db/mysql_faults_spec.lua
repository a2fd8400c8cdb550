-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")
local fake_mysql = require("support.fake_mysql")
local peer = require("support.peer")
local ports = require("support.ports")

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
