-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local files = require("support.files")
local paths = require("support.paths")

describe("the types of pandan.db.native", function()
    it("tell of all that there is, and of nothing else", function()
        local said = { "binary" }
        local text = files.read(paths.root .. "/types/db_native.lua")

        for name in text:gmatch("\nfunction native%.([%w_]+)") do
            said[#said + 1] = name
        end
        table.sort(said)

        local app = databases.sqlite()
        local given = app:run([[
            local names = {}
            for name in pairs(require("pandan.db.native")) do
                names[#names + 1] = name
            end
            table.sort(names)
            return table.concat(names, " ")
        ]])

        app:stop()
        assert.equal(given, table.concat(said, " "))
    end)
end)
