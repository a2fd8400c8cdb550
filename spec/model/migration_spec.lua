-- SPDX-License-Identifier: MIT
local blog = require("support.blog")
local databases = require("support.databases")

local CODE = blog.code .. [[
    folder = dir .. "/migrations"

    local tables_of = {
        sqlite = "SELECT name FROM sqlite_master WHERE type = 'table' "
            .. "AND name NOT LIKE 'sqlite%'",
        mysql = "SELECT table_name AS name FROM information_schema.tables "
            .. "WHERE table_schema = DATABASE()",
        postgres = "SELECT tablename AS name FROM pg_tables "
            .. "WHERE schemaname = 'public'",
    }

    -- One script on one connection, which looks after no foreign keys.
    local before = {
        sqlite = "PRAGMA foreign_keys = OFF; ",
        mysql = "SET foreign_key_checks = OFF; ",
        postgres = "",
    }

    function clear()
        local script = { before[db.dialect] }
        for _, row in ipairs(assert(db:query(tables_of[db.dialect]))) do
            script[#script + 1] = 'DROP TABLE "' .. row.name .. '"'
                .. (db.dialect == "postgres" and " CASCADE" or "") .. "; "
        end
        assert(db:exec(table.concat(script)))
        os.execute("rm -rf '" .. folder .. "' && mkdir '" .. folder .. "'")
    end

    function write(name, text)
        local handle = assert(io.open(folder .. "/" .. name, "w"))
        handle:write(text)
        handle:close()
    end

    function migrate(options)
        return migration.migrate(db, folder, options)
    end

    function rollback(steps)
        return migration.rollback(db, folder, { steps = steps })
    end

    function columns(name)
        return table.concat(require("pandan.model.columns").read(db, name),
            " ")
    end

    write_users = function()
        write("001_create_users.lua", [=[
            return function(schema)
                schema:create("users", function(t)
                    t:id()
                    t:string("email", 120):not_null():unique()
                    t:timestamps()
                end)
            end
        ]=])
    end
]]

for name, start in databases.each() do
    describe("migrations in " .. name, function()
        local app

        setup(function()
            app = start({ code = CODE })
        end)

        before_each(function()
            app:run("clear()")
        end)

        it("run once, in order, and are written down", function()
            app:run([[
                write_users()
                write("002_add_name.lua", [=[
                    return function(schema)
                        schema:add_column("users", "name", "string",
                            { default = "it's" })
                    end
                ]=])

                equal(2, #migration.pending(db, folder))
                local seen = {}
                equal(2, migrate({ report = function(file)
                    seen[#seen + 1] = file.name
                end }))
                equal("create_users add_name", table.concat(seen, " "))
                equal(0, migrate())
                equal(0, #migration.pending(db, folder))
                equal("id email created_at updated_at name",
                    columns("users"))

                local user = Model("users"):query():insert({ email = "a" })
                equal("it's", user[1].name)
                local ok, _, code = db:query("INSERT INTO users (email) "
                    .. "VALUES ('a')")
                equal("unique_violation", code)

                local list = migration.status(db, folder)
                equal("001", list[1].version)
                assert(list[2].applied_at)
            ]])
        end)

        it("are undone, last first", function()
            app:run([[
                write_users()
                write("002_more.lua", [=[
                    return function(schema)
                        schema:create("posts", function(t)
                            t:id()
                            t:references("user", { on_delete = "cascade" })
                            t:string("title"):not_null():default("x"):index()
                            t:decimal("price", 10, 2)
                            t:boolean("published"):default(true)
                            t:json("meta")
                            t:binary("photo")
                            t:uuid("key")
                            t:date("day")
                            t:float("f")
                            t:bigint("big"):default(9007199254740992)
                            t:index({ "title", "published" })
                        end)
                        schema:add_column("posts", "views", "integer",
                            { default = 0, not_null = true, index = true })
                        schema:rename_column("posts", "title", "heading")
                        schema:rename("posts", "articles")
                        schema:add_reference("articles", "category",
                            { table = "users" })
                        schema:drop_column("articles", "photo", "binary")
                        schema:execute("CREATE TABLE other (a INTEGER)",
                            "DROP TABLE other")
                    end
                ]=])

                for _ = 1, 2 do
                    equal(2, migrate())
                    equal("id user_id heading price published meta key day f "
                        .. "big views category_id", columns("articles"))
                    equal("", columns("posts"))
                    equal(1, rollback())
                    equal("", columns("articles"))
                    equal("", columns("other"))
                    assert(columns("users") ~= "")
                    equal(1, rollback(5))
                    equal("", columns("users"))
                end
            ]])
        end)

        it("change a column and keep its rows, indexes and references",
            function()
                app:run([[
                    write_users()
                    write("002_posts.lua", [=[
                        return function(schema)
                            schema:create("posts", function(t)
                                t:id()
                                t:references("user",
                                    { on_delete = "cascade" })
                                t:string("count"):unique()
                            end)
                        end
                    ]=])
                    equal(2, migrate())
                    User:query():insert({ email = "a" })
                    Model("posts"):query():insert({
                        user_id = 1, count = "7",
                    })

                    write("003_count.lua", [=[
                        return function(schema)
                            schema:change_column("posts", "count", "integer",
                                { not_null = true, default = 3 }, "string")
                        end
                    ]=])
                    equal(1, assert(migrate()))
                    equal("7", tostring(db:value("SELECT count FROM posts")))
                    local _, _, code = db:query("INSERT INTO posts (count) "
                        .. "VALUES (7)")
                    equal("unique_violation", code)
                    _, _, code = db:query("INSERT INTO posts (user_id, count) "
                        .. "VALUES (99, 1)")
                    equal("foreign_key_violation", code)
                    assert(db:query("INSERT INTO posts (user_id) "
                        .. "VALUES (1)"))
                    equal(3, tonumber(db:value("SELECT count FROM posts "
                        .. "ORDER BY id DESC")))

                    equal(1, rollback())
                    equal("7", db:value("SELECT count FROM posts "
                        .. "WHERE id = 1"))

                    write("004_users.lua", [=[
                        return function(schema)
                            schema:change_column("users", "email", "text")
                        end
                    ]=])
                    assert(migrate())
                    equal("a", db:value("SELECT email FROM users"))
                    equal(2, db:value("SELECT COUNT(*) FROM posts"))
                    local n, err = rollback()
                    equal(nil, n)
                    assert(err:find("004_users.lua:2: this cannot be undone"),
                        err)
                ]])
            end)

        it("fail as a whole, naming file and line", function()
            app:run([[
                write_users()
                write("002_bad.lua", [=[
                    return function(schema)
                        schema:add_column("users", "a", "string")
                        schema:execute("CREATE TABEL x")
                    end
                ]=])

                local n, err = migrate()
                equal(nil, n)
                assert(err:find("002_bad.lua:3: ", 1, true), err)
                assert(err:find("CREATE TABEL x", 1, true), err)
                if db.dialect == "mysql" then
                    assert(err:find("MySQL has kept what", 1, true), err)
                    assert(db:exec("ALTER TABLE users DROP COLUMN a"))
                end
                equal("id email created_at updated_at", columns("users"))
                equal("002", migration.pending(db, folder)[1].version)

                local cases = {
                    ["schema:creat('x')"] = "creat",
                    ["schema:create('x', function(t) t:strin('a') end)"] =
                        "strin",
                    ["schema:add_column('users', 'a', 'strin')"] =
                        "unknown column type 'strin' of 'a'",
                    ["schema:add_column('users', 'a;b', 'text')"] =
                        "'a;b' is not a column name",
                    ["schema:create('x', function() end)"] = "no columns",
                    ["schema:create('x' = 1)"] = "')' expected",
                    ["error('own words')"] = "own words",
                }
                for text, message in pairs(cases) do
                    write("002_bad.lua", "return function(schema)\n"
                        .. text .. "\nend")
                    n, err = migrate()
                    equal(nil, n)
                    assert(err:find("002_bad.lua:[23]: "), err)
                    assert(err:find(message, 1, true), err)
                end

                write("002_bad.lua", "return 5")
                n, err = migrate()
                assert(err:find("must return a function"), err)
            ]])
        end)

        it("with up and down may ask the database", function()
            app:run([[
                write_users()
                migrate()
                User:query():insert({ email = "A" })
                write("002_lower.lua", [=[
                    return {
                        up = function(schema)
                            schema:add_column("users", "low", "string")
                            for _, row in ipairs(schema:query(
                                "SELECT id, email FROM users"))
                            do
                                schema:query("UPDATE users SET low = $1 "
                                    .. "WHERE id = $2", row.email:lower(),
                                    row.id)
                            end
                        end,
                        down = function(schema)
                            schema:drop_column("users", "low")
                        end,
                    }
                ]=])
                equal(1, migrate())
                equal("a", db:value("SELECT low FROM users"))
                equal(1, rollback())
                equal("id email created_at updated_at", columns("users"))

                write("002_lower.lua", [=[
                    return function(schema)
                        schema:query("SELECT 1")
                    end
                ]=])
                equal(1, migrate())
                local n, err = rollback()
                equal(nil, n)
                assert(err:find("way back of its own"), err)
            ]])
        end)

        it("are checked for names, twins and missing files", function()
            app:run([[
                write_users()
                write("001_twin.lua", "")
                local _, err = migrate()
                assert(err:find("two migrations have version 001"), err)

                os.remove(folder .. "/001_twin.lua")
                write("posts.lua", "")
                _, err = migrate()
                assert(err:find("'posts.lua'"), err)

                os.remove(folder .. "/posts.lua")
                equal(1, migrate())
                os.remove(folder .. "/001_create_users.lua")
                _, err = rollback()
                equal("the file of migration 001_create_users is missing",
                    err)
                equal(nil, migration.status(db, folder)[1].path)
                equal(0, #migration.files(dir .. "/nowhere"))
            ]])
        end)

        it("run once when two run them at the same time", function()
            app:run([[
                for i = 1, 5 do
                    write("00" .. i .. "_t.lua", "return function(schema)\n"
                        .. "schema:create('t" .. i
                        .. "', function(t) t:id() end)\nend")
                end

                local threads = {}
                for i = 1, 3 do
                    threads[i] = ngx.thread.spawn(migrate)
                end

                local sum = 0
                for i = 1, 3 do
                    local ok, n, err = ngx.thread.wait(threads[i])
                    assert(n, err)
                    sum = sum + n
                end
                equal(5, sum)
                equal(0, #migration.pending(db, folder))
            ]])
        end)
    end)
end
