-- SPDX-License-Identifier: MIT
local cli = require("support.cli")

describe("pandan generate", function()
    it("writes a resource with its route", function()
        local app = cli.app("blog")
        local said = app:ok("generate resource post title:string body:text")

        assert.matches("create  application/controllers/posts.lua", said)
        assert.matches("change  config/routes.lua", said)
        assert.matches("Next: pandan db migrate", said)
        assert.matches('r:resource%("posts"%)', app:read("config/routes.lua"))
        assert.matches('Model%("posts"%)', app:read(
            "application/models/post.lua"))
        assert.is_true(app:has("application/views/posts/form.html"))
    end)

    it("names a migration by the time in UTC", function()
        local app = cli.app("blog")

        app:ok("generate model post title")

        local stamp = app:find("db/migrations/*"):match("/(%d+)_create_posts")
        assert.equal(14, #stamp)
        assert.is_true(math.abs(tonumber(stamp)
            - tonumber(os.date("!%Y%m%d%H%M%S"))) < 10000)
    end)

    it("works in a folder below the app's", function()
        local app = cli.app("blog")

        app:ok("g plugin auth", { cwd = app.root .. "/config" })
        assert.is_true(app:has("application/plugins/auth.lua"))
    end)

    it("lists the types when a column's is unknown", function()
        local app = cli.app("blog")
        local result = app:run("generate model post title:strin")

        assert.equal(1, result.code)
        assert.matches("unknown column type 'strin' of 'title'; there are: "
            .. "string text integer bigint float decimal boolean date "
            .. "datetime json binary uuid references", result.stderr)
        assert.is_nil(app:find("db/migrations/*"))
    end)

    it("refuses two migrations of one name", function()
        local app = cli.app("blog")

        app:ok("generate migration add_author_to_posts author:string")

        local result = app:run("generate migration add_author_to_posts x")
        assert.equal(1, result.code)
        assert.matches("there is a migration 'add_author_to_posts' already",
            result.stderr)
    end)

    it("reads what a migration is for from its name", function()
        local app = cli.app("blog")

        app:ok("generate migration remove_author_from_posts author:string")
        assert.matches('drop_column%("posts", "author", "string"%)',
            app:read(app:find("db/migrations/*")))
    end)

    it("gives each action of a controller its view and route", function()
        local app = cli.app("blog")

        app:ok("generate controller pages index about")
        assert.is_true(app:has("application/views/pages/about.html"))
        assert.matches('r:get%("/pages/about", "pages@about"%)',
            app:read("config/routes.lua"))
    end)

    it("finds the place of a route without its mark", function()
        local app = cli.app("blog")

        app:write("config/routes.lua",
            'return function(r)\n    r:get("/", "index@index")\nend\n')
        app:ok("generate controller pages")
        assert.equal('return function(r)\n    r:get("/", "index@index")\n'
            .. '    r:get("/pages", "pages@index")\nend\n',
            app:read("config/routes.lua"))
    end)

    it("does not write twice what is there", function()
        local app = cli.app("blog")

        app:ok("generate plugin auth")
        assert.matches("identical  application/plugins/auth.lua",
            app:ok("generate plugin auth"))
    end)

    it("overwrites when it is told to only", function()
        local app = cli.app("blog")

        app:ok("generate plugin auth")
        app:write("application/plugins/auth.lua", "-- mine\n")

        local result = app:run("generate plugin auth")
        assert.equal(4, result.code)
        assert.equal("-- mine\n", app:read("application/plugins/auth.lua"))

        assert.matches("overwrite", app:ok("generate plugin auth --force"))
        assert.matches("preDispatch", app:read("application/plugins/auth.lua"))
    end)
end)
