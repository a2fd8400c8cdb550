-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

local ROUNDS = tonumber(os.getenv("PANDAN_SPEC_ROUNDS") or 150)

local seed = databases.seed()

-- A column of each type that MariaDB has, and how to make a value of it:
-- what goes in is what must come out.
local CODE = [=[
    local random = math.random

    local function bytes(n, low, high)
        local t = {}
        for i = 1, random(0, n) do t[i] = string.char(random(low, high)) end
        return table.concat(t)
    end

    local function letters(n)
        local some = { "a", "Z", "0", " x", "'", "\"", "\\", "%", "\0", "\n",
            "ä", "世", "😀", "$1", "?" }
        local t = {}
        for i = 1, random(0, n) do t[i] = some[random(#some)] end
        return table.concat(t)
    end

    -- with the ends of its range more often than they would come
    local function int(low, high)
        return function()
            local r = random(6)
            return r == 1 and low or r == 2 and high
                or math.floor(low + random() * (high - low))
        end
    end

    local function int64(low, high)
        return function()
            local parts = { 0LL, 1LL, -1LL, 9007199254740993LL }
            local n = parts[random(#parts)]
                + random(0, 2^31 - 1) * 4294967296LL + random(0, 2^31)
            local r = random(6)
            return r == 1 and low or r == 2 and high or n
        end
    end

    local function uint64()
        local n = random(0, 2^32 - 1) * 4294967296ULL + random(0, 2^32 - 1)
        local r = random(5)
        return r == 1 and 18446744073709551615ULL
            or r == 2 and 9223372036854775808ULL or n
    end

    local function fraction(digits)
        return digits == 0 and ""
            or ("." .. ("%06d"):format(random(0, 999999)):sub(1, digits))
    end

    local function date()
        return ("%04d-%02d-%02d"):format(random(1, 9999), random(12),
            random(28))
    end

    local function datetime(digits)
        return function()
            return ("%s %02d:%02d:%02d%s"):format(date(), random(0, 23),
                random(0, 59), random(0, 59), fraction(digits))
        end
    end

    local function timestamp(digits)
        return function()
            return os.date("!%Y-%m-%d %H:%M:%S", random(1, 2^31 - 2))
                .. fraction(digits)
        end
    end

    local function time(digits)
        return function()
            local text = ("%02d:%02d:%02d%s"):format(random(0, 838),
                random(0, 59), random(0, 58), fraction(digits))
            local zero = not text:find("[1-9]")
            return (random() < 0.5 or zero) and text or "-" .. text
        end
    end

    local function decimal(whole, digits)
        return function()
            local t = { tostring(random(9)) }
            for i = 2, random(whole) do t[i] = tostring(random(0, 9)) end
            if digits > 0 then t[#t + 1] = "." end
            for _ = 1, digits do t[#t + 1] = tostring(random(0, 9)) end
            return (random() < 0.5 and "-" or "") .. table.concat(t)
        end
    end

    local function float4()
        return tonumber(("%.6g"):format((random() - 0.5)
            * 10 ^ random(-30, 30)))
    end

    local function text(n) return function() return letters(n) end end
    local function binary(n)
        return function() return bytes(n, 0, 255) end
    end

    local function hex(n)
        local t = {}
        for i = 1, n do t[i] = ("%x"):format(random(0, 15)) end
        return table.concat(t)
    end

    TYPES = {
        { "TINYINT", int(-128, 127) },
        { "TINYINT UNSIGNED", int(0, 255) },
        { "SMALLINT", int(-32768, 32767) },
        { "SMALLINT UNSIGNED", int(0, 65535) },
        { "MEDIUMINT", int(-8388608, 8388607) },
        { "MEDIUMINT UNSIGNED", int(0, 16777215) },
        { "INT", int(-2147483648, 2147483647) },
        { "INT UNSIGNED", int(0, 4294967295) },
        { "BIGINT", int64(-9223372036854775807LL - 1,
            9223372036854775807LL) },
        { "BIGINT UNSIGNED", uint64 },
        { "BOOLEAN", function() return random() < 0.5 end },
        { "YEAR", int(1901, 2155) },
        { "BIT(1)", int(0, 1) },
        { "BIT(17)", int(0, 2^17 - 1) },
        { "BIT(64)", uint64 },
        { "FLOAT", float4 },
        { "DOUBLE", function()
            return (random() - 0.5) * 10 ^ random(-300, 300)
        end },
        { "DECIMAL(65,30)", decimal(35, 30) },
        { "DECIMAL(20,0)", decimal(20, 0) },
        { "DATE", date },
        { "DATETIME", datetime(0) },
        { "DATETIME(3)", datetime(3) },
        { "DATETIME(6)", datetime(6) },
        { "TIMESTAMP NULL", timestamp(0) },
        { "TIMESTAMP(6) NULL", timestamp(6) },
        { "TIME", time(0) },
        { "TIME(2)", time(2) },
        { "TIME(6)", time(6) },
        { "CHAR(40)", function()
            return (letters(9):gsub("%s+$", ""))
        end },
        { "VARCHAR(200)", text(40) },
        { "TINYTEXT", text(40) },
        { "TEXT", text(2000) },
        { "MEDIUMTEXT", text(100) },
        { "LONGTEXT", text(100) },
        { "VARBINARY(300)", binary(300) },
        { "TINYBLOB", binary(255) },
        { "BLOB", binary(2000) },
        { "MEDIUMBLOB", binary(70000) },
        { "LONGBLOB", binary(300) },
        { "BINARY(4)", function()
            return ("%s"):format(hex(4))
        end },
        { "JSON", function()
            return ('{"n": %d, "s": "%s", "a": [null, true]}'):format(
                random(1000), hex(8))
        end },
        { "ENUM('a','b','Grüße','d''e')", function()
            return ({ "a", "b", "Grüße", "d'e" })[random(4)]
        end },
        { "SET('x','y','z')", function()
            return ({ "", "x", "y,z", "x,y,z" })[random(4)]
        end },
        { "UUID", function()
            return ("%s-%s-1%s-a%s-%s"):format(hex(8), hex(4), hex(3), hex(3),
                hex(12))
        end },
        { "INET6", function()
            return ("2001:db8:%x::%x"):format(random(1, 65535),
                random(1, 65535))
        end },
        { "INET4", function()
            return ("%d.%d.%d.%d"):format(random(0, 255), random(0, 255),
                random(0, 255), random(0, 255))
        end },
    }

    -- an integer as the database gives it by default
    function plain(value)
        if type(value) == "cdata" then
            local n = tonumber(value)
            local text = tostring(value):gsub("U?LL$", "")
            return math.abs(n) <= 2^53 and n or text
        end
        return value
    end

    function same(name, expected, got)
        if expected ~= got or type(expected) ~= type(got) then
            error(("%s: expected %s %q, got %s %q"):format(name,
                type(expected), tostring(expected), type(got),
                tostring(got)), 2)
        end
    end

    exact = Db.open(url, { int64 = "cdata" })
]=]

describe("a value of MariaDB", function()
    local app

    setup(function()
        app = databases.mysql({ code = CODE, settings = {
            "default_time_zone = '+00:00'",
        } })
        app:run([[
            local columns = {}
            for i, kind in ipairs(TYPES) do
                columns[i] = "c" .. i .. " " .. kind[1]
            end
            assert(db:exec("CREATE TABLE every (id INTEGER PRIMARY KEY, "
                .. table.concat(columns, ", ") .. ")"))
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    it("of every type comes back as it went in (SEED=" .. seed .. ")",
        function()
            app:run(([[
                math.randomseed(%d)
                local marks = {}
                for i = 1, #TYPES + 1 do marks[i] = "$" .. i end
                local insert = "INSERT INTO every VALUES ("
                    .. table.concat(marks, ", ") .. ")"

                for round = 1, %d do
                    local values = { [0] = round }
                    for i, kind in ipairs(TYPES) do
                        values[i] = math.random() < 0.1 and ngx.null
                            or kind[2]()
                    end
                    assert(db:query(insert, unpack(values, 0, #TYPES)))

                    local row = assert(db:row(
                        "SELECT * FROM every WHERE id = $1", round))
                    local text = assert(db:exec(
                        "SELECT * FROM every WHERE id = " .. round))[1]
                    local cdata = assert(exact:row(
                        "SELECT * FROM every WHERE id = $1", round))
                    for i, kind in ipairs(TYPES) do
                        local name, value = "c" .. i, values[i]
                        same(kind[1], plain(value), row[name])
                        same(kind[1] .. " as text", plain(value), text[name])
                        same(kind[1] .. " exactly", tostring(plain(value)),
                            tostring(plain(cdata[name])))
                    end
                end
            ]]):format(seed, ROUNDS))
        end)

    it("may be a 64 bit integer of either kind by option", function()
        app:run([=[
            local sql = "SELECT cast(18446744073709551615 AS UNSIGNED), "
                .. "9007199254740993"
            local row = assert(exact:query(sql))
            local greatest = row[1][row.columns[1]]
            assert(greatest == 18446744073709551615ULL)
            assert(tostring(greatest) == "18446744073709551615ULL")
            assert(row[1]["9007199254740993"] == 9007199254740993LL)
            assert(exact:value("SELECT $1 = 18446744073709551615",
                greatest) == 1)
            assert(db:value("SELECT cast(18446744073709551615 AS UNSIGNED)")
                == "18446744073709551615")
            assert(Db.open(url, { int64 = "number" }):value(
                "SELECT cast(18446744073709551615 AS UNSIGNED)") == 2^64)
        ]=])
    end)

    it("may be a number in a column for what is true or not", function()
        app:run([[
            assert(db:exec("CREATE TABLE flags (f BOOLEAN)"))
            for _, n in ipairs({ 2, 127, -128, -1 }) do
                assert(db:query("DELETE FROM flags"))
                assert(db:query("INSERT INTO flags VALUES ($1)", n))
                assert(db:value("SELECT f FROM flags") == n)
                assert(db:exec("SELECT f FROM flags")[1].f == n)
            end
        ]])
    end)

    it("may be a date that there never was", function()
        app:run([[
            local lax = Db.open(url, { limit = 1 })
            assert(lax:exec("SET sql_mode = ''"))
            assert(lax:exec("CREATE TABLE never (d DATE, t DATETIME, "
                .. "u TIMESTAMP(3) NULL, v TIME(1))"))
            assert(lax:query("INSERT INTO never VALUES ($1, $2, $3, $4)",
                "0000-00-00", "2024-00-00 00:00:00", "0000-00-00", "0"))
            for _, run in ipairs({ lax.query, lax.exec }) do
                local row = assert(run(lax, "SELECT * FROM never"))[1]
                assert(row.d == "0000-00-00", row.d)
                assert(row.t == "2024-00-00 00:00:00", row.t)
                assert(row.u == "0000-00-00 00:00:00.000", row.u)
                assert(row.v == "00:00:00.0", row.v)
            end
        ]])
    end)

    it("may be a place on the map", function()
        app:run([[
            assert(db:exec("CREATE TABLE places (p POINT)"))
            local point = db:value("SELECT ST_GeomFromText('POINT(1.5 -2)')")
            assert(#point == 25)
            assert(db:query("INSERT INTO places VALUES ($1)",
                Db.binary(point)))
            assert(db:value("SELECT p FROM places") == point)
            assert(db:value("SELECT ST_AsText(p) FROM places")
                == "POINT(1.5 -2)")
        ]])
    end)
end)
