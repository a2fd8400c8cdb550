-- SPDX-License-Identifier: MIT
--- The SQL that queries become, without a database.
local null = require("pandan.native").null
local query = require("pandan.model.query")

local function posts(dialect)
    return query.new({ dialect = dialect or "sqlite" }, "posts")
end

local function sql_of(q)
    return (q:to_sql())
end

describe("a query", function()
    local function is(expected, q, ...)
        local sql, binds = q:to_sql()

        assert.equal("SELECT * FROM \"posts\"" .. expected, sql)
        assert.same({ ... }, { unpack(binds, 1, #binds) })
    end

    it("selects everything of a table", function()
        is("", posts())
    end)

    it("binds every value", function()
        is(' WHERE "id" = $1', posts():where("id", 1), 1)
        is(' WHERE "a" >= $1 AND "b" <> $2',
            posts():where("a", ">=", 5):where("b", "!=", "x"), 5, "x")
        is(' WHERE ("a" = $1 AND "b" = $2)',
            posts():where({ b = 2, a = 1 }), 1, 2)
        is(' WHERE "a" BETWEEN $1 AND $2',
            posts():where_between("a", 1, 9), 1, 9)
    end)

    it("puts conditions in brackets", function()
        is(' WHERE "a" = $1 AND ("b" = $2 OR "c" IS NULL)',
            posts():where("a", 1):where(function(q)
                q:where("b", 2):or_where("c", null)
            end), 1, 2)
        is(' WHERE NOT ("a" = $1)', posts():where_not(function(q)
            q:where("a", 1)
        end), 1)
    end)

    it("knows lists, NULL and columns", function()
        is(' WHERE "id" IN ($1, $2)', posts():where_in("id", { 4, 5 }), 4, 5)
        is(" WHERE 1 = 0", posts():where_in("id", {}))
        is(" WHERE 1 = 1", posts():where_not_in("id", {}))
        is(' WHERE "a" IS NULL AND "b" IS NOT NULL',
            posts():where_null("a"):where_not_null("b"))
        is(' WHERE "a" < "posts"."b"',
            posts():where_column("a", "<", "posts.b"))
    end)

    it("renumbers the values of SQL of one's own", function()
        is(" WHERE \"a\" = $1 AND (b = $2 OR c = '$1' OR d = $3 OR e = $2)",
            posts():where("a", 1):where_raw(
                "b = $1 OR c = '$1' OR d = $2 OR e = $1", "x", "y"),
            1, "x", "y")
        assert.error_matches(function()
            posts():where_raw("a = $2", 1):to_sql()
        end, "%$2 has no value")
    end)

    it("orders, limits and groups", function()
        is(' GROUP BY "a" HAVING (COUNT(*) > $1) ORDER BY "b" DESC, '
            .. '"posts"."c" ASC NULLS LAST LIMIT $2 OFFSET $3',
            posts():group("a"):having_raw("COUNT(*) > $1", 2)
                :order("b desc, posts.c asc nulls last"):limit(5):offset(10),
            2, 5, 10)
        is(" LIMIT -1 OFFSET $1", posts():offset(3), 3)
        assert.equal('SELECT * FROM "posts" OFFSET $1',
            sql_of(posts("postgres"):offset(3)))
    end)

    it("joins", function()
        assert.equal('SELECT "posts".* FROM "posts" INNER JOIN "users" ON '
            .. '"users"."id" = "posts"."user_id" LEFT JOIN "tags" ON "t"."a" '
            .. '<> "posts"."b"',
            sql_of(posts():join("users", "users.id", "posts.user_id")
                :left_join("tags", "t.a", "<>", "posts.b")))
    end)

    it("selects columns", function()
        assert.equal('SELECT DISTINCT "id", "posts"."title" AS "name", '
            .. 'upper($1) FROM "posts"',
            sql_of(posts():select("id", "posts.title as name")
                :select_raw("upper($1)", "x"):distinct()))
    end)

    it("speaks each database's dialect", function()
        local function like(dialect)
            return sql_of(posts(dialect):where("a", "ilike", "x%"))
        end

        assert.equal('SELECT * FROM "posts" WHERE "a" LIKE $1',
            like("sqlite"))
        assert.equal('SELECT * FROM "posts" WHERE "a" ILIKE $1',
            like("postgres"))
        assert.equal('SELECT * FROM "posts" WHERE "a" LIKE $1',
            like("mysql"))
        assert.equal('SELECT * FROM "posts" ORDER BY "a" IS NULL, "a" DESC, '
            .. '"b" IS NULL DESC, "b" LIMIT 18446744073709551615 OFFSET $1',
            sql_of(posts("mysql"):order("a desc nulls last, b nulls first")
                :offset(3)))
    end)

    it("keeps a copy apart", function()
        local q = posts():where("a", 1)
        local copy = q:clone():where("b", 2)

        is(' WHERE "a" = $1', q, 1)
        is(' WHERE "a" = $1 AND "b" = $2', copy, 1, 2)
    end)

    it("refuses what could be SQL of a user", function()
        local bad = {
            function(q) q:where("id; DROP TABLE posts", 1) end,
            function(q) q:where('a" = 1 --', 1) end,
            function(q) q:where("a", "= 1 OR", 1) end,
            function(q) q:order("id; DROP TABLE posts") end,
            function(q) q:order("(SELECT 1)") end,
            function(q) q:order("id desc, x y z") end,
            function(q) q:group("a, b") end,
            function(q) q:select("count(*)") end,
            function(q) q:limit("1; DROP") end,
            function(q) q:limit(-1) end,
            function(q) q:join("x y", "a", "b") end,
            function(q) q:where("a", { raw = "1" }) end,
            function(q) q:where({ a = { raw = "1" } }) end,
            function() query.new({ dialect = "sqlite" }, "posts p") end,
        }

        for i, fn in ipairs(bad) do
            assert.is_false((pcall(fn, posts())), "case " .. i)
        end
    end)

    it("blames the line that compares with nothing", function()
        assert.error_matches(function()
            posts():where("id", nil)
        end, "query_spec%.lua:%d+: the value to compare with is nil")
    end)
end)
