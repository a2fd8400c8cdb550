-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")
local http = require("support.http")
local process = require("support.process")

-- What is on its way together must not wait for each other, nor be crossed.
describe("a batch for MySQL", function()
    local app

    local function running()
        return tonumber(app.mariadb:mysql([[
            SELECT count(*) FROM information_schema.processlist
            WHERE info LIKE '%sleep(%' AND user = 'pandan']]))
    end

    local function expect_running(test)
        assert.is_true(process.wait_until(10, function()
            return test(running())
        end))
    end

    setup(function()
        app = databases.mysql({
            query = "limit=1&statements=3",
            http = "lua_check_client_abort on;",
            code = amid.AT_REST,
        })
        app:run([[
            assert(db:exec("CREATE TABLE t (id INTEGER PRIMARY KEY, "
                .. "name LONGTEXT)"))
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    it("may be greater than all buffers, both ways", function()
        app:run([[
            local sizes = { 10, 100, 20000, 0, 300000, 3000 }
            local list = {}
            for i = 1, 600 do
                local text = tostring(i):rep(sizes[i % #sizes + 1])
                list[i] = i % 4 == 0
                    and { "SELECT $1 AS i, repeat('y', 40000) AS text", i }
                    or { "SELECT $1 AS i, $2 AS text", i, text }
            end
            local results, errors = db:batch(list)
            assert(errors == nil and #results == 600)
            for i = 1, 600 do
                local row = results[i][1]
                assert(row.i == i and row.text == (list[i][3]
                    or ("y"):rep(40000)), i)
            end
        ]])
    end)

    it("may have more statements than are kept prepared", function()
        app:run([[
            for round = 1, 3 do
                local list = {}
                for i = 1, 100 do
                    list[i] = { "SELECT $1 + " .. i % 7 .. " AS n", i }
                end
                local results, errors = db:batch(list)
                assert(errors == nil)
                for i = 1, 100 do
                    assert(results[i][1].n == i + i % 7)
                end
            end
            assert(db:stats().opened == 1)
        ]])
        assert.is_true(tonumber(app.mariadb:mysql(
            "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'"):match("%d+"))
            <= 100)
    end)

    it("goes on behind those that fail", function()
        app:run([[
            local results, errors = db:batch({
                { "INSERT INTO t VALUES (1, 'a')" },
                { "SELECT x FROM nowhere" },
                { "INSERT INTO t VALUES (1, 'b')" },
                { "SELECT name FROM t WHERE id = $1", 1 },
                { "SELECT (SELECT 1 UNION SELECT 2) AS n" },
                { "INSERT INTO t VALUES ($1, $2)", 2, 0 / 0 },
                { "SELECT ? AS n" },
                { "SELECT name FROM t WHERE id = $1", 2 },
            })
            assert(results[1].affected == 1 and results[4][1].name == "a")
            assert(#results[8] == 0)
            assert(errors[2].code == "undefined_table")
            assert(errors[3].code == "unique_violation")
            assert(errors[5].server_code == "1242", errors[5].server_code)
            assert(errors[6].message:find("no finite number"))
            assert(errors[7].message:find("not a question mark"))
            assert(db:value("SELECT 1") == 1)
            assert(db:stats().opened == 1)
        ]])
    end)

    it("runs nothing behind the end of its transaction", function()
        app:run([[
            assert(db:query("DELETE FROM t"))
            local ok, err, code = db:transaction(function(tx)
                local results, errors = tx:batch({
                    { "INSERT INTO t VALUES (10, 'in')" },
                    { "CREATE TABLE u (n INTEGER)" },
                    { "INSERT INTO t VALUES (11, 'behind')" },
                    { "INSERT INTO t VALUES (12, 'behind')" },
                })
                assert(results[1].affected == 1 and results[2])
                assert(errors[3].code == "closed")
                assert(errors[4].code == "closed")
            end)
            assert(db:value("SELECT count(*) FROM t WHERE id > 10") == 0)
        ]])
    end)

    it("may call procedures, each with several results", function()
        app:run([[
            assert(db:exec("CREATE PROCEDURE two(IN n INTEGER) BEGIN "
                .. "SELECT n AS n; SELECT n + 1 AS n; END"))
            local results, errors = db:batch({
                { "CALL two($1)", 1 }, { "SELECT 5 AS n" }, { "CALL two(7)" },
            })
            assert(errors == nil and results[2][1].n == 5)
            assert(results[1].results[2][1].n == 2)
            assert(results[3].results[2][1].n == 8)
        ]])
    end)

    it("has warnings, where they are read", function()
        app:run([[
            local results = assert(Db.open(url, { warnings = true }):batch({
                { "SELECT cast('12x' AS INTEGER) AS n" }, { "SELECT 1" },
                { "SELECT cast('13x' AS INTEGER) AS n" },
            }))
            assert(results[1].warnings[1].Message:find("12x"))
            assert(results[2].warnings == nil)
            assert(results[3].warnings[1].Message:find("13x"))
        ]])
    end)

    local SLEEPING = [[
        local list = {}
        for i = 1, 20 do list[i] = { "SELECT sleep(1 + $1)", i } end
        local results, err, code = db:batch(list)
        return tostring(results) .. " " .. tostring(code)
    ]]

    it("is ended on the server when its client leaves", function()
        local client = assert(http.connect(app.nginx.port))

        assert(client:request("GET", app:piece(SLEEPING)))
        expect_running(function(n) return n == 1 end)
        client:close()
        app:run("at_rest() assert(db:value('SELECT 1') == 1)")
        expect_running(function(n) return n == 0 end)
    end)

    it("fails as a whole when its connection does", function()
        local client = assert(http.connect(app.nginx.port))

        assert(client:request("GET", app:piece(SLEEPING)))
        expect_running(function(n) return n == 1 end)
        app.mariadb:kill()
        assert.equal("nil closed", assert(client:response()).body)
        client:close()
        app.mariadb:restart()
        app:run("at_rest() assert(db:value('SELECT 1') == 1)")
    end)
end)
