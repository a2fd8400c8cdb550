-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

describe("warnings of MySQL", function()
    local app

    setup(function()
        app = databases.mysql({ code = [[
            SQL = "SELECT cast('12x' AS INTEGER) AS n"
            reading = Db.open(url, { warnings = true })
        ]] })
    end)

    teardown(function()
        app:stop()
    end)

    it("are counted", function()
        app:run([[
            assert(db:query(SQL).warning_count == 1)
            assert(db:exec(SQL).warning_count == 1)
            assert(db:query("SELECT 1").warning_count == nil)
            assert(db:query(SQL).warnings == nil)
        ]])
    end)

    it("are read when that is asked for", function()
        app:run([[
            for _, run in ipairs({ reading.query, reading.exec }) do
                local rows = assert(run(reading, SQL))
                assert(rows[1].n == 12 and rows.results == nil)
                assert(#rows.warnings == 1)
                local warning = rows.warnings[1]
                assert(warning.Level == "Warning" and warning.Code == 1292)
                assert(warning.Message:find("12x", 1, true))
                assert(run(reading, "SELECT 1").warnings == nil)
            end
        ]])
    end)

    it("may be of what changes data", function()
        app:run([[
            assert(db:exec("SET GLOBAL sql_mode = ''"))
            local lax = Db.open(url, { warnings = true, limit = 3 })
            assert(lax:exec("CREATE TABLE t (c CHAR(2))"))
            local rows = assert(lax:query("INSERT INTO t VALUES ($1)", "abc"))
            assert(rows.affected == 1, tostring(rows.affected))
            assert(rows.warning_count == 1, tostring(rows.warning_count))
            assert(rows.warnings[1].Code == 1265)
        ]])
    end)
end)
