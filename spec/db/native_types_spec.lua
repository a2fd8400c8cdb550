-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local files = require("support.files")
local paths = require("support.paths")

-- What a module has that is no function.
local MODULES = { db = { "binary" }, redis = { "error" }, memcached = {} }

describe("the types of the drivers' native modules", function()
    local app

    setup(function()
        app = databases.sqlite()
    end)

    for module, said in pairs(MODULES) do
        it("tell of all that there is of " .. module .. ", and of nothing else",
            function()
                local text = files.read(("%s/types/%s_native.lua"):format(
                    paths.root, module))

                for name in text:gmatch("\nfunction native%.([%w_]+)") do
                    said[#said + 1] = name
                end
                table.sort(said)

                local given = app:run(([[
                    local names = {}
                    for name in pairs(require("pandan.%s.native")) do
                        names[#names + 1] = name
                    end
                    table.sort(names)
                    return table.concat(names, " ")
                ]]):format(module))

                assert.equal(given, table.concat(said, " "))
            end)
    end
end)
