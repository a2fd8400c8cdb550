-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")
local paths = require("support.paths")

describe("the page about the command line", function()
    local page = files.read(paths.root .. "/docs/book/cli.md")
    local documented = {}

    for name, text in page:gmatch("\n## pandan ([%l ]+)\n\n```\n(.-)```") do
        documented[name] = text
    end

    local function names_of(text)
        local names = {}

        for name in text:match("Commands:(.*)"):gmatch("\n  (%l+)") do
            names[#names + 1] = name
        end

        return names
    end

    it("has the overview as it is printed", function()
        assert.is_true(page:find(cli.run("help").stdout, 1, true) ~= nil)
    end)

    it("has each command's help as it is printed", function()
        local count = 0

        for name, text in pairs(documented) do
            assert.equal(text, cli.run("help " .. name).stdout)
            count = count + 1
        end

        assert.is_true(count > 20)
    end)

    it("leaves no command out", function()
        for line in cli.run("help").stdout:gmatch("\n  (%l+) ") do
            assert.is_string(documented[line])

            local parts = documented[line]:find("Commands:", 1, true)
                and names_of(documented[line]) or {}

            for _, part in ipairs(parts) do
                assert.is_string(documented[line .. " " .. part])
            end
        end
    end)
end)
