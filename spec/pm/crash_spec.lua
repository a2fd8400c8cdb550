-- SPDX-License-Identifier: MIT
local rocks = require("support.rocks")
local shell = require("support.shell")

-- more by PANDAN_SPEC_KILLS=500
local KILLS = tonumber(os.getenv("PANDAN_SPEC_KILLS") or 12)
local PARALLEL = 20

describe("an installation", function()
    local server = rocks.serve()
    local needs = {}

    for i = 1, 20 do
        needs["rocks:piece" .. i] = ""
        server:add {
            name = "piece" .. i, version = "1.0-1", kind = "all",
            modules = { ["piece" .. i] = "return " .. i,
                ["piece" .. i .. ".more"] = "return true" },
        }
    end
    server:list()

    it("that is killed at any point is completed by the next", function()
        local project = rocks.project(server, needs)

        for i = 1, KILLS do
            -- `timeout` kills after ever more microseconds
            shell.run(("cd '%s' && timeout -s KILL %.4f '%s' install -q")
                :format(project.root, i * 0.12 / KILLS,
                    require("support.paths").pandan),
                { env = project:env() })

            local whole = project:run("verify")

            assert.is_true(whole.code == 0
                or whole.stderr:find("nothing is installed", 1, true) ~= nil)
        end

        project:ok("install")
        assert.matches("40 files of 20 packages", project:ok("verify"))
        assert.equal("", shell.run("ls -A .pandan/modules | "
            .. "grep -v -e lock -e previous", { cwd = project.root }).stdout)
    end)

    it("of twenty at once ends as one", function()
        local project = rocks.project(server, needs)
        local command = {}

        for i = 1, PARALLEL do
            command[i] = ("'%s' install -q --force & p%d=$!")
                :format(require("support.paths").pandan, i)
        end
        for i = 1, PARALLEL do
            command[PARALLEL + i] = ("wait $p%d || exit 1"):format(i)
        end

        local result = shell.run(table.concat(command, "\n"),
            { cwd = project.root, env = project:env(), timeout = 60 })

        assert.equal("", (result.stderr:gsub("pandan: waiting[^\n]*\n", "")
            :gsub("fetched [^\n]*\n", "")))
        assert.equal(0, result.code)
        assert.matches("40 files of 20 packages", project:ok("verify"))
    end)

    it("mends a store whose files were changed", function()
        local project = rocks.project(server, needs)

        project:ok("install")
        shell.run("chmod -R u+w . && for f in files/*; do "
            .. "echo broken > $f; done; exit 0",
            { cwd = project.home .. "/.local/share/pandan/store/v1" })

        assert.equal(8, project:run("verify").code)
        project:ok("install --force")
        assert.matches("40 files of 20 packages", project:ok("verify"))
    end)

    it("says that the disk is full, and changes nothing", function()
        local project = rocks.project(server, { ["rocks:piece1"] = "" })

        project:ok("install")
        project:manifest(needs)

        local lock = project:read("pandan.lock")
        local result = shell.run(("cd '%s' && ulimit -f 0 && "
            .. "trap '' XFSZ && '%s' install"):format(project.root,
            require("support.paths").pandan), { env = project:env() })

        assert.equal(1, result.code)
        assert.equal(lock, project:read("pandan.lock"))
        assert.matches("2 files of 1 packages", project:ok("verify"))
    end)
end)
