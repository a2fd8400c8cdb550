-- SPDX-License-Identifier: MIT
--- The models that the specs of models share, and their tables: what runs
--- before each piece of Lua in an app of `support.databases`.
local blog = {}

blog.code = [[
    Db.configure({ default = url, root = dir })
    db = Db.get()

    json = require("pandan.json")
    Model = require("pandan.model")
    migration = require("pandan.migration")
    schema = require("pandan.schema")

    User, Tag, Comment = Model("users"), Model("tags"), Model("comments")
    Profile = Model("profiles")
    Post = Model("posts")

    Post.accepts = { "title", "slug", "body", "published", "meta" }
    Post.rules = { title = "required", slug = "unique:posts,slug" }
    Post.casts = { published = "boolean", meta = "json" }
    Post.hidden = { "secret" }
    Post:belongs_to("user", { model = User })
    Post:has_many("comments", { model = Comment, order = "id" })
    Post:many_to_many("tags", { model = Tag, order = "tags.id" })
    User:has_many("posts", { model = Post, order = "id" })
    User:has_one("profile", { model = Profile })
    Comment:belongs_to("post", { model = Post })

    function Post.scopes:published()
        return self:where("published", true)
    end

    Page = Model("pages")
    Page.soft_delete = true

    function tables(db)
        db:exec("DROP TABLE IF EXISTS posts_tags")
        for _, name in ipairs({
            "comments", "profiles", "posts", "users", "tags", "pages",
        }) do
            assert(db:exec("DROP TABLE IF EXISTS " .. name))
        end

        local s = schema.new(db)
        s:create("users", function(t)
            t:id()
            t:string("name")
        end)
        s:create("profiles", function(t)
            t:id()
            t:references("user")
            t:string("city")
        end)
        s:create("posts", function(t)
            t:id()
            t:references("user")
            t:string("title"):not_null()
            t:string("slug"):unique()
            t:text("body")
            t:boolean("published"):default(false)
            t:json("meta")
            t:integer("views"):default(0):not_null()
            t:string("secret")
            t:timestamps()
        end)
        s:create("comments", function(t)
            t:id()
            t:references("post", { on_delete = "cascade" })
            t:text("text")
        end)
        s:create("tags", function(t)
            t:id()
            t:string("name")
        end)
        s:create("posts_tags", function(t)
            t:references("post")
            t:references("tag")
        end)
        s:create("pages", function(t)
            t:id()
            t:string("title")
            t:soft_delete()
        end)
        s:flush()
    end

    -- runs fn and gives the statements it sent
    function statements(fn)
        local list, on = {}, true
        Db.on_query(function(sql)
            if on then
                list[#list + 1] = sql
            end
        end)
        fn()
        on = false
        return list
    end

    function equal(expected, got)
        if expected ~= got then
            error(("expected %s, got %s"):format(tostring(expected),
                tostring(got)), 2)
        end
    end

    function encoded(expected, value)
        equal(expected, json.encode(value, { sort = true }))
    end

    function raises(pattern, fn, ...)
        local ok, err = pcall(fn, ...)
        if ok or not tostring(err):find(pattern) then
            error(("expected an error like %q, got %s"):format(pattern,
                ok and "none" or tostring(err)), 2)
        end
        return err
    end
]]

return blog
