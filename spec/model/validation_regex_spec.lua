-- SPDX-License-Identifier: MIT
--- The rule regex is Perl's and so runs inside of the server only.
local databases = require("support.databases")
local validation = require("pandan.validation")

describe("the validation rule regex", function()
    it("matches in the server, bars and commas included", function()
        local app = databases.sqlite()

        app:run([[
            local check = require("pandan.validation").check
            local function matches(rule, value)
                return check({ v = value }, { v = rule }) ~= nil
            end

            assert(matches("required|regex:^(a|b){1,2}$", "ab"))
            assert(not matches("required|regex:^(a|b){1,2}$", "abc"))
            assert(not matches("regex:^a$", "a\n"))
            assert(matches("regex:^.$", "é"))
            local ok, err = pcall(matches, "regex:(", "a")
            assert(not ok and err:find("is wrong"), err)
        ]])
    end)

    it("says outside of it what to use instead", function()
        assert.error_matches(function()
            validation.check({ v = "a" }, { v = "regex:a" })
        end, "pattern takes a pattern of Lua")
    end)
end)
