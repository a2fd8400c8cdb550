-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

for name, start in databases.each() do
    describe("a failed statement of " .. name, function()
        local app

        setup(function()
            app = start({ code = [[
                function code_of(sql, ...)
                    local rows, err, code, server = db:query(sql, ...)
                    assert(rows == nil and type(err) == "string" and server,
                        "it did not fail: " .. sql)
                    return code
                end
            ]] })
            app:run([[
                assert(db:exec("CREATE TABLE parents (id INTEGER PRIMARY KEY);"
                    .. "CREATE TABLE t (u INTEGER UNIQUE, n TEXT NOT NULL "
                    .. "DEFAULT '', c INTEGER CHECK (c > 0), "
                    .. "p INTEGER REFERENCES parents (id))"))
                assert(db:query("INSERT INTO t (u) VALUES (1)"))
            ]])
        end)

        teardown(function()
            app:stop()
        end)

        it("has a code that is the same everywhere", function()
            app:run([[
                local expected = {
                    ["INSERT INTO t (u) VALUES (1)"] = "unique_violation",
                    ["INSERT INTO t (n) VALUES (NULL)"] = "not_null_violation",
                    ["INSERT INTO t (c) VALUES (0)"] = "check_violation",
                    ["INSERT INTO t (p) VALUES (9)"] = "foreign_key_violation",
                    ["SELEC 1"] = "syntax_error",
                    ["SELECT 1 FROM nowhere"] = "undefined_table",
                    ["SELECT missing FROM t"] = "undefined_column",
                }
                for sql, code in pairs(expected) do
                    assert(code_of(sql) == code, sql .. ": " .. code_of(sql))
                end
            ]])
        end)

        it("is one statement, not two", function()
            app:run([[
                assert(code_of ~= nil)
                local rows, _, code = db:query("SELECT 1; SELECT 2")
                assert(rows == nil and code == "syntax_error", code)
            ]])
        end)

        it("raises on the caller's line for the caller's mistakes", function()
            app:run([[
                local cases = {
                    { "the statement has 1 placeholders, but 0 values",
                        "SELECT $1" },
                    { "the statement has 0 placeholders, but 1 values",
                        "SELECT '$1'", 1 },
                    { "the statement has 2 placeholders, but 3 values",
                        "SELECT $1, $2", 1, nil, nil },
                    { "value 1 is a table", "SELECT $1", {} },
                    { "value 2 is a thread", "SELECT $1, $2", 1,
                        coroutine.create(print) },
                    { "sql must be a string", 5 },
                    { "sql contains a zero byte", "SELECT \0" },
                }
                for _, case in ipairs(cases) do
                    for _, method in ipairs({ "query", "row", "value", "each" })
                    do
                        local ok, err = pcall(function()
                            return (db[method](db, unpack(case, 2,
                                table.maxn(case) + (case[2] == "SELECT $1, $2"
                                    and case[3] == 1 and not case[4]
                                    and 2 or 0))))
                        end)
                        assert(not ok and err:find(case[1], 1, true)
                            and err:find("piece%d+.lua:%d+: "), err)
                    end
                end
            ]])
        end)

        it("leaves the connection as good as before", function()
            app:run([[
                for _ = 1, 20 do
                    assert(db:query("SELEC 1") == nil)
                    assert(db:value("SELECT 1") == 1)
                end
                local stats = db:stats()
                assert(stats.lent == 0 and stats.opened < 4)
            ]])
        end)

        it("tells who listens", function()
            app:run([[
                local heard = {}
                local function listen(sql, n, ms, rows, err, code)
                    heard[#heard + 1] = { sql, n, ms, rows, err, code }
                end
                Db.on_query(listen)
                Db.on_query(listen)
                db:query("SELECT $1, $2", "a", nil)
                db:query("SELEC 1")
                assert(#heard == 2)
                assert(heard[1][1] == "SELECT $1, $2" and heard[1][2] == 2)
                assert(heard[1][3] >= 0 and #heard[1][4] == 1)
                assert(heard[2][4] == nil and heard[2][6] == "syntax_error")
                require("pandan.db.hook").listeners = nil
            ]])
        end)
    end)
end
