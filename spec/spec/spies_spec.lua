-- SPDX-License-Identifier: MIT
local inner = require("support.inner")

describe("spies", function()
    it("remember their calls", function()
        local one = spy.new(function(a)
            return a * 2
        end)

        assert.equal(4, one(2))
        one(3)
        assert.spy(one).was.called()
        assert.spy(one).was.called(2)
        assert.spy(one).was.called_with(3)
        assert.spy(one).was_not.called_with(4)
        assert.spy(one).was.called_with(match._)
        assert.spy(one).was.called_with(match.is_number())
        assert.spy(one).returned_with(6)
    end)

    it("put back what they replaced when the test ends", function()
        local result = inner.run([[
            local thing = { name = function() return "real" end }
            it("one", function()
                stub(thing, "name").returns("false")
            end)
            it("two", function()
                assert.equal("real", thing.name())
            end)
        ]])

        assert.equal(1, result.passed)
    end)

    it("answer for what they stand for", function()
        local thing = { name = function() end }
        local one = stub(thing, "name", "a stub")

        assert.equal("a stub", thing.name())
        assert.stub(one).was.called(1)
        one:revert()
        assert.is_nil(thing.name())
    end)

    it("tell of the calls there were", function()
        assert.contains("(1, \"a\")", (inner.failure([[
            it("x", function()
                local one = spy.new()
                one(1, "a")
                assert.spy(one).was.called_with(2)
            end)
        ]])))
    end)
end)
