-- SPDX-License-Identifier: MIT
local blog = require("support.blog")
local databases = require("support.databases")

for name, start in databases.each() do
    describe("relations in " .. name, function()
        local app

        setup(function()
            app = start({ code = blog.code })
            app:run([[
                tables(db)
                local ann = User:create({ name = "Ann" })
                local bob = User:create({ name = "Bob" })
                Profile:create({ user_id = ann.id, city = "Rome" })
                Tag:insert_many({ { name = "x" }, { name = "y" },
                    { name = "z" } })

                for i = 1, 4 do
                    local post = (i < 4 and ann or bob):related("posts")
                        :create({ title = "P" .. i })
                    for k = 1, i do
                        post:related("comments"):create({ text = "c" .. k })
                    end
                    post:attach("tags", i % 3 + 1)
                end
                Post:create({ title = "lone" })
            ]])
        end)

        it("load when a field is read, once", function()
            app:run([[
                local post = Post:find(2)
                local sent = statements(function()
                    equal("Ann", post.user.name)
                    equal("Ann", post.user.name)
                    equal(2, #post.comments)
                    equal("c1", post.comments[1].text)
                    equal("z", post.tags[1].name)
                end)
                equal(3, #sent)
                equal("Rome", User:find(1).profile.city)
                equal(nil, User:find(2).profile)
                equal(nil, Post:find(5).user)
                equal(0, #Post:find(5).comments)
            ]])
        end)

        it("load for a whole list with one query each", function()
            app:run([[
                local posts
                local sent = statements(function()
                    posts = Post:with("user.profile", "comments", "tags")
                        :order("id"):all()
                end)
                equal(6, #sent)

                equal(0, #statements(function()
                    for i, post in ipairs(posts) do
                        equal(i == 5 and 0 or i, #post.comments)
                        equal(i == 5 and 0 or 1, #post.tags)
                        equal(({ "Ann", "Ann", "Ann", "Bob" })[i],
                            post.user and post.user.name)
                    end
                    equal("Rome", posts[1].user.profile.city)
                    equal(nil, posts[4].user.profile)
                end))
            ]])
        end)

        it("go out as JSON once loaded", function()
            app:run([[
                local comment = Comment:with("post.user"):find(1)
                local value = json.decode(json.encode(comment))
                equal("Ann", value.post.user.name)
                equal("P1", value.post.title)
                equal(nil, json.decode(json.encode(Post:find(1))).user)
                encoded("[]", Post:with("comments"):find(5).comments)
            ]])
        end)

        it("give queries that can go on", function()
            app:run([[
                local ann = User:find(1)
                equal(3, ann:related("posts"):count())
                equal("P3", ann:related("posts"):where("id", ">", 1)
                    :reorder("id desc"):first().title)
                equal(1, Post:find(1):related("tags")
                    :where("tags.name", "y"):count())
                equal(0, Post:find(5):related("user"):count())
            ]])
        end)

        it("of many to many are tied and untied", function()
            app:run([[
                local post = Post:find(5)
                post:attach("tags", 1, 2)
                equal(2, #post.tags)
                post:sync("tags", { 2, 3 })
                equal("y z", post.tags[1].name .. " " .. post.tags[2].name)
                equal(1, post:detach("tags", 2))
                equal(1, #post.tags)
                post:sync("tags", {})
                equal(0, #post.tags)
                raises("no many_to_many relation", post.attach, post,
                    "comments", 1)
            ]])
        end)

        it("that do not exist are named", function()
            app:run([[
                raises("has no relation 'nope'", function()
                    return Post:with("nope"):all()
                end)
                raises("unknown option 'modell'", Post.has_many, Post, "x",
                    { modell = User })
            ]])
        end)
    end)
end
