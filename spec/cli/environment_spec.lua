-- SPDX-License-Identifier: MIT
local cli = require("support.cli")

describe("the environment of a configuration", function()
    local app = cli.app("blog")

    app:write("config/application.lua",
        'return { port = env("MY_PORT", 8001) }')

    local function port(dotenv, environment)
        app:write(".env", dotenv)

        return app:ok("config nginx", { env = environment })
            :match("listen [%d.]+:(%d+)")
    end

    it("falls back on what the file says", function()
        assert.equal("8001", port(""))
        assert.equal("8001", port("MY_PORT=\n"))
    end)

    it("reads .env, with quotes and comments", function()
        assert.equal("8002", port("# note\nexport MY_PORT = 8002  # mine\n"))
        assert.equal("8003", port('MY_PORT="8003"\r\n'))
        assert.equal("8004", port("MY_PORT='8004'"))
    end)

    it("prefers the process's own", function()
        assert.equal("8005", port("MY_PORT=8004\n", { MY_PORT = "8005" }))
    end)

    it("is read the same inside the application", function()
        local key = "APP_KEY=" .. ("a2"):rep(21) .. "Y=\n"
        local lines = {
            ["MY_NAME=one # x"] = "one", ['MY_NAME="a\\"b"'] = 'a"b',
            ["MY_NAME="] = "none", ["MY_NAME='c d'"] = "c d",
        }

        app:write("config/application.lua",
            'return { name = env("MY_NAME", "none") }')
        app:write("show.lua",
            'print(require("pandan").app.config.application.name)')

        for line, value in pairs(lines) do
            app:write(".env", key .. line .. "\n")
            assert.equal(value .. "\n", app:ok("run show.lua"))
        end
    end)
end)
