-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

-- Results of many rows are made in another way than those of a few: both must
-- say the same.
local CODE = [=[
    -- each row of the statement, asked for by itself
    function compare(rows, sql)
        local first = tonumber(rows[1].n)

        for i = 1, #rows, 7 do
            local row = assert(db:row(sql .. " AND n = $1", first + i - 1))
            for _, name in ipairs(rows.columns) do
                assert(rows[i][name] == row[name]
                    and tostring(rows[i][name]) == tostring(row[name]),
                    ("%s of row %d: %s, not %s"):format(name, i,
                        tostring(rows[i][name]), tostring(row[name])))
            end
        end
    end

    function fill(count, value)
        assert(db:query("DELETE FROM t"))
        db:transaction(function(tx)
            for i = 1, count do
                assert(tx:query("INSERT INTO t VALUES ($1, $2, $3, $4, $5)", i,
                    value(i)))
            end
        end)
    end

    ALL = "SELECT * FROM t WHERE n > 0"
]=]

for name, start in databases.each() do
    describe("many rows of " .. name, function()
        local app

        setup(function()
            app = start({ code = CODE })
            app:run([[
                assert(db:exec("CREATE TABLE t (n INTEGER, big BIGINT, "
                    .. "f DOUBLE PRECISION, s TEXT, b BOOLEAN)"))
            ]])
        end)

        teardown(function()
            app:stop()
        end)

        it("are as a few, if they are alike", function()
            app:run([[
                fill(1000, function(i)
                    return i * 1000, i / 8, ("x"):rep(i % 300), i % 2 == 0
                end)
                for _ = 1, 20 do
                    local sql = "SELECT n, big, f, s FROM t WHERE n > 0"
                    local rows = assert(db:query(sql .. " ORDER BY n"))
                    assert(#rows == 1000 and rows.columns[4] == "s")
                    assert(rows[1000].n == 1000 and rows[8].f == 1)
                    compare(rows, sql)
                end
            ]])
        end)

        it("are as a few, if some have nothing, or great numbers", function()
            app:run([[
                fill(700, function(i)
                    local null = i % 90 == 89 and ngx.null
                    return null or (i % 50 == 49 and 9007199254740993LL + i
                        or -i), null or i, null or "s" .. i, i % 3 == 0
                end)
                for _ = 1, 10 do
                    compare(assert(db:query(ALL .. " ORDER BY n")), ALL)
                end
            ]])
        end)

        it("are as a few, whatever their numbers", function()
            app:run([[
                local odd = { -0.0, 0.1, -1.5, 3, 1e300, -5e-324,
                    123456789012345, -123456789012345, 1234567890123456,
                    -9007199254740992 }
                fill(600, function(i)
                    local f = odd[i % #odd + 1]
                    return f % 1 == 0 and math.abs(f) < 1e17 and f or 0, f,
                        tostring(f), true
                end)
                for _ = 1, 5 do
                    local rows = assert(db:query(ALL .. " ORDER BY n"))
                    compare(rows, ALL)
                    assert(rows[3].f == 3 and rows[4].f == 1e300)
                end
            ]])
        end)

        it("are as a few, if no two are alike", function()
            app:run([[
                fill(300, function(i)
                    local null = ngx.null
                    return i % 2 == 0 and i or null, i % 3 == 0 and i or null,
                        i % 5 == 0 and "s" or null, i % 7 == 0 or null
                end)
                compare(assert(db:query(ALL .. " ORDER BY n")), ALL)
            ]])
        end)

        it("may have columns of any name, or the same", function()
            app:run([[
                fill(200, function(i) return i, i, "s", true end)
                local rows = assert(db:query('SELECT n AS "end", '
                    .. 'big AS "a \'b\' \\ c", f AS "x", s AS "x" FROM t '
                    .. 'ORDER BY n'))
                for i = 1, 200 do
                    assert(rows[i]["end"] == i and rows[i].x == "s")
                    assert(rows[i]["a 'b' \\ c"] == i)
                end
            ]])
        end)

        it("may have many columns, and be of many statements", function()
            app:run([[
                local names = {}
                for i = 1, 90 do names[i] = "n + " .. i .. " AS c" .. i end
                local rows = assert(db:query("SELECT "
                    .. table.concat(names, ", ") .. " FROM t ORDER BY n"))
                assert(#rows == 200 and rows[7].c90 == 97)
                for i = 1, 510 do
                    rows = assert(db:exec("SELECT n AS c" .. i
                        .. " FROM t ORDER BY n"))
                    assert(#rows == 200 and rows[200]["c" .. i] == 200)
                end
            ]])
        end)

        it("come in parts the same", function()
            app:run([[
                fill(3000, function(i) return i, i, ("y"):rep(100), true end)
                local n = 0
                for row in db:each("SELECT n, s FROM t ORDER BY n") do
                    n = n + 1
                    assert(row.n == n and row.s == ("y"):rep(100))
                end
                assert(n == 3000)
            ]])
        end)
    end)
end
