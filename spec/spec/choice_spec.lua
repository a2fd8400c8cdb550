-- SPDX-License-Identifier: MIT
local inner = require("support.inner")
local spec = require("pandan.spec")

local TEXT = [[
    describe("the pool", function()
        it("lends #fast", function() end)
        it("takes back #slow", function() end)
        it("waits")
        pending("counts", function() error("not run") end)
    end)
    it("fails #fast", function() error("boom") end)
    it("comes after", function() end)
]]

local function names(settings)
    local result = inner.run(TEXT, settings)
    local list = {}

    for i, test in ipairs(result.tests) do
        list[i] = test.name
    end

    return list, result
end

describe("choosing tests", function()
    it("counts passed, failed and pending ones", function()
        local _, result = names()

        assert.equal(3, result.passed)
        assert.equal(1, result.failed)
        assert.equal(2, result.pending)
    end)

    it("by a pattern on the whole name", function()
        assert.same({ "the pool lends #fast" },
            (names({ filter = "pool lends" })))
    end)

    it("by tags", function()
        assert.same({ "the pool lends #fast", "fails #fast" },
            (names({ tags = { "fast" } })))
    end)

    it("without tags", function()
        assert.same({ "comes after" }, (names({
            exclude_tags = { "fast", "slow" },
            filter_out = "pool",
        })))
    end)

    it("stops at the first failure when told so", function()
        local list = names({ fail_fast = true })

        assert.equal("fails #fast", list[#list])
    end)

    it("lists without running", function()
        local result, output = inner.run(TEXT, {
            list = true,
            tags = { "slow" },
        })

        assert.equal("inner_spec.lua: the pool takes back #slow\n", output)
        assert.equal(0, result.passed)
    end)

    it("by the words of a command line", function()
        local output = {}
        local args = { "--filter=lends", "--format", "dots", "x" }
        local result = spec.main(args, {
            load = function()
                return loadstring(TEXT)
            end,
            output = function(piece)
                output[#output + 1] = piece
            end,
        })
        assert.equal(1, result.passed)
        assert.equal(".\n1 passed, 0 failed\n", table.concat(output))
    end)

    it("refuses options that it does not know", function()
        local result, err = spec.main({ "--quick" })

        assert.is_nil(result)
        assert.equal("unknown option '--quick'", err)
    end)
end)
