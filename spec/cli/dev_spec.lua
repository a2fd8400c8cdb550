-- SPDX-License-Identifier: MIT
local cli = require("support.cli")

describe("pandan dev", function()
    local app = cli.app("blog")
    local server = app:dev()

    local function body(path)
        return cli.get(server.port, path or "/").body
    end

    it("serves the welcome page and its files", function()
        assert.matches("It works", body())
        assert.equal("text/css; charset=utf-8",
            cli.get(server.port, "/css/app.css").headers["content-type"])
    end)

    it("does not serve hidden files", function()
        app:write("pub/.secret", "secret")
        assert.equal(404, cli.get(server.port, "/.secret").status)
        assert.equal(404, cli.get(server.port, "/../.env").status == 400
            and 404 or cli.get(server.port, "/../.env").status)
    end)

    it("loads changed code", function()
        app:write("application/controllers/index.lua", [[
            local C = {}
            function C:index() return "changed" end
            return C
        ]])
        assert.is_true(cli.wait(function()
            return body() == "changed"
        end))
    end)

    it("shows a syntax error until it is mended", function()
        local name = "application/controllers/index.lua"
        local good = app:read(name)

        app:write(name, good .. "\nend\n")
        assert.is_true(cli.wait(function()
            return cli.get(server.port, "/").status == 500
        end))
        assert.matches("application/controllers/index.lua:", body())
        assert.matches("not reloaded", server.log())

        app:write(name, good)
        assert.is_true(cli.wait(function()
            return body() == "changed"
        end))
        assert.is_false(app:has(".pandan/development/broken.json"))
    end)

    it("sees folders that come later", function()
        app:write("lib/words.lua", 'return "from lib"\n')
        app:write("application/controllers/index.lua", [[
            local C = {}
            function C:index() return require("words") end
            return C
        ]])
        assert.is_true(cli.wait(function()
            return body() == "from lib"
        end))
        app:write("lib/words.lua", 'return "changed lib"\n')
        assert.is_true(cli.wait(function()
            return body() == "changed lib"
        end))
    end)

    it("says who has the port", function()
        local result = app:run("dev --port " .. server.port)

        assert.equal(6, result.code)
        assert.matches("port " .. server.port .. " is in use by nginx, "
            .. "process %d+; take another one with %-%-port", result.stderr)
    end)

    it("serves an app once", function()
        local result = app:run("dev --port "
            .. require("support.ports").free())

        assert.equal(6, result.code)
        assert.matches("the app is served already in development "
            .. "%(process %d+%); 'pandan stop %-%-env development' ends that",
            result.stderr)
    end)

    it("ends all of it when it is told to", function()
        assert.equal(0, server.process:stop("INT", 10))
        assert.is_nil(require("support.http").get(server.port, "/"))
    end)
end)
