-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local json = require("pandan.json")
local shell = require("support.shell")

describe("a command inside the application", function()
    local app = cli.app("blog")

    it("runs a file with its words, and gives its exit code", function()
        app:write("job.lua", 'print("got", ...) return 7')

        local result = app:run("run job.lua --port 1")
        assert.equal(7, result.code)
        assert.equal("got\t--port\t1\n", result.stdout)
    end)

    it("waits without blocking", function()
        app:write("job.lua", [[
            local threads = {}
            for i = 1, 20 do
                threads[i] = ngx.thread.spawn(function() ngx.sleep(0.1) end)
            end
            for i = 1, 20 do ngx.thread.wait(threads[i]) end
            ngx.update_time()
            print("done")
        ]])
        assert.equal("done\n", app:ok("run job.lua", { timeout = 2 }))
    end)

    it("tells where a file fails", function()
        app:write("job.lua", "local x\nx.y = 1\n")

        local result = app:run("run job.lua")
        assert.equal(1, result.code)
        assert.matches("job.lua:2: attempt to index", result.stderr)
        assert.matches("stack traceback", result.stderr)
    end)

    it("tells what keeps the application from loading", function()
        local routes = app:read("config/routes.lua")

        app:write("config/routes.lua", "return function(r\n")

        local result = app:run("routes")
        assert.equal(1, result.code)
        assert.matches("config/routes.lua:2:", result.stderr)
        app:write("config/routes.lua", routes)
    end)

    it("reads standard input", function()
        app:write("job.lua", 'io.write(io.read("*l"):upper(), "\\n")')
        assert.equal("HELLO\n", app:ok("run job.lua", { input = "hello\n" }))
    end)

    it("leaves nothing behind", function()
        local left = shell.run("ls .pandan/development | grep job",
            { cwd = app.root }).stdout

        assert.equal("", left)
    end)

    it("lists the routes as JSON", function()
        local routes = json.decode(app:ok("routes --json"))

        assert.equal("index@index", routes[1].action)
    end)

    it("migrates, rolls back and resets", function()
        app:ok("generate model post title:string")
        app:ok("generate model tag name:string")
        assert.matches("create_posts.*create_tags",
            (app:ok("db migrate"):gsub("\n", " ")))
        assert.matches("Nothing to migrate", app:ok("db migrate"))
        assert.matches("create_posts", app:ok("db rollback --steps 2"))
        assert.matches("create_tags", app:ok("db reset"))
    end)

    it("passes on that specs failed", function()
        app:write("spec/broken_spec.lua",
            'describe("x", function() it("fails", function() '
            .. "assert.equal(1, 2) end) end)")

        local result = app:run("test spec/broken_spec.lua")
        assert.equal(1, result.code)
        assert.matches("0 passed, 1 failed\n$", result.stdout)
        assert.matches("1 passed, 0 failed\n$",
            app:ok("test --filter welcome"))
    end)
end)
