-- SPDX-License-Identifier: MIT
local blog = require("support.blog")
local databases = require("support.databases")

for name, start in databases.each() do
    describe("a query in " .. name, function()
        local app

        setup(function()
            app = start({ code = blog.code })
        end)

        before_each(function()
            app:run([[
                tables(db)
                for i = 1, 25 do
                    local post = Post:new({
                        title = "P" .. i, published = i % 2 == 0,
                    })
                    post.views = i
                    post:save()
                end
            ]])
        end)

        it("counts, sums and looks whether there is anything", function()
            app:run([[
                equal(25, Post:count())
                equal(12, Post:published():count())
                equal(325, Post:sum("views"))
                equal(0, Post:where("id", 99):sum("views"))
                equal(13, Post:avg("views"))
                equal(1, Post:min("views"))
                equal(25, Post:max("views"))
                equal(true, Post:where("id", 3):exists())
                equal(false, Post:where("id", 99):exists())
                equal(2, Post:select("published"):distinct():count())
                equal(2, Post:select("published"):group("published"):count())
            ]])
        end)

        it("gives rows, a column and a value", function()
            app:run([[
                equal("P25", Post:order("id desc"):first().title)
                equal("P2 P4", table.concat(Post:published():order("id")
                    :limit(2):pluck("title"), " "))
                equal("P7", Post:where("views", 7):value("title"))
                equal(nil, Post:where("views", 99):value("title"))
                equal(nil, Post:where("views", 99):first())
                equal(404, raises("no such row", function()
                    Post:where("views", 99):first_or_404()
                end).status)

                local seen = 0
                Post:where("views", "<=", 20):each(function(post)
                    seen = seen + post.views
                end, 7)
                equal(210, seen)
            ]])
        end)

        it("finds text whatever its case, with its signs as text", function()
            app:run([[
                equal(1, Post:where("title", "ilike", "p25"):count())
                equal(7, Post:where("title", "like", "P2%"):count())
                equal(0, Post:where("title", "' OR '1'='1"):count())
                equal(25, Post:where("title", "<>", "'; DROP TABLE posts; --")
                    :count())
            ]])
        end)

        it("changes many rows at once", function()
            app:run([[
                equal(5, Post:where("id", ">", 20):update({ body = "late" }))
                equal(5, Post:where("body", "late"):count())
                equal(1, Post:where("id", 1):increment("views", 10))
                equal(11, Post:find(1).views)
                equal(1, Post:where("id", 1):update({
                    title = Post.literal("upper($1)", "x"), body = "b",
                }))
                equal("X", Post:find(1).title)
                equal(5, Post:where("body", "late"):delete())
                equal(20, Post:count())
                raises("cannot delete with", function()
                    Post:limit(1):delete()
                end)
            ]])
        end)

        it("inserts many rows, also more than one statement takes", function()
            app:run([[
                local rows = {}
                for i = 1, 20000 do
                    rows[i] = { name = "t" .. i, id = i }
                end

                local got = Tag:insert_many(rows)
                equal(20000, #got)
                equal("t20000", got[20000].name)
                equal(20000, Tag:count())
                raises("'x' is new", function()
                    Tag:insert_many({ { name = "a" },
                        { name = "b", x = 1 } })
                end)
            ]])
        end)

        it("inserts or updates", function()
            app:run([[
                Tag:insert({ id = 1, name = "a" })
                Tag:upsert({ { id = 1, name = "b" }, { id = 2, name = "c" } },
                    { "id" })
                equal("b c", table.concat(Tag:order("id"):pluck("name"), " "))
                Tag:upsert({ id = 1, name = "z" }, { "id" }, {})
                equal("b", Tag:find(1).name)

                equal(1, Tag:find_or_create({ name = "b" }).id)
                equal("new", Tag:find_or_create({ id = 9, name = "new" })
                    .name)
            ]])
        end)

        it("gives pages that know where they are", function()
            app:run([[
                local page = Post:order("id"):paginate(10, 2)
                equal(10, #page)
                equal("P11", page[1].title)
                equal(25, page.total)
                equal(3, page.pages)
                equal(true, page:has_next())
                assert(page:url(3):find("^/piece%d+%?page=3$"))
                equal(0, #Post:paginate(10, 9))
                equal("P1", Post:order("id"):paginate(10, "x")[1].title)
                equal("", Post:paginate(50):links())
                encoded('["P1"]', Post:order("id"):limit(1):pluck("title"))
                assert(json.encode(page):find('^%[{'))
                equal(3, page:to_table().pages)
            ]])
        end)

        it("makes links of the request at hand", function()
            local body = app.nginx:get(app:piece([[
                return Post:order("id"):paginate(5):links()
            ]]) .. "?page=3&q=a%22b&tag=x&tag=y").body

            assert.matches('href="/piece%d+%?q=a%%22b&amp;tag=x&amp;tag=y'
                .. '&amp;page=2" rel="prev"', body)
            assert.matches('<span aria%-current="page">3</span>', body)
        end)
    end)
end
