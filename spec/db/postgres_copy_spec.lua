-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local http = require("support.http")
local process = require("support.process")

describe("COPY of PostgreSQL", function()
    local app

    setup(function()
        app = databases.postgres({
            query = "limit=2", http = "lua_check_client_abort on;",
            code = [[
                function at_rest()
                    for _ = 1, 1000 do
                        if db:stats().lent == 0 then return end
                        ngx.sleep(0.01)
                    end
                    error("a connection is still lent")
                end

                function fails(text, fn, ...)
                    local ok, err = pcall(fn, ...)
                    assert(not ok and err:find(text, 1, true), err)
                end

                function count()
                    return db:value("SELECT count(*) FROM parts")
                end
            ]],
        })
        app:run("assert(db:exec('CREATE TABLE parts (id INTEGER PRIMARY KEY, "
            .. "name TEXT)'))")
    end)

    before_each(function()
        app:run("assert(db:exec('TRUNCATE parts'))")
    end)

    teardown(function()
        app:stop()
    end)

    it("takes a text, a list, or what a function gives", function()
        app:run([[
            local COPY = "COPY parts FROM STDIN (FORMAT csv)"
            assert(db:copy_from(COPY, '1,"a ""b"""\n2,\n') == 2)
            assert(db:copy_from(COPY, { "3,c\n4", ",d\n" }) == 2)
            local i = 4
            assert(db:copy_from(COPY, function()
                i = i + 1
                if i % 1000 == 0 then ngx.sleep(0) end
                return i <= 20000 and i .. "," .. ("x"):rep(200) .. "\n"
                    or nil
            end) == 19996)
            assert(db:value("SELECT name FROM parts WHERE id = 1")
                == 'a "b"')
            assert(db:value("SELECT name FROM parts WHERE id = 2")
                == ngx.null)
            assert(count() == 20000)
            assert(db:copy_from(COPY, {}) == 0)
        ]])
    end)

    it("gives a text, or pieces of it", function()
        app:run([[
            assert(db:exec("INSERT INTO parts SELECT i, repeat('x', 100) "
                .. "FROM generate_series(1, 30000) i"))
            assert(db:copy_to("COPY (SELECT * FROM parts WHERE id < 3 "
                .. "ORDER BY id) TO STDOUT (FORMAT csv)")
                == ("1,%s\n2,%s\n"):format(("x"):rep(100), ("x"):rep(100)))
            assert(db:copy_to("COPY (SELECT 1 WHERE false) TO STDOUT") == "")

            local size, pieces, largest = 0, 0, 0
            local total = assert(db:copy_to("COPY parts TO STDOUT",
                function(text)
                    size, pieces = size + #text, pieces + 1
                    largest = math.max(largest, #text)
                    ngx.sleep(0)
                end))
            assert(total == size and size > 3000000, size)
            assert(pieces > 10 and largest < 1000000, largest)
        ]])
    end)

    it("is left early", function()
        app:run([[
            local GREAT = "COPY (SELECT generate_series(1, 100000000)) "
                .. "TO STDOUT"
            assert(db:copy_to(GREAT, function() return false end) > 0)
            at_rest()
            fails("enough", db.copy_to, db, GREAT, function()
                error("enough")
            end)
            at_rest()

            local n, err = db:copy_from("COPY parts FROM STDIN",
                coroutine.wrap(function()
                    coroutine.yield("1\tone\n")
                    coroutine.yield(nil, "no more of them")
                end))
            assert(n == nil and err == "no more of them", err)
            fails("cannot go on", db.copy_from, db, "COPY parts FROM STDIN",
                function() error("cannot go on") end)
            at_rest()
            assert(count() == 0)
            assert(db:stats().opened <= 3, db:stats().opened)
        ]])
    end)

    it("belongs to the transaction that it is in", function()
        app:run([[
            assert(db:transaction(function(tx)
                assert(tx:copy_from("COPY parts FROM STDIN",
                    "1\tone\n2\ttwo\n") == 2)
                assert(tx:copy_to("COPY parts TO STDOUT")
                    == "1\tone\n2\ttwo\n")
                assert(tx:copy_to("COPY parts TO STDOUT", function()
                    return false
                end))
                assert(tx:value("SELECT count(*) FROM parts") == 2)
                tx:rollback()
            end) == nil or true)
            assert(count() == 0)
        ]])
    end)

    it("tells what is wrong", function()
        app:run([[
            local n, err, code, server = db:copy_from(
                "COPY parts FROM STDIN", "1\tone\n1\ttwo\n")
            assert(n == nil and code == "unique_violation", err)
            assert(server == "23505")
            n, err, code = db:copy_from("COPY parts FROM STDIN",
                "what\tis\tthis\n")
            assert(n == nil and code and err:find("extra data"), err)
            n, err, code = db:copy_to("COPY nowhere TO STDOUT")
            assert(n == nil and code == "undefined_table", err)
            n, err, code = db:query("COPY parts TO STDOUT")
            assert(n == nil and err:find("COPY"), err)
            n, err = db:exec("COPY parts FROM STDIN")
            assert(n == nil and err:find("COPY"), err)
            fails("copy_to() takes COPY", db.copy_to, db, "SELECT 1")
            fails("copy_from() takes COPY", db.copy_from, db, "SELECT 1",
                "1")
            fails("copy_to() takes COPY", db.copy_to, db,
                "COPY parts FROM STDIN")
            fails("takes a string, a table or a function", db.copy_from,
                db, "COPY parts FROM STDIN", 5)
            at_rest()
            assert(count() == 0)
        ]])
    end)

    it("ends on the server when the client leaves", function()
        local client = assert(http.connect(app.nginx.port))

        assert(client:request("GET", app:piece([[
            db:copy_from("COPY parts FROM STDIN", function()
                ngx.sleep(60)
            end)
        ]])))

        local function copying()
            return app.postgres:psql("SELECT count(*) FROM pg_stat_activity "
                .. "WHERE state = 'active' AND query LIKE 'COPY parts%'")
        end

        assert.is_true(process.wait_until(10, function()
            return copying() == "1"
        end))
        client:close()
        assert.is_true(process.wait_until(10, function()
            return copying() == "0"
        end))
        app:run("at_rest() assert(count() == 0)")
    end)
end)
