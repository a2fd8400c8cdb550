-- SPDX-License-Identifier: MIT
local cli = require("support.cli")

describe("pandan console", function()
    local app = cli.app("blog")

    local function console(input)
        local result = app:run("console", { input = input })

        assert.equal(0, result.code)

        return result.stdout
    end

    it("prints what an expression gives", function()
        assert.equal('3\n"a"\n', console('1 + 2\n"a"\n'))
    end)

    it("keeps variables", function()
        assert.equal("5\n", console("local x = 2\ny = 3\nx + y\n"))
    end)

    it("waits for the rest of what is not complete", function()
        assert.equal("1\n2\n", console("for i = 1, 2 do\nprint(i)\nend\n"))
        assert.equal("3\n", console("1 +\n2\n"))
    end)

    it("says what is missing at the end", function()
        assert.matches("'end' expected", console("for i = 1, 2 do\n"))
    end)

    it("goes on after an error", function()
        local said = console('error("boo")\n1\n')

        assert.matches("boo", said)
        assert.matches("1\n$", said)
    end)

    it("has the application's database", function()
        assert.equal("{ { n = 7 } }\n", console('db:query("SELECT 7 AS n")\n'))
    end)
end)
