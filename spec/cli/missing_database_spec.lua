-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local json = require("pandan.json")
local ports = require("support.ports")
local postgres = require("support.postgres")

local JSON = { headers = { Accept = "application/json" } }

local function use(app, url)
    local config, count = app:read("config/database.lua")
        :gsub('("DATABASE_URL", )[^\n]*%)', '%1"' .. url .. '")')

    assert.equal(1, count)
    app:write("config/database.lua", config)
end

describe("an application without its tables", function()
    local app = cli.app("blog")
    local server

    setup(function()
        app:ok("generate resource post title:string")
        server = app:dev()
    end)

    it("shows the developer which command is missing", function()
        local page = cli.get(server.port, "/posts")

        assert.equal(500, page.status)
        assert.matches("no such table: posts", page.body)
        assert.matches("run &#39;pandan db migrate&#39;", page.body)
    end)

    it("works once it has been run", function()
        app:ok("db migrate")
        assert.equal(200, cli.get(server.port, "/posts").status)
    end)
end)

describe("an application whose database is down", function()
    local app = cli.app("blog")

    it("cannot migrate, and says which server does not answer", function()
        local port = ports.free()

        use(app, ("postgres://me:secret@127.0.0.1:%d/blog"):format(port))

        local result = app:run("db migrate")
        assert.equal(1, result.code)
        assert.matches("127.0.0.1", result.stderr)
        assert.matches(tostring(port), result.stderr)
        assert.is_nil(result.stderr:find("secret", 1, true))
    end)

    it("answers with an error, and again when it is back", function()
        local database = postgres.start()

        use(app, database:url())
        app:ok("generate resource post title:string")
        app:ok("db migrate --env production")

        local port = app:start()
        assert.equal(200, cli.get(port, "/posts", JSON).status)

        database:stop()
        local failed = cli.get(port, "/posts", JSON)
        assert.equal(503, failed.status)
        assert.is_string(json.decode(failed.body).error)

        database:restart()
        assert.equal(200, cli.get(port, "/posts", JSON).status)
    end)
end)
