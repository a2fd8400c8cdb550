-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")
local paths = require("support.paths")

describe("the page about packages", function()
    local page = files.read(paths.root .. "/docs/book/packages.md")

    local function example(name)
        return (page:match("<!%-%- example: " .. name
            .. " %-%->\n```%l*\n(.-)```"))
    end

    it("shows a manifest that is one", function()
        local folder = cli.folder()

        files.write(folder .. "/pandan.pkg.lua", example("manifest"))

        local result = cli.run("list", { cwd = folder })

        -- there is no lock yet; what is wrong in a manifest comes first
        assert.matches("P0204", result.stderr)
    end)

    it("shows a conflict as it is printed", function()
        local scenario = files.read(paths.root
            .. "/spec/pm/scenarios/menu.scenario")

        assert.equal(scenario:match("%-%-%- result\n(.*)$"),
            example("conflict"))
    end)

    it("knows the keys of a manifest", function()
        local source = files.read(paths.root .. "/pm/format/pdn_manifest.c")
        local count = 0

        for key in source:gmatch('\n    { "([%l_]+)", *PDN_') do
            assert.is_true(page:find("`" .. key .. "`", 1, true) ~= nil)
            count = count + 1
        end

        assert.is_true(count > 15)
    end)
end)
