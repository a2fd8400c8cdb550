-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local json = require("pandan.json")

describe("the server in the background", function()
    local app = cli.app("blog")
    local port

    it("does not run at first", function()
        assert.equal(5, app:run("status").code)
        assert.equal(5, app:run("stop").code)
        assert.equal(5, app:run("reload").code)
    end)

    it("starts, and says where", function()
        port = app:start()
        assert.equal(200, cli.get(port, "/").status)
        assert.matches("running .* at http://127.0.0.1:" .. port,
            app:ok("status"))
        assert.is_true(json.decode(app:ok("status --json")).running)
    end)

    it("starts once", function()
        local result = app:run("start")

        assert.equal(1, result.code)
        assert.matches("runs already", result.stderr)
    end)

    it("takes new code, at the same address", function()
        app:write("application/controllers/index.lua", [[
            local C = {}
            function C:index() return "new" end
            return C
        ]])
        assert.equal("reloaded production\n", app:ok("reload"))
        assert.equal("new", cli.get(port, "/").body)
    end)

    it("keeps the old code when the new is broken", function()
        local routes = app:read("config/routes.lua")

        app:write("config/routes.lua", routes .. "\nnonsense\n")

        local result = app:run("reload")
        assert.equal(6, result.code)
        assert.matches("config/routes.lua:%d+:", result.stderr)
        assert.equal("new", cli.get(port, "/").body)
        assert.equal(6, app:run("restart").code)
        assert.equal("new", cli.get(port, "/").body)
        app:write("config/routes.lua", routes)
    end)

    it("answers a body that is too large in the form asked for", function()
        local result = cli.get(port, "/", {
            method = "POST", body = ("x"):rep(9 * 1024 * 1024),
            headers = { Accept = "application/json" },
        })

        assert.equal(413, result.status)
        assert.equal("the body is larger than 8m",
            json.decode(result.body).error)
    end)

    it("stops, and says so", function()
        assert.equal("stopped production\n", app:ok("stop"))
        assert.equal(5, app:run("status").code)
    end)

    it("says what is missing", function()
        local result = app:run("start", { env = { PANDAN_NGINX = "/no" } })

        assert.equal(6, result.code)
        assert.matches("PANDAN_NGINX is '/no'", result.stderr)
    end)
end)
