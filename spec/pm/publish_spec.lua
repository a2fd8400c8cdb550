-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")
local package = require("support.package")
local paths = require("support.paths")
local rocks = require("support.rocks")
local shell = require("support.shell")

describe("a registry that takes packages", function()
    local app = cli.app("packages", "--registry")
    local home = cli.folder()
    local key, port, url, token

    setup(function()
        app:write(".env", app:read(".env") .. "PANDAN=" .. paths.pandan .. "\n")
        key = app:ok("registry init pub --keys keys"):match("ed25519:%x+")
        app:ok("db migrate --env production")
        token = app:ok("run --env production bin/token.lua acme"):match("%S+")
        port = app:start()
        url = ("http://127.0.0.1:%d/"):format(port)
    end)

    local function as(user)
        return { HOME = user or home, XDG_DATA_HOME = false,
            XDG_CACHE_HOME = false, XDG_CONFIG_HOME = false }
    end

    --- Of acme/menu, in a folder with a manifest that names the registry.
    local function publish(name, version, user, words)
        local root = (user or home) .. "/source"

        package.write(root, name, version, "return " .. ("%q"):format(version),
            ("    registries = { default = { url = %q, key = %q } },\n")
                :format(url, key))

        return cli.run(words or "publish", { cwd = root, env = as(user) })
    end

    local function login(text, user)
        return shell.run(("echo %s | '%s' login %s"):format(text,
            paths.pandan, url), { env = as(user), cwd = home })
    end

    local function project(needs)
        return rocks.project(nil, needs, ([[
    registries = { default = { url = %q, key = %q } },
]]):format(url, key))
    end

    it("takes nothing from who has no token", function()
        local result = publish("acme/menu", "1.0.0")

        assert.matches("error%[P0403%]", result.stderr)
        assert.equal(4, result.code)
    end)

    it("takes nothing from who has another token", function()
        login(("x"):rep(43))

        assert.matches("error%[P0403%]",
            publish("acme/menu", "1.0.0").stderr)
    end)

    it("takes a package from who logged in, for all to install", function()
        assert.equal(0, login(token).code)

        local result = publish("acme/menu", "1.0.0")

        assert.equal("", result.stderr)
        assert.matches("^%+ acme/menu 1%.0%.0, by %x+", result.stdout)
        assert.matches("1 versions",
            app:ok("registry verify pub --keys keys"))

        local other = project {}

        assert.matches("+ acme/menu 1.0.0\n", other:ok("add acme/menu"), 1,
            true)
        assert.equal("1.0.0", other:ok("exec luajit -e "
            .. "'io.write(require(\"menu\"))'"))
        assert.matches('"by":"%x+"', other:read("pandan.lock"))
    end)

    it("takes no version twice", function()
        local result = publish("acme/menu", "1.0.0")

        assert.matches("error[P0507]: the registry refuses: acme/menu 1.0.0 "
            .. "is there already", result.stderr, 1, true)
        assert.equal(5, result.code)
    end)

    it("takes packages of the token's owner only", function()
        local result = publish("other/menu", "1.0.0")

        assert.matches("error[P0508]: the registry refuses: other/menu is not "
            .. "a package of 'acme'", result.stderr, 1, true)
        assert.equal(5, result.code)
        assert.equal(5, publish("other/menu", "1.0.0", nil,
            "yank other/menu 1.0.0").code)
    end)

    it("withdraws a version, and lets it be chosen again", function()
        publish("acme/menu", "1.1.0")
        assert.equal(0, publish("acme/menu", "1.1.0", nil,
            "yank acme/menu 1.1.0").code)
        assert.matches("+ acme/menu 1.0.0\n",
            project { ["acme/menu"] = "" }:ok("install"), 1, true)

        publish("acme/menu", "1.1.0", nil, "yank acme/menu 1.1.0 --undo")
        assert.matches("+ acme/menu 1.1.0\n",
            project { ["acme/menu"] = "" }:ok("install"), 1, true)
    end)

    it("says which version it does not have", function()
        local result = publish("acme/menu", "1.1.0", nil,
            "yank acme/menu 7.0.0")

        assert.equal(4, result.code)
        assert.matches("P0402", result.stderr)
    end)

    it("does not change a package's author unnoticed", function()
        local user = cli.folder()
        local mine = project { ["acme/menu"] = "^1.0" }

        mine:ok("install")
        login(token, user)
        assert.equal(0, publish("acme/menu", "1.2.0", user).code)

        local lock = mine:read("pandan.lock")
        local result = mine:run("update")

        assert.matches("error[P0525]: acme/menu 1.2.0 is by another author",
            result.stderr, 1, true)
        assert.matches("help: ask whether it changed hands; then `pandan "
            .. "trust acme/menu`", result.stderr, 1, true)
        assert.equal(5, result.code)
        assert.equal(lock, mine:read("pandan.lock"))

        assert.matches("acme/menu", mine:ok("trust acme/menu"))
        assert.matches('"v":"1.2.0"', mine:read("pandan.lock"), 1, true)
        mine:ok("update")
    end)

    it("keeps tokens out of every text", function()
        local mine = home .. "/.config/pandan/tokens"

        assert.matches("^%-rw%-%-%-%-%-%-%-",
            shell.run("ls -l " .. mine).stdout)
        assert.matches(url .. " " .. token, files.read(mine), 1, true)
        assert.equal("", shell.run(("grep -rl -- %s %s %s/logs %s/pub"):format(
            token, home .. "/source", app.root, app.root)).stdout)
    end)

    it("forgets a token when it is told to", function()
        assert.equal(0, cli.run("logout " .. url,
            { env = as(), cwd = home }).code)
        assert.matches("error%[P0403%]",
            publish("acme/menu", "3.0.0").stderr)
    end)

    it("passes its own specs", function()
        app:ok("db migrate --env test")
        assert.equal(0, app:run("test").code)
    end)
end)
