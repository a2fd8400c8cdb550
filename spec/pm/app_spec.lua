-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")
local rocks = require("support.rocks")

describe("an application with a package", function()
    local server = rocks.serve()
    local app = cli.app("shop")
    local env = {
        HOME = cli.folder(), XDG_DATA_HOME = false, XDG_CACHE_HOME = false,
        PANDAN_ROCKS_URL = server.url,
    }

    server:add {
        name = "greeting", version = "1.2-1",
        modules = { greeting = "return { say = function(who)\n"
            .. "    return 'Hello, ' .. who\nend }\n" },
    }
    server:list()

    files.write(app.root .. "/pandan.pkg.lua",
        'return {\n    dependencies = { ["rocks:greeting"] = "~> 1.2" },\n}\n')
    app:ok("install", { env = env })
    app:ok("generate controller hello show")
    app:write("application/controllers/hello.lua", [[
local HelloController = {}

function HelloController:show()
    return require("greeting").say("package")
end

return HelloController
]])

    it("uses it in a controller without configuration", function()
        local port = app:start("--env development")

        assert.equal("Hello, package", cli.get(port, "/hello/show").body)
    end)
end)
