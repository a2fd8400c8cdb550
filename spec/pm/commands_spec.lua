-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")
local json = require("pandan.json")

describe("pandan's package commands", function()
    local root, app

    local function write(path, text)
        files.write(root .. "/" .. path, text)
    end

    local function run(words)
        return cli.run(words, { cwd = app })
    end

    local function ok(words)
        local result = run(words)

        assert.equal("", result.code == 0 and "" or result.stderr)
        return result.stdout
    end

    local function manifest()
        return files.read(app .. "/pandan.pkg.lua")
    end

    before_each(function()
        root = cli.folder()
        app = root .. "/app"
        write("log/pandan.pkg.lua",
            'return { name = "acme/log", version = "2.0.0" }\n')
        write("log/lib/log.lua", "return {}\n")
        write("web/pandan.pkg.lua", 'return { name = "acme/web", '
            .. 'version = "1.4.0", dependencies = { ["acme/log"] = "^2" } }\n')
        write("web/lib/web.lua", "return {}\n")
        write("app/pandan.pkg.lua", "return {\n    dependencies = {\n"
            .. "        -- what pages need\n"
            .. '        ["acme/log"] = { path = "../log" }, -- loud\n'
            .. "    },\n}\n")
    end)

    it("write a manifest, and only where there is none", function()
        local folder = cli.folder()
        local first = cli.run("init --name acme/app", { cwd = folder })
        local again = cli.run("init", { cwd = folder })

        assert.equal("create pandan.pkg.lua\n", first.stdout)
        assert.matches('name = "acme/app"',
            files.read(folder .. "/pandan.pkg.lua"), 1, true)
        assert.equal(2, again.code)
        assert.matches("P0109", again.stderr)
    end)

    it("add a row and keep the comments", function()
        assert.matches("added acme/web", ok("add acme/web --path ../web"))
        assert.equal("return {\n    dependencies = {\n"
            .. "        -- what pages need\n"
            .. '        ["acme/log"] = { path = "../log" }, -- loud\n'
            .. '        ["acme/web"] = { path = "../web" },\n'
            .. "    },\n}\n", manifest())
        assert.equal("your project\n├── acme/log 2.0.0\n"
            .. "└── acme/web 1.4.0\n    └── acme/log 2.0.0\n", ok("tree"))
    end)

    it("remove a row with its comment", function()
        ok("install")
        assert.matches("removed acme/log", ok("remove acme/log"))
        assert.equal("return {\n    dependencies = {\n"
            .. "        -- what pages need\n    },\n}\n", manifest())
        assert.equal("", ok("list"))
    end)

    it("leave all as it was when nothing fits", function()
        write("log/pandan.pkg.lua",
            'return { name = "acme/log", version = "3.0.0" }\n')

        local before = manifest()
        local result = run("add acme/web --path ../web")

        assert.equal(3, result.code)
        assert.equal(before, manifest())
        assert.equal("error[P0301]: no set of versions fits\n"
            .. "  because your project needs acme/web, which needs "
            .. "acme/log ^2, of which there is only 3.0.0, nothing is left.\n",
            result.stderr:match("^[^\n]*\n[^\n]*\n"))
    end)

    it("tell why a package is there", function()
        ok("add acme/web --path ../web")
        assert.equal("your project → acme/log 2.0.0\n"
            .. "your project → acme/web 1.4.0 → acme/log 2.0.0\n",
            ok("why acme/log"))

        local unknown = run("why acme/nothing")

        assert.equal(2, unknown.code)
        assert.matches("P0110", unknown.stderr)
    end)

    it("list as lines and as JSON", function()
        ok("install")
        assert.equal("acme/log 2.0.0\n", ok("list"))
        assert.same({ type = "package", id = "acme/log", version = "2.0.0",
            direct = true, dev = false }, json.decode(ok("list --json")))
    end)

    it("know that the lock does not fit any more", function()
        ok("lock")
        ok("lock --check")
        write("app/pandan.pkg.lua", manifest() .. "-- changed\n")

        local result = run("lock --check")

        assert.equal(6, result.code)
        assert.matches("P0203", result.stderr)
    end)

    it("write the same lock again", function()
        ok("lock")

        local first = files.read(app .. "/pandan.lock")

        os.remove(app .. "/pandan.lock")
        ok("lock")
        assert.equal(first, files.read(app .. "/pandan.lock"))
    end)

    it("refuse words that are no packages", function()
        for words, pattern in pairs({
            ["add ../log"] = "P0103",
            ["add npm:left-pad"] = "P0303",
            ["add 'rocks:lpeg@^1'"] = "P0104",
            ["add acme/new"] = "P0304",
            ["remove acme/lgo"] = "did you mean 'acme/log'",
        }) do
            local result = run(words)

            assert.is_true(result.code == 2)
            assert.matches(pattern, result.stderr)
        end
    end)

    it("tell errors as JSON when so asked", function()
        local result = run("why acme/nothing --json")

        assert.equal("", result.stderr)
        assert.equal("P0204", json.decode(result.stdout).code)
    end)

    it("explain every code", function()
        local count = 0

        for code in ok("explain"):gmatch("(P%d%d%d%d)  ") do
            assert.matches("exit code %d", ok("explain " .. code))
            count = count + 1
            if count == 5 then
                break
            end
        end

        assert.equal(5, count)
        assert.equal(2, run("explain P9999").code)
    end)

    it("complete words in bash", function()
        local script = ok("completions bash")

        assert.matches("completions", script, 1, true)
        assert.equal(0, os.execute("bash -n <<'EOF'\n" .. script .. "EOF"))
    end)
end)
