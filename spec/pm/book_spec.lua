-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")
local paths = require("support.paths")
local shell = require("support.shell")

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

    it("knows every command about packages", function()
        local count = 0

        for name in cli.run("help").stdout:gmatch("\n  (%l+) ") do
            local help = cli.run(name .. " -h").stdout

            if help:find("--directory", 1, true) then
                assert.is_true(page:find("`pandan " .. name .. "`", 1, true)
                    ~= nil or page:find(", `" .. name .. "`", 1, true) ~= nil)
                count = count + 1
            end
        end

        assert.is_true(count > 25)
    end)

    it("knows the other names of commands", function()
        local rows = page:match("example: familiar %-%->\n(.-)\n\n")
        local count = 0

        for names, command in rows:gmatch("\n| ([^|]*) | `pandan (%l+)` |") do
            for name in names:gmatch("`pandan (%l+)`") do
                assert.equal(cli.run(command .. " -h").stdout,
                    cli.run(name .. " -h").stdout)
                count = count + 1
            end
        end

        assert.equal(9, count)
    end)

    it("knows the variables of the environment", function()
        local found = shell.run("grep -rhoE 'getenv\\(\"[A-Z_]+|"
            .. "\"PANDAN_[A-Z_]+\"' pm", { cwd = paths.root }).stdout
        local count = 0

        for name in found:gmatch("PANDAN_[A-Z_]+") do
            assert.is_true(page:find("`" .. name .. "`", 1, true) ~= nil)
            count = count + 1
        end

        assert.is_true(count > 4)
    end)
end)
