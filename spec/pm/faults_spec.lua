-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")
local paths = require("support.paths")
local rocks = require("support.rocks")
local shell = require("support.shell")

-- How many of the points are tried; 100000 by PANDAN_SPEC_FAULTS for all
local TRIES = tonumber(os.getenv("PANDAN_SPEC_FAULTS") or 10)

-- An update from two packages to three others, begun from the same folder
-- each time, that ends at its n-th change of the disk.
describe("an update that ends at any of its changes", function()
    local server = rocks.serve()
    local shim = cli.folder() .. "/faults.so"
    local before = { ["rocks:one"] = "", ["rocks:two"] = "== 1.0-1" }
    local after = { ["rocks:two"] = "", ["rocks:three"] = "" }
    local project = rocks.project(server, before)
    local count, old, new, home

    for name, versions in pairs {
        one = { "1.0-1" }, two = { "1.0-1", "2.0-1" }, three = { "1.0-1" },
    } do
        for _, version in ipairs(versions) do
            server:add { name = name, version = version, kind = "all",
                modules = { [name] = "return '" .. version .. "'\n",
                    [name .. ".more"] = "return true\n" } }
        end
    end

    --- As it was before the update, in the same place.
    local function again()
        shell.run(("rm -rf '%s' && cp -a '%s.base' '%s'"):format(home, home,
            home))
    end

    local function faulty(fault, at)
        local env = project:env()

        env.PANDAN_FAULT, env.PANDAN_FAULT_AT = fault, at
        env.PANDAN_FAULT_COUNT = shim .. ".count"
        env.LD_PRELOAD = (os.getenv("PANDAN_SAN_LIBS") or "") .. " " .. shim
        return shell.run("exec '" .. paths.pandan .. "' install -q",
            { cwd = project.root, env = env })
    end

    setup(function()
        local made = shell.run(("gcc -shared -fPIC -O1 -D_GNU_SOURCE -o %s "
            .. "%s/spec/support/faults.c -ldl"):format(shim, paths.root))

        assert.equal("", made.stderr)
        server:list()
        home = project.home
        project:ok("install")
        old = project:modules()
        project:manifest(after)
        shell.run(("cp -a '%s' '%s.base'"):format(home, home))
        faulty()
        count = tonumber(files.read(shim .. ".count"))
        new = project:modules()
        assert.is_true(count > 20 and old ~= new)
    end)

    --- Calls fn with each of the points, or with some of them.
    local function each(fn)
        local step = math.max(1, count / TRIES)

        for at = 1, count, step do
            again()
            fn(math.floor(at))
        end
    end

    local function whole(at)
        local have = project:modules()

        if have ~= old and have ~= new then
            error(("change %d of %d: neither old nor new:\n%s"):format(at,
                count, have))
        end

        local verified = project:run("verify")

        -- between lock and tree, verify tells that they differ
        if verified.code ~= 0
            and not verified.stdout:find("not in the lock", 1, true)
        then
            error(("change %d of %d: %s%s"):format(at, count,
                verified.stdout, verified.stderr))
        end
    end

    local function completes()
        project:ok("install")
        assert.equal(new, project:modules())
        assert.equal(0, project:run("verify").code)
        assert.equal("", shell.run("ls -A .pandan/modules | "
            .. "grep -v -e lock -e previous", { cwd = project.root }).stdout)
    end

    it("killed, it leaves the old or the new set, and the next run "
        .. "completes it", function()
        each(function(at)
            assert.is_true(faulty("kill", at).code ~= 0)
            whole(at)
            completes()
        end)
    end)

    it("on a full disk it says so, and leaves the old or the new set",
        function()
            each(function(at)
                local result = faulty("full", at)

                if result.code ~= 0 then
                    assert.matches("No space left on device", result.stderr)
                    assert.equal(1, result.code)
                end
                whole(at)
                completes()
            end)
        end)
end)
