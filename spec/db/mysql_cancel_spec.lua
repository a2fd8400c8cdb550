-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")
local http = require("support.http")
local process = require("support.process")

-- What a connection does is seen by the server's own list.
describe("what runs on MariaDB for nobody", function()
    local app

    local function running()
        return tonumber(app.mariadb:mysql([[
            SELECT count(*) FROM information_schema.processlist
            WHERE command <> 'Sleep' AND user = 'pandan'
                AND info LIKE '%sleep(%']]))
    end

    local function expect_running(n)
        local seen

        assert.is_true(process.wait_until(10, function()
            seen = running()
            return seen == n
        end), ("%d statements run, not %d"):format(seen or -1, n))
    end

    setup(function()
        app = databases.mysql({
            query = "limit=4&query_timeout=400",
            http = "lua_check_client_abort on;",
            code = amid.AT_REST .. [[
                slow = Db.open(url, { query_timeout = 60000 })
            ]],
        })
        app:run("assert(db:exec('CREATE TABLE t (n INTEGER PRIMARY KEY)'))")
    end)

    teardown(function()
        app:stop()
    end)

    it("ends when its time is over, and the connection lives on", function()
        local id = app:run("return db:value('SELECT connection_id()')")

        app:run([[
            local rows, err, code = db:query("SELECT sleep(61)")
            assert(rows == nil and code == "timeout", code)
        ]])
        expect_running(0)
        assert.equal(id, app:run(
            "at_rest() return db:value('SELECT connection_id()')"))
    end)

    it("ends when its client leaves", function()
        local client = assert(http.connect(app.nginx.port))

        assert(client:request("GET", app:piece([[
            return slow:value("SELECT sleep(62)")
        ]])))
        expect_running(1)
        client:close()
        expect_running(0)
        app:run("at_rest(slow)")
    end)

    it("ends when its thread is killed, with its transaction", function()
        app:run([[
            local thread = ngx.thread.spawn(slow.transaction, slow,
                function(tx)
                    assert(tx:query("INSERT INTO t VALUES (1)"))
                    return tx:query("SELECT sleep(63)")
                end)
            for _ = 1, 500 do
                if db:value("SELECT count(*) FROM "
                    .. "information_schema.processlist WHERE info = "
                    .. "'SELECT sleep(63)'") == 1 then break end
                ngx.sleep(0.01)
            end
            ngx.thread.kill(thread)
        ]])
        expect_running(0)
        app:run("at_rest(slow)")
        assert.equal("0", app:run("return db:value('SELECT count(*) FROM t')"))
    end)

    it("is left to end by itself when it does soon", function()
        local id = app:run([[
            return slow:value("SELECT connection_id()")]])

        app:run([[
            local thread = ngx.thread.spawn(slow.query, slow,
                "INSERT INTO t SELECT 7 + sleep(0.1)")
            ngx.sleep(0.03)
            ngx.thread.kill(thread)
            at_rest(slow)
        ]])
        assert.equal("1", app:run(
            "return db:value('SELECT count(*) FROM t WHERE n = 7')"))
        assert.equal(id, app:run(
            "return slow:value('SELECT connection_id()')"))
    end)

    it("hits no other statement, however often", function()
        app:run([[
            local one = Db.open(url, { limit = 1, query_timeout = 3 })
            for i = 1, 60 do
                one:query("SELECT sleep(0.002)")
                local value, err = db:value("SELECT " .. i)
                assert(value == i, err)
            end
            local same = Db.open(url, { limit = 1, query_timeout = 40 })
            for i = 1, 15 do
                same:query("SELECT sleep(0.04)")
                local value, err, code = same:value("SELECT " .. i)
                assert(value == i or code == "timeout", err)
            end
        ]])
        expect_running(0)
    end)
end)
