-- SPDX-License-Identifier: MIT
local inner = require("support.inner")

local function order_of(text, settings)
    local trace = {}
    local result = inner.run(text, {
        environment = {
            note = function(word)
                trace[#trace + 1] = word
            end,
        },
        shuffle = settings and settings.shuffle,
        seed = settings and settings.seed,
    })

    return table.concat(trace, " "), result
end

describe("hooks", function()
    it("run from the outside in, and back", function()
        assert.equal("S s b1 b2 test a2 a1 t T", order_of([[
            setup(function() note("S") end)
            teardown(function() note("T") end)
            before_each(function() note("b1") end)
            after_each(function() note("a1") end)
            describe("block", function()
                setup(function() note("s") end)
                teardown(function() note("t") end)
                before_each(function() note("b2") end)
                after_each(function() note("a2") end)
                it("test", function() note("test") end)
            end)
        ]]))
    end)

    it("after a test run even when it failed", function()
        local order, result = order_of([[
            after_each(function() note("after") end)
            it("fails", function()
                finally(function() note("finally") end)
                error("no")
            end)
        ]])

        assert.equal("finally after", order)
        assert.equal(1, result.failed)
    end)

    it("of a block without tests to run do not run", function()
        assert.equal("", order_of([[
            describe("block", function()
                setup(function() note("setup") end)
            end)
        ]]))
    end)

    it("that fail before a block fail each of its tests", function()
        local _, result = order_of([[
            setup(function() error("no server") end)
            it("one", function() end)
            it("two", function() end)
        ]])

        assert.equal(2, result.failed)
        assert.equal(0, result.passed)
    end)

    it("that fail after a block are a failure of their own", function()
        local _, result = order_of([[
            teardown(function() error("cannot stop") end)
            it("one", function() end)
        ]])

        assert.equal(1, result.failed)
        assert.equal(1, result.passed)
    end)
end)

describe("shuffling", function()
    local text = [[
        for i = 1, 9 do
            it("test " .. i, function() note(i) end)
        end
    ]]

    it("keeps the order without being asked", function()
        assert.equal("1 2 3 4 5 6 7 8 9", order_of(text))
    end)

    it("gives the same order for the same seed", function()
        local first = order_of(text, { shuffle = true, seed = 42 })

        assert.equal(first, order_of(text, { shuffle = true, seed = 42 }))
        assert.is_not.equal(first,
            order_of(text, { shuffle = true, seed = 43 }))
    end)
end)
