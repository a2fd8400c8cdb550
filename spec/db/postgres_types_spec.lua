-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

local seed = databases.seed()

-- Random values of each type, and what is common to the cases.
local CODE = [==[
    json = require("pandan.json")
    math.randomseed(]==] .. seed .. [==[)
    random = math.random

    function pick(list) return list[random(#list)] end

    function text(n, from)
        local t = {}
        for i = 1, random(0, n or 40) do
            t[i] = pick({ "a", "Z", "0", " ", ",", "{", "}", '"', "\\", "'",
                "NULL", "\n", "\t", "ü", "世", "😀", "$1", "%", "(", ";" })
        end
        return (from or "") .. table.concat(t)
    end

    function digits(n)
        local t = { tostring(random(1, 9)) }
        for i = 2, random(1, n) do t[i] = tostring(random(0, 9)) end
        return table.concat(t)
    end

    function sign() return pick({ "", "-" }) end

    function bytes()
        local t = {}
        for i = 1, random(0, 60) do t[i] = string.char(random(0, 255)) end
        return table.concat(t)
    end

    function hex(n)
        local t = {}
        for i = 1, n do t[i] = ("%x"):format(random(0, 15)) end
        return table.concat(t)
    end

    function bits(n)
        local t = {}
        for i = 1, n do t[i] = tostring(random(0, 1)) end
        return table.concat(t)
    end

    function date()
        return ("%04d-%02d-%02d"):format(random(1, 9999), random(1, 12),
            random(1, 28))
    end

    function clock()
        local whole = ("%02d:%02d:%02d"):format(random(0, 23),
            random(0, 59), random(0, 59))
        return whole .. pick({ "", "." .. random(0, 99999) .. random(1, 9) })
    end

    function same(a, b)
        if type(a) ~= "table" or type(b) ~= "table" then
            return a == b and type(a) == type(b)
        end
        for k, v in pairs(a) do if not same(v, b[k]) then return false end end
        for k in pairs(b) do if a[k] == nil then return false end end
        return true
    end

    -- Stores values in a column of this type, compares what comes back, and
    -- lets the server compare that with what it has.
    function through(kind, make, options, given, times)
        local base = options and Db.open(url, options) or db
        base:transaction(function(tx)
            assert(tx:exec("CREATE TEMPORARY TABLE t (v " .. kind
                .. ") ON COMMIT DROP"))
            for _ = 1, times or 30 do
                local value = make()
                local param = value
                if given then param = given(value) end
                local back = assert(tx:row("INSERT INTO t VALUES ($1) "
                    .. "RETURNING v /* " .. kind .. " */", param)).v
                if not same(value, back) then
                    error(("%s: %q became %q (%s)"):format(kind,
                        tostring(type(value) == "table"
                            and Db.array(value) or value),
                        tostring(type(back) == "table"
                            and Db.array(back) or back), type(back)))
                end
                if given then back = given(back) end
                local cast = kind == "json" and "jsonb" or kind
                assert(tx:value(("SELECT count(*) FROM t WHERE "
                    .. "(v::%s)::text = ($1::%s)::text"):format(cast, cast),
                    back) == 1, kind)
                assert(tx:query("DELETE FROM t"))
            end
        end)
    end
]==]

describe("values of PostgreSQL (SEED=" .. seed .. ")", function()
    local app

    setup(function()
        app = databases.postgres({ code = CODE })
    end)

    teardown(function()
        app:stop()
    end)

    it("are numbers", function()
        app:run([[
            through("smallint", function() return random(-32768, 32767) end)
            through("integer", function()
                return random(-2^31, 2^31 - 1)
            end)
            through("bigint", function()
                return random(-2^31, 2^31 - 1) * random(2^21) + random(9)
            end)
            through("oid", function() return random(0, 2^32 - 1) end)
            through("double precision", function()
                return pick({ 1, -1 }) * random() * 10 ^ random(-300, 300)
            end)
            through("real", function()
                return tonumber(("%.6g"):format(random(-2^23, 2^23)
                    / 2 ^ random(0, 20)))
            end)
            for _, kind in ipairs({ "real", "double precision" }) do
                through(kind, function() return pick({ 1, -1 }) * 1/0 end)
                local nan = db:value("SELECT $1::" .. kind, 0/0)
                assert(type(nan) == "number" and nan ~= nan)
            end
        ]])
    end)

    it("are integers that no Lua number holds", function()
        app:run([[
            local function great()
                return sign() .. digits(3) + 10 .. ("%015d"):format(
                    random(0, 10^15 - 1))
            end
            through("bigint", function()
                return pick({ great(), "9223372036854775807",
                    "-9223372036854775808", "9007199254740993" })
            end)
            through("bigint", function()
                return loadstring("return " .. great() .. "LL")()
            end, { int64 = "cdata" })
            assert(Db.open(url, { int64 = "number" }):value(
                "SELECT 9007199254740993") == 2^53)
            assert(same(db:value("SELECT ARRAY[1, 9007199254740993]"),
                { 1, "9007199254740993" }))
        ]])
    end)

    it("are numerics, exactly or as numbers", function()
        app:run([[
            local function numeric()
                return sign() .. digits(30) .. "." .. digits(30)
            end
            through("numeric", numeric)
            through("numeric", function() return "NaN" end)
            through("numeric(40,5)", function()
                return sign() .. digits(30) .. "." .. ("%05d"):format(
                    random(0, 99999))
            end)
            through("numeric", function()
                return random(-2^31, 2^31) / 1024
            end, { numeric = "number" })
            through("money", function()
                return sign() .. "$" .. random(1, 999) .. "."
                    .. ("%02d"):format(random(0, 99))
            end)
        ]])
    end)

    it("are booleans, texts and bytes", function()
        app:run([[
            through("boolean", function() return random(2) == 1 end)
            through("text", text)
            through("varchar(400)", text)
            through("char(3)", function() return "ab" .. random(9) end)
            through("name", function() return text(6, "n") end)
            through('"char"', function() return pick({ "a", "Z" }) end)
            through("bytea", bytes, nil, Db.binary)
            through("bytea", function() return ("\0\255\\x"):rep(70000) end,
                nil, Db.binary, 2)
            through("bit(9)", function() return bits(9) end)
            through("bit varying", function() return bits(random(70)) end)
            through("xml", function()
                return "<a b=\"1\">" .. random(99) .. "</a>"
            end)
        ]])
    end)

    it("are times", function()
        app:run([[
            through("date", date)
            through("time", clock)
            through("timetz", function() return clock() .. "+02" end)
            through("timestamp", function()
                return date() .. " " .. clock()
            end)
            assert(db:transaction(function(tx)
                assert(tx:exec("SET LOCAL timezone = 'UTC'"))
                for _ = 1, 20 do
                    local at = date() .. " " .. clock() .. "+00"
                    assert(tx:value("SELECT $1::timestamptz", at) == at)
                end
            end))
            through("interval", function()
                return random(2, 9) .. " years " .. random(2, 11) .. " mons "
                    .. random(2, 9) .. " days " .. clock()
            end)
            through("date", function()
                return pick({ "infinity", "-infinity", "0044-03-15 BC" })
            end)
        ]])
    end)

    it("are UUIDs, addresses, ranges and points", function()
        app:run([[
            through("uuid", function()
                return hex(8) .. "-" .. hex(4) .. "-" .. hex(4) .. "-"
                    .. hex(4) .. "-" .. hex(12)
            end)
            local function address()
                return random(1, 223) .. "." .. random(0, 255) .. "."
                    .. random(0, 255) .. "." .. random(0, 255)
            end
            through("inet", address)
            through("cidr", function() return address() .. "/32" end)
            through("macaddr", function()
                return (("xx:"):rep(6):gsub("x", function()
                    return hex(1)
                end):sub(1, -2))
            end)
            through("int4range", function()
                return "[" .. random(9) .. "," .. random(10, 99) .. ")"
            end)
            through("point", function()
                return "(" .. random(99) .. "," .. random(99) / 4 .. ")"
            end, nil, nil, 10)
            through("tsvector", function()
                return "'cat':" .. random(9) .. " 'rat'"
            end)
            assert(db:exec("CREATE TYPE mood AS ENUM ('sad', 'glad')"))
            assert(db:exec("CREATE DOMAIN grade AS int CHECK (VALUE < 7)"))
            assert(db:exec("CREATE TYPE pair AS (a int, b text)"))
            through("mood", function() return pick({ "sad", "glad" }) end)
            through("grade", function() return random(1, 6) end)
            through("pair", function() return "(" .. random(9) .. ",x)" end)
        ]])
    end)

    it("are JSON, as text or decoded", function()
        app:run([[
            local function tree(depth)
                local kind = random(depth > 0 and 7 or 4)
                if kind == 1 then return random(-10^6, 10^6) / 8 end
                if kind == 2 then return text() end
                if kind == 3 then return random(2) == 1 end
                if kind == 4 then return ngx.null end
                local t = {}
                if kind == 5 then
                    for i = 1, random(5) do t[i] = tree(depth - 1) end
                else
                    for i = 1, random(5) do
                        t[text(5, "k")] = tree(depth - 1)
                    end
                end
                return t
            end
            local function value() return { v = tree(4) } end
            through("json", function() return Db.json(value()) end)
            through("json", value, { json = "true" }, Db.json)
            through("jsonb", value, { json = "true" }, Db.json)
            assert(db:value("SELECT '[1, 2]'::jsonb") == "[1, 2]")
            local decoded = Db.open(url, { json = "true" })
            assert(same(decoded:value("SELECT ARRAY['{\"a\": [1]}'::json, "
                .. "NULL]"), { { a = { 1 } }, ngx.null }))
            assert(decoded:value("SELECT '7'::json") == 7)
            assert(decoded:value("SELECT 'null'::json") == ngx.null)
        ]])
    end)

    it("are arrays of all these", function()
        app:run([[
            local function list_of(make, depth)
                return function()
                    local t, n = {}, random(depth and 1 or 0, 5)
                    local inner = random(4)
                    for i = 1, n do
                        if depth then
                            t[i] = {}
                            for k = 1, inner do t[i][k] = make() end
                        else
                            t[i] = random(5) == 1 and ngx.null or make()
                        end
                    end
                    return t
                end
            end
            for kind, make in pairs({
                integer = function() return random(-2^31, 2^31 - 1) end,
                smallint = function() return random(-2^15, 2^15 - 1) end,
                bigint = function() return random(-2^31, 2^31) * 4096 end,
                ["double precision"] = function()
                    return random() * 10 ^ random(-300, 300)
                end,
                numeric = function()
                    return sign() .. digits(20) .. "." .. digits(9)
                end,
                boolean = function() return random(2) == 1 end,
                text = text, varchar = text, date = date,
                timestamp = function() return date() .. " " .. clock() end,
                uuid = function()
                    return hex(8) .. "-1111-2222-3333-" .. hex(12)
                end,
                json = function() return Db.json({ text() }) end,
                int4range = function() return "[1," .. random(2, 9) .. ")" end,
            }) do
                through(kind .. "[]", list_of(make), nil, Db.array)
                through(kind .. "[]", list_of(make, 2), nil, Db.array, 10)
            end

            assert(same(db:value("SELECT $1::bytea[]",
                Db.array({ Db.binary("\0\255\\\""), ngx.null })),
                { "\0\255\\\"", ngx.null }))
            assert(Db.array({ 1, nil, 3LL, n = 3 }) == "{1,NULL,3}")
            assert(db:value("SELECT count(*) FROM generate_series(1, 9) i "
                .. "WHERE i = ANY($1)", Db.array({ 2, 4, 40 })) == 2)
            assert(db:value("SELECT '[2:3]={1,2}'::int[]")
                == "[2:3]={1,2}")
            assert(Db.open(url, { arrays = "false" }):value(
                "SELECT ARRAY[1,2]") == "{1,2}")
            local ok, err = pcall(Db.array, { print })
            assert(not ok and err:find("cannot hold a function"), err)
        ]])
    end)

    it("are null in both directions, whatever their type", function()
        app:run([[
            for _, kind in ipairs({ "int", "bigint", "numeric", "text",
                "bytea", "boolean", "json", "jsonb", "int[]", "uuid",
                "timestamptz", "real" })
            do
                assert(db:value("SELECT $1::" .. kind, nil) == ngx.null)
                assert(db:value("SELECT $1::" .. kind, ngx.null)
                    == ngx.null)
            end
        ]])
    end)

    it("are refused when they cannot be of their type", function()
        app:run([[
            for kind, value in pairs({ int = "x", smallint = 40000,
                boolean = "perhaps", json = "{", uuid = "1-2",
                date = "2023-02-30", ["int[]"] = "{1", numeric = "1,5" })
            do
                local rows, err, code, server = db:query(
                    "SELECT $1::" .. kind, value)
                assert(rows == nil and server:find("^22"), kind)
            end
            assert(db:value("SELECT 1") == 1)
        ]])
    end)
end)
