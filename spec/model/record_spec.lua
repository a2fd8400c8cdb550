-- SPDX-License-Identifier: MIT
local blog = require("support.blog")
local databases = require("support.databases")

for name, start in databases.each() do
    describe("a record in " .. name, function()
        local app

        setup(function()
            app = start({ code = blog.code })
        end)

        before_each(function()
            app:run("tables(db)")
        end)

        it("is created of what the model accepts", function()
            app:run([[
                local post = Post:create({
                    title = "Hi", published = "1", meta = { tags = { "a" } },
                    views = 99, user_id = 5, secret = "s",
                })

                equal(1, post.id)
                equal("Hi", post.title)
                equal(true, post.published)
                equal("a", post.meta.tags[1])
                equal(0, post.views)
                equal(nil, post.user_id)
                equal(nil, post.body)
                equal(true, post:is_saved())
                assert(post.created_at:find("^%d+%-%d+%-%d+ %d+:%d+:%d+$"))
                equal(post.created_at, post.updated_at)
            ]])
        end)

        it("is found by its key, and by nothing that is none", function()
            app:run([[
                Post:create({ title = "Hi" })
                equal("Hi", Post:find(1).title)
                equal("Hi", Post:find("1").title)

                for _, id in ipairs({ 2, "2", "x", "1 OR 1=1", "", {}, true,
                    "99999999999999999999999" })
                do
                    equal(nil, (Post:find(id)))
                end
                equal(nil, (Post:find(nil)))

                local err = raises("no row 7 in posts", Post.find_or_404,
                    Post, 7)
                equal(404, err.status)
            ]])
        end)

        it("writes only what changed", function()
            app:run([[
                local post = Post:create({ title = "Hi", body = "x" })
                equal(false, post:is_dirty())

                post.title = "Ho"
                encoded('{"title":"Ho"}', post:changes())
                equal("Hi", post:original("title"))
                equal(true, post:is_dirty("title"))
                equal(false, post:is_dirty("body"))

                local sent = statements(function() post:save() end)
                -- MySQL must be asked for what it has written
                equal(db.dialect == "mysql" and 2 or 1, #sent)
                assert(sent[1]:find('SET "title" = %$1'), sent[1])
                assert(not sent[1]:find("body"), sent[1])
                equal(0, #statements(function() post:save() end))
                equal("Ho", Post:find(1).title)
            ]])
        end)

        it("notices a change inside of JSON", function()
            app:run([[
                local post = Post:create({ title = "Hi", meta = { n = 1 } })
                post = Post:find(post.id)
                equal(false, post:is_dirty())
                post.meta.n = 2
                post:save()
                equal(2, Post:find(post.id).meta.n)
            ]])
        end)

        it("stores nil and null as NULL", function()
            app:run([[
                local post = Post:create({ title = "Hi", body = "x" })
                post.body = nil
                post:save()
                equal(nil, Post:find(1).body)

                post:update({ body = "y" })
                post:update({ body = json.null })
                equal(1, Post:where_null("body"):count())
            ]])
        end)

        it("is deleted and read again", function()
            app:run([[
                local post = Post:create({ title = "Hi" })
                local other = Post:find(1)

                other:update({ title = "Ho" })
                equal("Hi", post.title)
                equal("Ho", post:reload().title)

                equal(true, post:delete())
                equal(false, post:is_saved())
                equal(0, Post:count())

                local same, err = other:reload()
                equal(nil, same)
                equal("the row is gone", err)
                other.title = "x"
                equal(nil, (other:save()))
            ]])
        end)

        it("says which column is unknown or not given", function()
            app:run([[
                local post = Post:new({ title = "Hi" })
                post.nope = 1
                raises("table 'posts' has no column 'nope'", post.save, post)

                local err = raises("not_null_violation", Post.create, Post,
                    {})
                equal(500, err.status)
                raises("no table 'nothing'", function()
                    Model("nothing"):create({ a = 1 })
                end)
            ]])
        end)

        it("makes a failed validation of a unique index that has a rule",
            function()
                app:run([[
                    Post:create({ title = "a", slug = "s" })
                    local err = raises("input is not valid", Post.create, Post,
                        { title = "b", slug = "s" })
                    equal(422, err.status)
                    encoded('{"slug":["has already been taken"]}', err.errors)

                    Post.rules = {}
                    raises("unique_violation", Post.create, Post,
                        { title = "b", slug = "s" })
                ]])
            end)

        it("checks the rule unique, except for itself", function()
            app:run([[
                local check = require("pandan.validation").check
                local post = Post:create({ title = "a", slug = "s" })
                local input = { title = "x", slug = "s" }

                local ok, errors = check(input, Post.rules)
                equal(nil, ok)
                equal("has already been taken", errors.slug[1])
                assert(check(input, Post.rules, { ignore = post }))
                assert(check(input, Post.rules, { ignore = post.id }))
                assert(check({ title = "x", slug = "t" }, Post.rules))
                assert(check({ id = "1" }, { id = "integer|exists:posts,id" }))
                equal(nil, (check({ id = "9" },
                    { id = "integer|exists:posts,id" })))
            ]])
        end)

        it("goes out as JSON with null and without what is hidden", function()
            app:run([[
                local post = Post:create({ title = "</a>", meta = { 1 } })
                post.created_at, post.updated_at = nil, nil
                encoded('{"body":null,"created_at":null,"id":1,"meta":[1],'
                    .. '"published":false,"slug":null,"title":"</a>",'
                    .. '"updated_at":null,"user_id":null,"views":0}', post)
                encoded('[]', Post:where("id", 5):all())
            ]])
        end)

        it("calls back around what it does", function()
            app:run([[
                local seen = {}
                for _, name in ipairs({
                    "before_save", "after_save", "before_create",
                    "after_create", "before_update", "after_update",
                    "before_delete", "after_delete",
                }) do
                    Post[name] = function(self)
                        seen[#seen + 1] = name
                        return self.title ~= "no " .. name
                    end
                end

                local post = Post:create({ title = "a" })
                post:update({ title = "b" })
                post:delete()
                equal("before_save before_create after_create after_save "
                    .. "before_save before_update after_update after_save "
                    .. "before_delete after_delete", table.concat(seen, " "))

                local none, err = Post:create({ title = "no before_create" })
                equal(nil, none)
                equal("before_create refused", err)
                equal(0, Post:count())
            ]])
        end)

        it("that was deleted softly is out of sight", function()
            app:run([[
                local page = Page:create({ title = "a" })
                Page:create({ title = "b" })
                page:delete()

                equal(1, Page:count())
                equal(nil, Page:find(1))
                equal(2, Page:with_deleted():count())
                equal("a", Page:only_deleted():first().title)
                equal(1, Page:where("title", "a"):or_where("title", "b")
                    :count())

                Page:only_deleted():first():restore()
                equal(2, Page:count())
                equal(2, Page:where("id", ">", 0):delete())
                equal(0, Page:count())
                Page:with_deleted():find(1):force_delete()
                equal(1, Page:with_deleted():count())
            ]])
        end)

        it("takes part in the transaction of its task", function()
            app:run([[
                raises("boom", Post.transaction, Post, function()
                    Post:create({ title = "a" })
                    equal(1, Post:count())
                    error("boom", 0)
                end)
                equal(0, Post:count())

                db:transaction(function()
                    Post:create({ title = "a" })
                    pcall(Model.transaction, function()
                        Post:create({ title = "b" })
                        error("inner")
                    end)
                end)
                equal(1, Post:count())

                local a, b = Post:transaction(function() return nil, "no" end)
                equal(nil, a)
                equal("no", b)
            ]])
        end)
    end)
end
