-- SPDX-License-Identifier: MIT
local null = require("pandan.native").null
local validation = require("pandan.validation")

local function passes(expected, data, rules, options)
    local checked, errors = validation.check(data, rules, options)

    assert.is_nil(errors)
    assert.same(expected, checked)
end

local function fails(expected, data, rules, options)
    local checked, errors = validation.check(data, rules, options)

    assert.is_nil(checked)
    assert.same(expected, errors)
end

describe("validation", function()
    it("keeps only what rules name", function()
        passes({ title = "Hi", body = "" },
            { title = "Hi", body = "", admin = true },
            { title = "required|max:255", body = "" })
    end)

    it("asks for what is required", function()
        for _, value in ipairs({ "", "  ", null }) do
            fails({ title = { "is required" } }, { title = value },
                { title = "required" })
        end
        fails({ title = { "is required" } }, {}, { title = "required" })
        passes({}, {}, { title = "max:3" })
    end)

    it("gives values in the types that rules ask for", function()
        passes({ n = 5, f = 1.5, yes = true, no = false, j = { a = 1 } },
            { n = "5", f = "1.5", yes = "on", no = "0", j = '{"a":1}' },
            {
                n = "integer", f = "number", yes = "boolean", no = "boolean",
                j = "json",
            })
        passes({ n = null, d = null, t = "" }, { n = "", d = "", t = "" },
            { n = "integer", d = "date", t = "max:3" })
        passes({ t = null }, { t = "" }, { t = "nullable|max:3" })
    end)

    it("refuses values of another type", function()
        fails({ n = { "must be a whole number" } }, { n = "1.5" },
            { n = "integer|min:3" })
        fails({ b = { "must be true or false" } }, { b = "maybe" },
            { b = "boolean" })
        fails({ t = { "must be a single value" } }, { t = { "x" } },
            { t = "max:3" })
        fails({ t = { "is not valid text" } }, { t = "a\255" },
            { t = "max:3" })
        fails({ t = { "is not valid text" } }, { t = "a\0" }, { t = "" })
    end)

    it("reads numbers as people write them", function()
        passes({ a = 1.5, b = -20, c = 0.5 },
            { a = " 1.5 ", b = "-2e1", c = ".5" },
            { a = "number", b = "number", c = "number" })
        for _, text in ipairs({ "1.2.3", "1 2", "e", "0x10", "inf", "nan" }) do
            fails({ n = { "must be a number" } }, { n = text },
                { n = "number" })
        end
    end)

    it("answers at once, however long a text is", function()
        local digits, blanks = ("1"):rep(1000000), (" "):rep(1000000)

        fails({ n = { "must be a number" } }, { n = digits .. "x" },
            { n = "number" })
        fails({ n = { "must be a whole number" } },
            { n = "1" .. blanks .. "x" }, { n = "integer" })
        passes({ t = "a" .. blanks .. "b" },
            { t = blanks .. "a" .. blanks .. "b" .. blanks },
            { t = "trim" })
    end)

    it("measures characters, numbers and items", function()
        passes({ t = "äöü", n = 10, l = { 1, 2 } },
            { t = "äöü", n = "10", l = { 1, 2 } },
            { t = "size:3", n = "integer|between:1,10", l = "array|max:2" })
        fails({
            t = { "must have at most 2 characters" },
            n = { "must be at least 11" }, l = { "must have 3 items" },
        }, { t = "äöü", n = "10", l = { 1, 2 } },
            { t = "max:2", n = "integer|min:11", l = "array|size:3" })
    end)

    local good = {
        email = { "a@b.de", "a.b+c@x-y.example" },
        url = { "http://a.de", "https://a.de:80/x?y#z", "http://[::1]/" },
        uuid = { "123e4567-e89b-12d3-a456-426614174000" },
        date = { "2024-02-29", "2026-12-31" },
        alpha = { "abc" }, alpha_num = { "a1" }, digits = { "007" },
        ["in:a,b"] = { "a", "b" }, ["not_in:a"] = { "b" },
        ["starts_with:a,b"] = { "ax", "bx" }, ["ends_with:.lua"] = { "x.lua" },
        accepted = { "on", "1", true }, ["pattern:^%a|%d$"] = { "x|1" },
    }

    local bad = {
        email = { "a", "a@b", "a@b.", "a b@c.de", "a..b@c.de", "@c.de",
            "a@-c.de" },
        url = { "a.de", "ftp://a.de", "javascript:alert(1)", "http://",
            "http://a b" },
        uuid = { "123e4567-e89b-12d3-a456-42661417400g", "x" },
        date = { "2026-02-29", "2026-13-01", "2026-00-10", "26-1-1", "x" },
        datetime = { "2026-07-01", "2026-07-01 25:00", "2026-07-01T12:60" },
        alpha = { "a1" }, alpha_num = { "a-" }, digits = { "-1" },
        ["in:a,b"] = { "c" }, ["not_in:a"] = { "a" },
        ["starts_with:a,b"] = { "xa" }, ["ends_with:.lua"] = { "x.c" },
        accepted = { "off", false }, ["pattern:^%a|%d$"] = { "x" },
        integer = { "1e3", "0x10", "9007199254740994", "1.0", "x" },
        number = { "0x10", "nan", "inf", "1e999", "1,5" },
    }

    for rule, values in pairs(good) do
        it("takes good values of " .. rule, function()
            for _, value in ipairs(values) do
                local _, errors = validation.check({ v = value },
                    { v = rule })
                assert.is_nil(errors, tostring(value))
            end
        end)
    end

    for rule, values in pairs(bad) do
        it("refuses bad values of " .. rule, function()
            for _, value in ipairs(values) do
                assert.is_nil((validation.check({ v = value }, { v = rule })),
                    tostring(value))
            end
        end)
    end

    it("brings dates into one form", function()
        local function datetime(text)
            return (validation.check({ v = text }, { v = "datetime" })).v
        end

        assert.equal("2026-07-01 12:30:00", datetime("2026-07-01T12:30"))
        assert.equal("2026-07-01 12:30:05", datetime("2026-07-01 12:30:05Z"))
        assert.equal("2026-06-30 22:30:00",
            datetime("2026-07-01T00:30:00+02:00"))
    end)

    it("compares fields", function()
        local rules = { p = "confirmed", a = "same:b", c = "different:b" }

        passes({ p = "x", a = "1", c = "2" },
            { p = "x", p_confirmation = "x", a = "1", b = "1", c = "2" },
            rules)
        fails({
            p = { "is not confirmed" }, a = { "must be the same as b" },
            c = { "must differ from b" },
        }, { p = "x", a = "1", b = "2", c = "2" }, rules)
    end)

    it("reaches into lists and tables", function()
        local rules = {
            items = "required|array|max:5", ["items.*.name"] = "required",
            ["items.*.count"] = "integer", ["address.city"] = "required",
        }

        passes({
            items = { { name = "a", count = 3 }, { name = "b" } },
            address = { city = "x" },
        }, {
            items = { { name = "a", count = "3", z = 1 }, { name = "b" } },
            address = { city = "x", z = 1 },
        }, rules)
        fails({
            ["items.2.name"] = { "is required" },
            ["items.2.count"] = { "must be a whole number" },
            ["address.city"] = { "is required" },
        }, { items = { { name = "a" }, { count = "x" } } }, rules)
        fails({ items = { "is required" }, ["address.city"] =
            { "is required" } }, {}, rules)
    end)

    it("runs functions among rules", function()
        local rules = {
            n = { "required|integer", function(value)
                return value % 2 == 0, "must be even"
            end },
        }

        passes({ n = 4 }, { n = "4" }, rules)
        fails({ n = { "must be even" } }, { n = "3" }, rules)
        passes({ v = "X" }, { v = "x" }, {
            v = function(value)
                return true, nil, value:upper()
            end,
        })
    end)

    it("says it in one's own words", function()
        fails({ a = { "A please" }, b = { "needed" } }, {},
            { a = "required", b = "required" }, {
                messages = { ["a.required"] = "A please",
                    required = "needed" },
            })
    end)

    it("names an unknown rule", function()
        assert.error_matches(function()
            validation.check({ a = "x" }, { a = "requird" })
        end, "unknown validation rule 'requird'")
    end)
end)
