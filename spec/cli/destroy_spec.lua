-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local shell = require("support.shell")

local function tree(app)
    return shell.run("find . -type f -not -path './.pandan/*' "
        .. "-exec sha256sum {} + | sort -k 2", { cwd = app.root }).stdout
end

describe("pandan destroy", function()
    local WORDS = {
        "resource post title:string:required body:text user:references",
        "model tag name:string:unique",
        "controller pages index about",
        "migration add_author_to_posts author:string",
        "view pages/extra",
        "plugin auth",
        "spec things",
    }

    for _, words in ipairs(WORDS) do
        it("takes back generate " .. words:match("^%S+"), function()
            local app = cli.app("blog")
            local before = tree(app)

            app:ok("generate " .. words)
            assert.not_equal(before, tree(app))
            app:ok("destroy " .. words)
            assert.equal(before, tree(app))
        end)
    end

    it("finds the columns of a resource in its migration", function()
        local app = cli.app("blog")
        local before = tree(app)

        app:ok("generate resource post title:string:index at:datetime")
        app:ok("destroy resource post")
        assert.equal(before, tree(app))
    end)

    it("leaves edited files alone", function()
        local app = cli.app("blog")

        app:ok("generate resource post title:string")
        app:write("application/models/post.lua", "-- mine\n")

        local before = tree(app)
        local result = app:run("destroy resource post")

        assert.equal(4, result.code)
        assert.matches("edited since it was written: "
            .. "application/models/post.lua", result.stderr)
        assert.equal(before, tree(app))

        app:ok("destroy resource post --force")
        assert.is_false(app:has("application/models/post.lua"))
    end)
end)
