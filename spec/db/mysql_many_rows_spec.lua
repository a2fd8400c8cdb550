-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

-- Most of many rows are taken from where the library has read the socket to;
-- what lies across the ends of that buffer it gives itself.
describe("many rows of MySQL", function()
    local app

    setup(function()
        app = databases.mysql({ query = "limit=1" })
        app:run([[
            assert(db:exec("CREATE TABLE t (n INTEGER PRIMARY KEY, "
                .. "tiny TINYINT, yes BOOLEAN, small SMALLINT UNSIGNED, "
                .. "big BIGINT, huge BIGINT UNSIGNED, f DOUBLE, "
                .. "d DECIMAL(20, 4), bits BIT(20), day DATE, "
                .. "at DATETIME(3), span TIME, s TEXT, l LONGTEXT)"))
            assert(db:exec("INSERT INTO t SELECT seq, "
                .. "IF(seq % 5 = 0, NULL, seq % 128 - 64), seq % 2, "
                .. "seq * 20, -seq * 1000000007, "
                .. "18446744073709551615 - seq, seq / 8, seq / 16, "
                .. "seq, '2026-01-01' + INTERVAL seq DAY, "
                .. "IF(seq % 7 = 0, NULL, "
                .. "'2026-01-01' + INTERVAL seq * 10007 SECOND), "
                .. "SEC_TO_TIME(seq * 61 - 90000), "
                .. "REPEAT(CHAR(97 + seq % 26), seq % 400), "
                .. "IF(seq % 50 = 0, REPEAT('long', seq * 10), NULL) "
                .. "FROM (SELECT CAST(seq AS SIGNED) AS seq "
                .. "FROM seq_1_to_3000) AS numbers"))
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    it("are the same by both of its protocols, and one by one", function()
        app:run([[
            local sql = "SELECT * FROM t ORDER BY n"
            local binary = assert(db:query(sql))
            local text = assert(db:exec(sql))

            assert(#binary == 3000 and #text == 3000)
            for i = 1, 3000 do
                for _, name in ipairs(binary.columns) do
                    assert(binary[i][name] == text[i][name],
                        ("%s of row %d: %s, not %s"):format(name, i,
                            tostring(binary[i][name]),
                            tostring(text[i][name])))
                end
            end
            for i = 1, 3000, 37 do
                local row = db:row("SELECT * FROM t WHERE n = $1", i)
                for name, value in pairs(row) do
                    assert(binary[i][name] == value, name)
                end
            end
            assert(#binary[3000].l == 120000 and binary[7].at == ngx.null)
        ]])
    end)

    it("are followed by what comes next on the connection", function()
        app:run([[
            for i = 1, 20 do
                local rows = assert(db:query("SELECT n, s FROM t "
                    .. "WHERE n <= $1 ORDER BY n", i * 150))
                assert(#rows == i * 150 and rows[i].n == i)
                assert(db:value("SELECT $1 + 1", i) == i + 1)
            end
            local results = assert(db:batch({
                { "SELECT n FROM t ORDER BY n" }, { "SELECT $1 AS x", 5 },
                { "SELECT n, l FROM t ORDER BY n DESC" },
            }))
            assert(#results[1] == 3000 and results[2][1].x == 5)
            assert(#results[3] == 3000 and results[3][3000].n == 1)
        ]])
    end)
end)
