-- SPDX-License-Identifier: MIT
local inner = require("support.inner")
local json = require("pandan.json")

local TEXT = [[
    describe("a <thing>", function()
        it("works", function() end)
        it("breaks", function() assert.equal("a", "b") end)
        it("is planned")
    end)
]]

local function report(format)
    local _, output = inner.run(TEXT, { format = format })

    return output
end

describe("the report", function()
    it("in sentences ends with the sum", function()
        local output = report("plain")

        assert.matches("\n  ok      a <thing> works\n", output)
        assert.matches("\nFAILED inner_spec.lua: a <thing> breaks\n", output)
        assert.matches("inner_spec.lua:3: expected equal values", output)
        assert.matches("\n1 passed, 1 failed, 1 skipped\n$", output)
    end)

    it("in dots has one a test", function()
        assert.matches("^%.Fs\n", report("dots"))
    end)

    it("in TAP has its plan at the end", function()
        local output = report("tap")

        assert.matches("\nok 1 %- a <thing> works\n", output)
        assert.matches("\nnot ok 2 %- a <thing> breaks\n", output)
        assert.matches("\nok 3 %- a <thing> is planned # SKIP\n", output)
        assert.matches("\n1%.%.3\n", output)
    end)

    it("in XML escapes names", function()
        local output = report("junit")

        assert.contains('tests="3" failures="1" skipped="1"', output)
        assert.contains('name="a &lt;thing&gt; works"', output)
    end)

    it("in JSON can be read", function()
        local value = json.decode(report("json"))

        assert.equal(1, value.passed)
        assert.equal("failed", value.tests[2].status)
        assert.equal("inner_spec.lua:3", value.tests[2].place)
    end)

    it("tells of a file that cannot be read", function()
        local result, output = inner.run("it('x'")

        assert.equal(1, result.failed)
        assert.matches("inner_spec.lua:1: ", output)
    end)
end)
