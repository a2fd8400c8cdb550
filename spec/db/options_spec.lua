-- SPDX-License-Identifier: MIT
local options = require("pandan.db.options")

describe("options of a database", function()
    it("have defaults", function()
        assert.equal(10, (options.read("postgres", {})).limit)
        assert.equal(4, (options.read("sqlite", {})).limit)
    end)

    it("come as numbers or as text", function()
        assert.equal(7, (options.read("sqlite", { limit = 7 })).limit)
        assert.equal(7, (options.read("sqlite", { limit = "7" })).limit)
    end)

    it("go on to the client library when it knows them", function()
        local pool, words = options.read("postgres", { sslmode = "require" })

        assert.is_table(pool)
        assert.same({ sslmode = "require" }, words)
    end)

    it("are refused when they are wrong", function()
        local refused = {
            { { limit = 0 }, "option limit must be a whole number from 1 to "
                .. "10000" },
            { { limit = 1.5 }, "option limit must be a whole number from 1 to "
                .. "10000" },
            { { query_timeout = "soon" }, "option query_timeout must be a "
                .. "whole number from 1 to 86400000" },
            { { int64 = "big" }, "option int64 must be string, cdata or "
                .. "number" },
            { { sslmode = "require" }, "there is no option 'sslmode'" },
            { { limits = 1 }, "there is no option 'limits'" },
        }

        for _, case in ipairs(refused) do
            local pool, err = options.read("sqlite", case[1])

            assert.is_nil(pool)
            assert.equal(case[2], err)
        end
    end)
end)
