-- SPDX-License-Identifier: MIT
local files = require("support.files")
local rocks = require("support.rocks")

-- 127 by PANDAN_SPEC_ROCKS=127; luarocks takes its time for each
local COUNT = tonumber(os.getenv("PANDAN_SPEC_ROCKS") or 12)

describe("pandan install", function()
    local server = rocks.serve()

    server:add_tree(COUNT)

    local project = rocks.project(server, { ["rocks:part1"] = ">= 1.0" })
    local first = project:ok("install")

    it("installs what luarocks installs from the same server", function()
        assert.equal(project:modules(project:luarocks("part1")),
            project:modules())
    end)

    it("tells what came", function()
        assert.matches("%+ rocks:part1 1%.0%-1\n", first)
        assert.matches(COUNT .. " packages in lua_modules/", first)
    end)

    it("writes the hash of every artifact into the lock", function()
        local lock = project:read("pandan.lock")
        local _, count = lock:gsub('"src":"sha256:%x+"', "")

        assert.equal(COUNT, count)
    end)

    it("installs the same bytes in a clone, for another user", function()
        local clone = project:clone(true)

        clone:ok("install --locked")
        assert.equal(project:modules(), clone:modules())
        assert.equal(project:read("pandan.lock"), clone:read("pandan.lock"))
    end)

    it("asks no server when the lock and the store have all", function()
        local clone = project:clone()

        clone.server = { url = "http://127.0.0.1:1/" }
        clone:ok("install")
        assert.equal(project:modules(), clone:modules())
    end)

    it("has nothing to do the second time", function()
        assert.matches(" 0 changed\n", project:ok("install"))
    end)

    it("gives the modules to a program", function()
        local out = project:ok("exec luajit -e "
            .. "'io.write(require(\"part2.inner.deep\"))'")

        assert.equal("deep", out)
    end)

    it("removes what nobody needs any more, and takes that back", function()
        project:manifest({ ["rocks:part2"] = "" })
        assert.matches("%- rocks:part1 1%.0%-1\n", project:ok("install"))
        assert.is_false(project:has("lua_modules/share/lua/5.1/part1.lua"))

        project:ok("rollback")
        assert.is_true(project:has("lua_modules/share/lua/5.1/part1.lua"))
        assert.matches("part1", project:read("pandan.pkg.lua"))
        assert.matches(" 0 changed\n", project:ok("install --locked"))
    end)

    it("refuses a lock that does not fit, when asked to", function()
        local clone = project:clone()

        clone:manifest({ ["rocks:part3"] = "" })
        assert.equal(6, clone:run("install --locked").code)
        assert.is_false(clone:has("lua_modules"))
    end)

    it("does not replace a folder that is somebody else's", function()
        local clone = project:clone()

        files.write(clone.root .. "/lua_modules/mine.lua", "return 1")

        local result = clone:run("install")

        assert.equal(1, result.code)
        assert.matches("P0622", result.stderr)
        assert.is_true(clone:has("lua_modules/mine.lua"))
    end)
end)

describe("pandan verify", function()
    local server = rocks.serve()

    server:add_tree(3)

    local project = rocks.project(server, { ["rocks:part1"] = "" })

    project:ok("install --copy")

    it("finds all as it was installed", function()
        assert.matches("6 files of 3 packages", project:ok("verify"))
    end)

    it("finds a file that was changed, and install puts it right", function()
        files.write(project.root .. "/lua_modules/share/lua/5.1/part2.lua",
            "evil()")

        local result = project:run("verify")

        assert.equal(8, result.code)
        assert.matches("changed lua_modules/share/lua/5.1/part2.lua",
            result.stdout)

        project:ok("install --force --copy")
        project:ok("verify")
    end)
end)
