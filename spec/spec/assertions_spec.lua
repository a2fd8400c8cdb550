-- SPDX-License-Identifier: MIT
local inner = require("support.inner")

local function fails(code)
    return (inner.failure("it('x', function() " .. code .. " end)"))
end

describe("assert", function()
    it("takes values for true that are", function()
        assert(1)
        assert.is_true(true)
        assert.is_false(false)
        assert.truthy("x")
        assert.falsy(nil)
        assert.is_nil(nil)
        assert.is_not_nil(false)
        assert.is.string("x")
        assert.is_not.number("x")
        assert.equal(1, 1)
        assert.are.equal("a", "a")
        assert.are_not.equal({}, {})
        assert.not_equal(1, 2)
        assert.same({ 1, { a = 2 } }, { 1, { a = 2 } })
        assert.are_not.same({ 1 }, { 1, 2 })
        assert.near(1, 1.05, 0.1)
        assert.matches("^a+$", "aaa")
        assert.does_not.match("b", "aaa")
        assert.matches("a.(", "xa.(", 1, true)
        assert.unique({ 1, 2, 3 })
        assert.is_not.unique({ 1, 2, 1 })
        assert.contains("b", { "a", "b" })
    end)

    it("refuses what is not so", function()
        assert.equal("assertion failed!", fails("assert(false)"))
        assert.equal("no row", fails("assert(nil, 'no row')"))
        assert.matches("^expected equal values\nexpected: 1\ngot: *2$",
            fails("assert.equal(1, 2)"))
        assert.matches("expected true, got: 1", fails("assert.is_true(1)"))
        assert.matches("anything but nil", fails("assert.is_not_nil(nil)"))
        assert.matches("within 0.1 of 1", fails("assert.near(1, 2, 0.1)"))
    end)

    it("says where two tables differ", function()
        local message = fails(
            "assert.same({ a = { 1, 2 }, b = 1 }, { a = { 1, 3 }, b = 1 })"
        )

        assert.contains(".a[2]: expected 2, got 3", message)
        assert.is_not.contains(".b:", message)
    end)

    it("puts the caller's message first", function()
        assert.matches("^the sum\n", fails("assert.equal(1, 2, 'the sum')"))
    end)

    it("tells the line of the spec", function()
        local _, place = inner.failure(
            "it('x', function()\n\nassert.is_nil(1)\nend)"
        )

        assert.equal("inner_spec.lua:3", place)
    end)

    it("knows errors by value and by pattern", function()
        local function boom()
            error("boom")
        end

        assert.has_error(boom)
        assert.has_error(boom, "boom")
        assert.error_matches(boom, "^.*: boom$")
        assert.has_no.errors(function() end)
        assert.matches("none was raised",
            fails("assert.has_error(function() end)"))
        assert.matches("expected another error",
            fails("assert.has_error(function() error('a', 0) end, 'b')"))
    end)

    it("calls the function under test once, also when it fails", function()
        local result = inner.run([[
            local calls = 0
            pcall(function()
                assert.has_error(function() calls = calls + 1 end)
            end)
            it("x", function() assert.equal(1, calls) end)
        ]])

        assert.equal(1, result.passed)
    end)

    it("raises for a word that it does not know", function()
        assert.matches("assert knows no 'eqal'", fails("assert.eqal(1, 1)"))
    end)
end)
