-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")
local json = require("pandan.json")
local paths = require("support.paths")
local rocks = require("support.rocks")

-- What each does in a project with one rock installed and a newer one there.
local RUNS = {
    { "init", 2 },
    { "list", 0, "package" },
    { "tree", 0, "node" },
    { "why rocks:part2", 0, "way" },
    { "outdated", 0 },
    { "install", 0 },
    { "install --locked", 0 },
    { "update --dry-run", 0 },
    { "update rocks:part2", 0 },
    { "lock", 0 },
    { "lock --check", 0 },
    { "verify", 0 },
    { "search part", 0, "found" },
    { "search nothing-like-it", 0 },
    { "info rocks:part1", 0, "info" },
    { "info rocks:gone", 3, "error" },
    { "files rocks:part2", 0, "file" },
    { "which part2.inner.deep", 0 },
    { "fetch", 0 },
    { "vendor", 0 },
    { "cache dir", 0 },
    { "cache size", 0 },
    { "cache prune", 0 },
    { "cache clean", 0 },
    { "path", 0 },
    { "env", 0 },
    { "audit", 0 },
    { "licenses", 0, "license" },
    { "sbom", 0 },
    { "doctor", 0 },
    { "explain P0301", 0 },
    { "explain", 0 },
    { "add rocks:part3 --dry-run", 0 },
    { "add rocks:part3", 0, "added" },
    { "remove rocks:part3", 0, "removed" },
    { "rollback", 0 },
    { "list --no-such-option", 2 },
    { "why rocks:gone", 2, "error" },
    { "info rocks:part1@9.9-1", 3, "error" },
}

local ALSO = {
    get = "add", uninstall = "remove", rm = "remove", upgrade = "update",
    i = "install", make = "install", ls = "list", show = "info",
    download = "fetch", completion = "completions",
}

--- All commands and parts of commands that know packages.
local function commands()
    local list = {}

    for name in cli.run("help").stdout:gmatch("\n  (%l+) ") do
        local help = cli.run("help " .. name).stdout

        if help:find("--json", 1, true) and help:find("--directory", 1, true)
        then
            list[#list + 1] = name
        end

        for part in (help:match("\nCommands:(.*)") or ""):gmatch("\n  (%l+)")
        do
            local inner = cli.run(name .. " " .. part .. " --help").stdout

            if inner:find("--directory", 1, true) then
                list[#list + 1] = name .. " " .. part
            end
        end
    end

    return list
end

--- The values on the lines of a text, all of which are JSON.
local function values(text, words)
    local list = {}

    for line in text:gmatch("[^\n]+") do
        local value = json.decode(line)

        assert(type(value) == "table", words .. " printed " .. line)
        list[#list + 1] = value
    end

    return list
end

describe("every command of the package manager", function()
    local all = commands()
    local documented = {}

    for code in files.read(paths.root .. "/docs/book/packages.md")
        :match("\n## Exit codes\n(.*)"):gmatch("\n| (%d+) |")
    do
        documented[tonumber(code)] = true
    end

    it("is there, and tells what it does", function()
        assert.is_true(#all >= 30)

        for _, name in ipairs(all) do
            local result = cli.run(name .. " --help")

            assert.equal(0, result.code)
            assert.matches("^Usage: pandan " .. name, result.stdout)
            assert.equal("", result.stderr)
        end
    end)

    it("goes by the names of opm and luarocks too", function()
        for name, command in pairs(ALSO) do
            assert.equal(cli.run(command .. " -h").stdout,
                cli.run(name .. " -h").stdout)
        end
    end)

    it("ends outside of a project with a documented code", function()
        local folder = cli.folder()

        for _, name in ipairs(all) do
            local home = { HOME = folder, XDG_DATA_HOME = false,
                XDG_CACHE_HOME = false, XDG_CONFIG_HOME = false }
            local result = cli.run(name .. " --json", { cwd = folder,
                env = home })

            assert.is_true(documented[result.code] == true)
            values(result.stdout, name)
        end
    end)

    it("prints JSON lines and ends as it is documented", function()
        local server = rocks.serve()

        server:add_tree(3)

        local project = rocks.project(server, { ["rocks:part2"] = "" })

        project.more_env.PANDAN_OPM_URL = server.url
        project:ok("install")

        for _, row in ipairs(RUNS) do
            local words, code, kind = row[1], row[2], row[3]
            local result = project:run(words .. " --json")
            local list = values(result.stdout, words)

            assert.equal(words .. " " .. code .. "\n", words .. " "
                .. result.code .. "\n" .. (result.code ~= code
                and result.stderr .. result.stdout or ""))

            if kind then
                assert.equal(words .. kind, words .. tostring(
                    list[#list] and list[#list].type))
            end
        end
    end)
end)
