-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local shell = require("support.shell")

describe("the nginx.conf of an application", function()
    local app = cli.app("blog")

    it("follows its configuration", function()
        app:write("config/application.lua", [[
            return {
                host = "0.0.0.0", port = env("PORT", 8123),
                body_limit = "3m", workers = 3,
                production = { body_limit = "5m" },
            }
        ]])

        local conf = app:ok("config nginx")
        assert.matches("listen 0%.0%.0%.0:8123 reuseport", conf)
        assert.matches("client_max_body_size 5m;", conf)
        assert.matches("worker_processes 3;", conf)
        assert.matches("\nenv PORT;\n", conf)
        assert.matches("client_max_body_size 3m;",
            app:ok("config nginx --env development"))
    end)

    it("watches for Lua that holds the event loop, in development", function()
        assert.matches("lua_watch 100ms;",
            app:ok("config nginx --env development"))
        assert.matches("lua_watch off;", app:ok("config nginx"))
    end)

    it("has memory for locks and caches, and our resty by option", function()
        app:write("config/application.lua", [[
            return { cache_memory = "64m", native_resty = true }
        ]])

        local conf = app:ok("config nginx")
        assert.matches("lua_shared_dict pandan 10m;", conf)
        assert.matches("lua_shared_dict pandan_cache 64m;", conf)
        assert.matches("framework/migration/?.lua;", conf, 1, true)

        app:write("config/application.lua", "return {}")
        assert.not_matches("migration", app:ok("config nginx"))
    end)

    it("takes port and host from the command line", function()
        assert.matches("listen %[::1%]:8200",
            app:ok("config nginx --host ::1 --port 8200"))
    end)

    it("refuses a port that is none", function()
        local result = app:run("config nginx --port 808O")

        assert.equal(6, result.code)
        assert.matches("'808O' is not a port", result.stderr)
    end)

    it("takes the app's own lines", function()
        app:write("config/nginx/server/health.conf",
            'location = /up { return 200 "up"; }\n')
        app:write("config/nginx/http/map.conf", "map $uri $x { default 1; }\n")
        app:write("config/nginx/main/note.conf", "# none\n")

        local port = app:start()
        assert.equal("up", cli.get(port, "/up").body)
        app:ok("stop")
    end)

    it("tells where the configuration is wrong", function()
        app:write("config/application.lua", "return {\n    port = = 1,\n}\n")

        local result = app:run("config nginx")
        assert.equal(6, result.code)
        assert.matches("config/application.lua:2: unexpected symbol",
            result.stderr)
    end)

    it("is safe in a folder with spaces and quotes", function()
        local odd = app.root .. "/it's \"a b\" {c"

        shell.run("mkdir " .. shell.quote(odd))
        assert.equal(0, cli.run("new shop", { cwd = odd }).code)

        local result = cli.run("routes", { cwd = odd .. "/shop" })
        assert.equal("", result.stderr)
        assert.matches("index@index", result.stdout)
    end)
end)
