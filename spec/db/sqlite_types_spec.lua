-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

local SEED = databases.seed()

-- PANDAN_SPEC_VALUES is how many random values of each type are tried.
local VALUES = tonumber(os.getenv("PANDAN_SPEC_VALUES") or 200)

local CODE = [[
    local random = math.random

    local function bytes(n)
        local t = {}
        for i = 1, n do t[i] = string.char(random(0, 255)) end
        return table.concat(t)
    end

    local function text(n)
        local t = {}
        for i = 1, n do
            t[i] = ({ "a", "é", "世", "😀", "\0", "'", '"', "\\", "$1", "%" })
                [random(10)]
        end
        return table.concat(t)
    end

    -- type → a value, and what comes back for it
    make = {
        integer = function()
            local i = random(-2 ^ 31, 2 ^ 31) * random(0, 2 ^ 21)
            return i, i
        end,
        int64 = function()
            local i = (random(0, 2 ^ 31) * 2LL ^ 31 + random(0, 2 ^ 31)) * 2
                + random(0, 1)
            i = random() < 0.5 and -i or i
            if i > -2 ^ 53 and i < 2 ^ 53 then return i, tonumber(i) end
            return i, tostring(i):match("^-?%d+")
        end,
        float = function()
            local f = (random() - 0.5) * 10 ^ random(-300, 300)
            return f, f
        end,
        text = function()
            local t = text(random(0, 200))
            return t, t
        end,
        blob = function()
            local b = bytes(random(0, 2000))
            return Db.binary(b), b
        end,
        null = function() return ngx.null, ngx.null end,
    }

    function same(expected, got, what)
        if expected ~= got or type(expected) ~= type(got) then
            error(("%s: expected %s %q, got %s %q"):format(what,
                type(expected), tostring(expected), type(got), tostring(got)),
                2)
        end
    end
]]

for _, url in ipairs({ "sqlite:app.sqlite3", "sqlite::memory:",
    "sqlite:shared:types" }) do
    describe("a value in " .. url, function()
        local app

        setup(function()
            app = databases.sqlite({ code = CODE, url = url })
            app:run([[
                assert(db:exec("CREATE TABLE v (id INTEGER PRIMARY KEY, any, "
                    .. "i INTEGER, r REAL, t TEXT, b BLOB, n NUMERIC, "
                    .. "f BOOLEAN)"))
            ]])
        end)

        teardown(function()
            app:stop()
        end)

        it("comes back whatever it is (SEED=" .. SEED .. ")", function()
            app:run(([[
                math.randomseed(%d)
                for name, fn in pairs(make) do
                    local list, expected = {}, {}
                    for i = 1, %d do
                        list[i], expected[i] = fn()
                        assert(db:query("INSERT OR REPLACE INTO v (id, any) "
                            .. "VALUES ($1, $2)", i, list[i]))
                        same(expected[i], db:value("SELECT $1", list[i]), name)
                    end
                    for i = 1, #list do
                        same(expected[i], db:value("SELECT any FROM v "
                            .. "WHERE id = $1", i), name)
                    end
                    local i = 0
                    for row in db:each("SELECT any FROM v ORDER BY id") do
                        i = i + 1
                        same(expected[i], row.any, name)
                    end
                    assert(db:query("DELETE FROM v"))
                end
            ]]):format(SEED, VALUES))
        end)

        it("is at the ends of what its type holds", function()
            app:run([[
                local function through(column, value)
                    assert(db:query("DELETE FROM v"))
                    assert(db:query("INSERT INTO v (" .. column
                        .. ") VALUES ($1)", value))
                    return (db:value("SELECT " .. column .. " FROM v"))
                end
                same("9223372036854775807",
                    through("i", 9223372036854775807LL), "most")
                same("1152921504606846976", through("i", 2 ^ 60), "2^60")
                same(2 ^ 60, through("any", 2 ^ 60), "2^60, without a type")
                same("-9223372036854775808",
                    through("i", -9223372036854775807LL - 1), "least")
                same(math.huge, through("r", math.huge), "infinity")
                same(-math.huge, through("r", -math.huge), "-infinity")
                same(ngx.null, through("r", 0 / 0), "no number")
                same(5e-324, through("r", 5e-324), "denormal")
                same(1.7976931348623157e308,
                    through("r", 1.7976931348623157e308), "most")
                same(3, through("r", 3), "whole")
                same("", through("t", ""), "empty text")
                same("", through("b", Db.binary("")), "empty blob")
                same("a\0b", through("t", "a\0b"), "zero byte")
                same(true, through("f", true), "true")
                same(false, through("f", false), "false")
                same(1, through("i", true), "a boolean in an integer")
                same(12.5, through("n", 12.5), "numeric")
                local long = ("0123456789abcdef"):rep(2 ^ 17)
                same(long, through("t", long), "2 MB")
                same(long, through("b", Db.binary(long)), "2 MB of bytes")
            ]])
        end)
    end)
end
