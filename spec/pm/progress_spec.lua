-- SPDX-License-Identifier: MIT
local paths = require("support.paths")
local rocks = require("support.rocks")
local shell = require("support.shell")

describe("what an installation says meanwhile", function()
    local server = rocks.serve()

    server:add_tree(3)

    local function project()
        return rocks.project(server, { ["rocks:part1"] = "" })
    end

    --- As somebody at a terminal sees it: `script` gives it one.
    local function at_terminal(words, more_env)
        local made = project()
        local env = made:env()

        env.TERM = "xterm"
        for name, value in pairs(more_env or {}) do
            env[name] = value
        end

        return shell.run(("script -qec %s /dev/null"):format(shell.quote(
            paths.pandan .. " " .. words)), { cwd = made.root, env = env })
            .stdout
    end

    it("is a bar at a terminal, which goes away", function()
        local seen = at_terminal("install")

        assert.matches("Fetching %[[=> ]+%] %d of %d", seen)
        assert.is_nil(seen:find("fetched rocks:", 1, true))
        -- cleared before the result is told
        assert.matches("\r\27%[K%+ rocks:part1 1%.0%-1", seen)
    end)

    it("is a line for each package elsewhere", function()
        local result = project():run("install")
        local _, count = result.stderr:gsub(
            "fetched rocks:part%d 1%.0%-1 %([%d.]+ %l*[bB]%l*%)\n", "")

        assert.equal(3, count)
        assert.is_nil((result.stdout .. result.stderr):find("[\r\27]"))
    end)

    it("is lines at a terminal with --no-progress", function()
        local seen = at_terminal("install --no-progress")

        assert.matches("fetched rocks:part1", seen, 1, true)
        assert.is_nil(seen:find("Fetching", 1, true))
    end)

    it("is nothing with --quiet, and with --json objects alone", function()
        local quiet = project():run("install --quiet")
        local json = project():run("install --json")

        assert.equal("", quiet.stdout .. quiet.stderr)
        assert.equal("", json.stderr)
        assert.equal("", (json.stdout:gsub("{[^\n]+}\n", "")))
    end)

    it("has colours at a terminal, unless NO_COLOR is set", function()
        local coloured = at_terminal("install --locked")
        local plain = at_terminal("install --locked", { NO_COLOR = "1" })
        local dumb = at_terminal("install --locked", { TERM = "dumb" })
        local pipe = project():run("install --locked").stderr

        assert.matches("\27%[[%d;]*merror", coloured)
        assert.matches("^error%[P0204%]: ", plain)
        assert.matches("^error%[P0204%]: ", dumb)
        assert.matches("^error%[P0204%]: ", pipe)
    end)
end)
