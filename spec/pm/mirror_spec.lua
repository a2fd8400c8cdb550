-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local opm = require("support.opm")
local paths = require("support.paths")
local rocks = require("support.rocks")
local shell = require("support.shell")

describe("pandan mirror", function()
    local server = rocks.serve()
    local home = cli.folder()

    server:add { name = "menu", version = "1.0-1", kind = "all",
        modules = { menu = "return 'menu'\n" } }
    server:add { name = "menu-bar", version = "2.1-3",
        modules = { bar = "return 'bar'\n" }, dependencies = { "menu" } }
    server:list()
    opm.package(home, "lua-resty-a", "0.01")
    opm.package(home, "lua-resty-a", "0.02")
    opm.package(home, "lua-resty-a", "0.1")
    opm.package(home, "lua-resty-b", "1.0")
    opm.package(home, "lua-resty-b", "1.0.1", "acme/lua-resty-a >= 0.01")

    local foreign = opm.serve(home)
    local app = cli.app("packages", "--registry")
    local env = { HOME = home, XDG_DATA_HOME = false, XDG_CACHE_HOME = false,
        PANDAN_ROCKS_URL = server.url,
        PANDAN_OPM_URL = "http://127.0.0.1:" .. foreign.port }
    local needs = { ["rocks:menu-bar"] = "", ["opm:acme/lua-resty-b"] = "" }
    local port

    setup(function()
        app:write(".env", app:read(".env") .. "PANDAN=" .. paths.pandan .. "\n")
        app:ok("db migrate --env production")
        port = app:start()
    end)

    --- Of a user with an empty store, who asks these servers.
    local function project(url)
        local made = rocks.project(nil, needs)

        made.more_env.PANDAN_ROCKS_URL = url and url .. "rocks/" or server.url
        made.more_env.PANDAN_OPM_URL = url or env.PANDAN_OPM_URL
        return made
    end

    it("copies packages and what they need", function()
        assert.equal("+ opm:acme/lua-resty-a 0.02\n"
            .. "+ opm:acme/lua-resty-b 1.0.1\n+ rocks:menu 1.0-1\n"
            .. "+ rocks:menu-bar 2.1-3\n",
            app:ok("mirror pub rocks:menu-bar opm:acme/lua-resty-b",
                { env = env }))
    end)

    it("copies nothing twice, and adds what is asked for", function()
        assert.equal("+ opm:acme/lua-resty-a 0.1\n",
            app:ok("mirror pub rocks:menu 'opm:acme/lua-resty-a@= 0.1'",
                { env = env }))
    end)

    it("stands in for both servers, byte by byte", function()
        local theirs = project()
        local ours = project("http://127.0.0.1:" .. port .. "/")

        theirs:ok("install")
        ours:ok("install")
        assert.equal(theirs:read("pandan.lock"), ours:read("pandan.lock"))
        assert.equal(theirs:modules(), ours:modules())
    end)

    it("serves luarocks, too", function()
        local made = project("http://127.0.0.1:" .. port .. "/")

        made.server = { url = made.more_env.PANDAN_ROCKS_URL }
        assert.matches("share/lua/5.1/bar.lua\n",
            made:modules(made:luarocks("menu-bar")), 1, true)
    end)

    it("copies what a project's lock names", function()
        local made = project()

        made:ok("install")
        made:ok("mirror copy")
        assert.equal("copy/opm/acme/lua-resty-a-0.02.opm.tar.gz\n"
            .. "copy/opm/acme/lua-resty-b-1.0.1.opm.tar.gz\n"
            .. "copy/opm/index\ncopy/rocks/manifest-5.1\n"
            .. "copy/rocks/menu-1.0-1.all.rock\n"
            .. "copy/rocks/menu-bar-2.1-3.src.rock\n",
            shell.run("find copy -type f | LC_ALL=C sort",
                { cwd = made.root }).stdout)
    end)

    it("refuses other bytes for what it has", function()
        shell.run("echo more >> pub/rocks/menu-1.0-1.all.rock",
            { cwd = app.root })

        local result = app:run("mirror pub rocks:menu", { env = env })

        assert.matches("P0206", result.stderr)
        assert.equal(5, result.code)
    end)
end)
