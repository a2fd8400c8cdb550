-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

-- Columns of every type that all databases have.
local TABLE = [[
    DROP TABLE IF EXISTS things;
    CREATE TABLE things (id INTEGER PRIMARY KEY, i BIGINT, f DOUBLE PRECISION,
        b BOOLEAN, t CHARS, x BYTES, n NUMERIC(30, 4));
]]

local seed = databases.seed()

for name, start in databases.each() do
    describe("a value in " .. name, function()
        local app

        setup(function()
            app = start({ code = [[
                function create()
                    local types = {
                        sqlite = { CHARS = "TEXT", BYTES = "BLOB" },
                        postgres = { CHARS = "TEXT", BYTES = "BYTEA" },
                        mysql = { CHARS = "LONGTEXT", BYTES = "LONGBLOB" },
                    }
                    local sql = ([=[]] .. TABLE .. [[]=]):gsub("[A-Z]+",
                        types[db.dialect])
                    assert(db:exec(sql))
                end

                -- stores a value in a column and reads it back
                function through(column, value)
                    assert(db:query("DELETE FROM things"))
                    assert(db:query("INSERT INTO things (id, " .. column
                        .. ") VALUES (1, $1)", value))
                    return db:value("SELECT " .. column .. " FROM things")
                end

                function same(expected, got)
                    if expected ~= got or type(expected) ~= type(got) then
                        error(("expected %s %q, got %s %q"):format(
                            type(expected), tostring(expected), type(got),
                            tostring(got)), 2)
                    end
                end
            ]] })
        end)

        teardown(function()
            app:stop()
        end)

        it("comes back as it went in", function()
            app:run([[
                create()
                for _, i in ipairs({ 0, 1, -1, 2^31, -2^31, 2^53, -2^53 }) do
                    same(i, through("i", i))
                end
                for _, f in ipairs({ 0.5, -0.1, 1/3, 1e300, 5e-324, 2^60 }) do
                    same(f, through("f", f))
                end
                same(true, through("b", true))
                same(false, through("b", false))
                same("", through("t", ""))
                same("Grüße, 世界 😀 'quoted' \"too\" $1 \\ %s",
                    through("t", "Grüße, 世界 😀 'quoted' \"too\" $1 \\ %s"))
                same(("x"):rep(300000), through("t", ("x"):rep(300000)))
            ]])
        end)

        it("is null in both directions", function()
            app:run([[
                create()
                for _, column in ipairs({ "i", "f", "b", "t", "x", "n" }) do
                    same(ngx.null, through(column, nil))
                    same(ngx.null, through(column, ngx.null))
                end
            ]])
        end)

        it("may be any bytes", function()
            app:run([[
                create()
                local all = {}
                for i = 0, 255 do all[#all + 1] = string.char(i) end
                all = table.concat(all):rep(300)
                same(all, through("x", Db.binary(all)))
                same("", through("x", Db.binary("")))
                same("\0", through("x", Db.binary("\0")))
            ]])
        end)

        it("may be an integer that no Lua number holds", function()
            app:run([[
                create()
                for _, text in ipairs({ "9007199254740993",
                    "9223372036854775807", "-9223372036854775807" }) do
                    local n = loadstring("return " .. text .. "LL")()
                    same(text, through("i", n))
                end
                same(2^53, through("i", 9007199254740992LL))

                local cdata = Db.open(url, { int64 = "cdata" })
                assert(cdata:value("SELECT 9007199254740993")
                    == 9007199254740993LL)
                assert(cdata:value("SELECT -9007199254740993")
                    == -9007199254740993LL)
                same(9007199254740992,
                    Db.open(url, { int64 = "number" }):value(
                        "SELECT 9007199254740993"))
            ]])
        end)

        it("comes back whatever it is (SEED=" .. seed .. ")", function()
            app:run([[
                create()
                math.randomseed(]] .. seed .. [[)
                local function text(n)
                    local t = {}
                    for i = 1, n do t[i] = string.char(math.random(1, 127)) end
                    return table.concat(t)
                end
                local function bytes(n)
                    local t = {}
                    for i = 1, n do t[i] = string.char(math.random(0, 255)) end
                    return table.concat(t)
                end
                for _ = 1, 60 do
                    local i = math.random(-2^31, 2^31) * math.random(1, 2^20)
                    local f = math.random() * 10 ^ math.random(-200, 200)
                    local t, x = text(math.random(0, 300)),
                        bytes(math.random(0, 300))
                    local b = math.random() < 0.5
                    assert(db:query("DELETE FROM things"))
                    local row = assert(db:query("INSERT INTO things "
                        .. "(id, i, f, b, t, x)"
                        .. " VALUES (1, $1, $2, $3, $4, $5)"
                        .. " RETURNING i, f, b, t, x", i, f, b, t,
                        Db.binary(x)))[1]
                    local stored = assert(db:row("SELECT * FROM things"
                        .. " WHERE i = $1 AND f = $2 AND b = $3 AND t = $4"
                        .. " AND x = $5", i, f, b, t, Db.binary(x)))
                    for _, r in ipairs({ row, stored }) do
                        same(i, r.i) same(f, r.f) same(t, r.t) same(x, r.x)
                        same(b, r.b)
                    end
                end
            ]])
        end)
    end)
end
