-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

describe("a statement of MySQL with several results", function()
    local app

    setup(function()
        app = databases.mysql({ query = "limit=1" })
        app:run([[
            assert(db:exec("CREATE TABLE t (id INTEGER PRIMARY KEY "
                .. "AUTO_INCREMENT, name VARCHAR(20))"))
            assert(db:exec("CREATE PROCEDURE two(IN n INTEGER) BEGIN "
                .. "SELECT n AS first; SELECT n + 1 AS second, 'x' AS b; END"))
            assert(db:exec("CREATE PROCEDURE add_one(IN what VARCHAR(20)) "
                .. "INSERT INTO t (name) VALUES (what)"))
            assert(db:exec("CREATE PROCEDURE both_ways(IN n INTEGER, "
                .. "OUT twice INTEGER, INOUT name VARCHAR(20)) BEGIN "
                .. "SELECT n AS n; SET twice = 2 * n; "
                .. "SET name = concat(name, '!'); END"))
            assert(db:exec("CREATE PROCEDURE failing() BEGIN SELECT 1 AS one; "
                .. "SELECT nothing FROM nowhere; END"))
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    it("gives the first of a procedure, and leads to all of them", function()
        app:run([[
            local rows = assert(db:query("CALL two($1)", 7))
            assert(rows[1].first == 7 and #rows == 1)
            assert(#rows.results == 2 and rows.results[1] == rows)
            local second = rows.results[2]
            assert(second[1].second == 8 and second[1].b == "x")
            assert(second.columns[1] == "second")
            assert(rows.out == nil)
            assert(db:value("SELECT 1") == 1)
        ]])
    end)

    it("is only what was done where a procedure selects nothing", function()
        app:run([[
            local rows = assert(db:query("CALL add_one($1)", "a"))
            assert(#rows == 0 and rows.results == nil)
            assert(rows.affected == 1, rows.affected)
            assert(db:value("SELECT count(*) FROM t") == 1)
        ]])
    end)

    it("tells the parameters that a procedure sets", function()
        app:run([[
            local rows = assert(db:query("CALL both_ways($1, $2, $3)", 21, nil,
                "Ada"))
            assert(rows[1].n == 21 and rows.results == nil)
            assert(rows.out.twice == 42 and rows.out.name == "Ada!")
        ]])
    end)

    it("fails as a whole, and the connection goes on", function()
        app:run([[
            local before = db:stats().opened
            local rows, err, code = db:query("CALL failing()")
            assert(rows == nil and code == "undefined_table", code)
            rows, err, code = db:exec("SELECT 1; SELECT x FROM nowhere; "
                .. "SELECT 2")
            assert(rows == nil and code == "undefined_table", code)
            assert(db:value("SELECT 3") == 3)
            assert(db:stats().opened == before)
        ]])
    end)

    it("gives the first of a procedure, too, row by row", function()
        app:run([[
            assert(db:exec("CREATE PROCEDURE many() BEGIN "
                .. "SELECT seq FROM seq_1_to_30000; "
                .. "SELECT 'no' AS seq; END"))
            local n = 0
            for row in db:each("CALL many()") do
                n = n + 1
                assert(row.seq == n)
            end
            assert(n == 30000)
            assert(db:value("SELECT 1") == 1)
            assert(db:stats().opened == 1)
        ]])
    end)

    it("gives the last of a script, and leads to those with rows", function()
        app:run([[
            local rows = assert(db:exec("SELECT 1 AS a; "
                .. "INSERT INTO t (name) VALUES ('b'), ('c'); "
                .. "SELECT 2 AS b; UPDATE t SET name = 'z'"))
            assert(#rows == 0 and rows.affected == 3, rows.affected)
            assert(#rows.results == 3)
            assert(rows.results[1][1].a == 1 and rows.results[2][1].b == 2)
        ]])
    end)

    it("knows by itself what a transaction has become", function()
        app:run([[
            assert(db:exec("CREATE PROCEDURE ends() BEGIN SELECT 1 AS one; "
                .. "COMMIT; END"))
            local ok, err, code = db:transaction(function(tx)
                assert(tx:query("CALL two(1)"))
                assert(tx:query("SELECT * FROM t"))
                assert(tx:query("CALL ends()"))
                return tx:query("SELECT 1")
            end)
            assert(ok == nil and code == "closed", code)
        ]])
    end)
end)
