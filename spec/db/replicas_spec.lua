-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local ports = require("support.ports")

-- Files that know who they are stand for servers.
local FILES = [[
    local function fill(name)
        local file = Db.open("sqlite:" .. dir .. "/" .. name .. ".sqlite3")
        assert(file:exec("CREATE TABLE IF NOT EXISTS who (name TEXT); "
            .. "DELETE FROM who; INSERT INTO who VALUES ('" .. name .. "')"))
    end

    function fill_all()
        fill("primary") fill("one") fill("two")
    end

    WHO = "SELECT name FROM who"
    many = Db.open("sqlite:primary.sqlite3", {
        root = dir, replicas = {
            "sqlite:one.sqlite3", { url = "sqlite:two.sqlite3", limit = 2 },
        },
    })

    function asked(n)
        local seen = {}
        for _ = 1, n do
            local name = assert(many:value(WHO))
            seen[name] = (seen[name] or 0) + 1
        end
        return seen
    end
]]

describe("a database with replicas", function()
    local app

    setup(function()
        app = databases.sqlite({ code = FILES })
        app:run("fill_all()")
    end)

    teardown(function()
        app:stop()
    end)

    it("reads from each of them in turn", function()
        app:run([[
            local seen = asked(6)
            assert(seen.one == 3 and seen.two == 3 and not seen.primary)
        ]])
    end)

    it("writes to the primary, and reads there what it wrote", function()
        app:run([[
            assert(many:query("INSERT INTO who VALUES ('x')"))
            local thread = ngx.thread.spawn(asked, 4)
            local ok, seen = ngx.thread.wait(thread)
            assert(ok and seen.primary == 4)
        ]])
        app:run([[
            assert(not asked(2).primary, "another request is none that wrote")
            assert(many:exec("DELETE FROM who WHERE name = 'x'"))
            assert(asked(2).primary == 2)
        ]])
    end)

    it("runs a transaction on the primary, unless it only reads", function()
        app:run([[
            assert(many:transaction(function(tx)
                return tx:value(WHO)
            end, { read_only = true }) ~= "primary")
            assert(many:transaction(function(tx)
                assert(many:value(WHO) == "primary")
                return tx:value(WHO)
            end) == "primary")
        ]])
    end)

    it("takes a query that locks or calls for one that writes", function()
        app:run([[
            for _, sql in ipairs({
                "SELECT name FROM who WHERE 'x' <> 'UPDATE'",
                "WITH w AS (SELECT name FROM who) SELECT name FROM w",
            }) do
                assert(many:value(sql) ~= "primary", sql)
            end
            assert(many:value("PRAGMA user_version"))
            assert(asked(1).primary == 1)
        ]])
    end)

    it("gives its primary alone to who asks for it", function()
        app:run([[
            assert(many:primary():value(WHO) == "primary")
            assert(not asked(1).primary)
            assert(db:primary() == db)
        ]])
    end)

    it("asks the others when one does not answer", function()
        app:run([[
            local broken = Db.open("sqlite:primary.sqlite3", {
                root = dir, replica_retry = 100, replicas = {
                    "sqlite:/nowhere/at.all", "sqlite:two.sqlite3",
                },
            })
            for _ = 1, 5 do assert(broken:value(WHO) == "two") end
            assert(broken:stats().replicas[1].errors == 1)
            ngx.sleep(0.15)
            for _ = 1, 3 do assert(broken:value(WHO) == "two") end
            assert(broken:stats().replicas[1].errors == 2)
        ]])
    end)

    it("asks the primary when none does", function()
        app:run([[
            local alone = Db.open("sqlite:primary.sqlite3", {
                root = dir, replicas = {
                    "sqlite:/nowhere/at.all", "sqlite:/nowhere/else",
                },
            })
            for _ = 1, 3 do assert(alone:value(WHO) == "primary") end
            local _, err, code = alone:value("SELECT missing FROM who")
            assert(code == "undefined_column")
        ]])
    end)

    it("is configured like any other", function()
        app:run([[
            Db.configure({ root = dir, default = {
                url = "sqlite:primary.sqlite3",
                replicas = { "sqlite:one.sqlite3" },
            } })
            assert(Db:value(WHO) == "one")
            assert(Db:primary():value(WHO) == "primary")

            local function fails(replicas, text)
                local ok, err = pcall(Db.open, "sqlite:a", {
                    replicas = replicas,
                })
                assert(not ok and err:find(text, 1, true), err)
            end
            fails("sqlite:b", "replicas must be a table")
            fails({ {} }, "replica 1 has no URL")
            fails({ "postgres://h/d" }, "speaks postgres")
        ]])
    end)
end)

describe("PostgreSQL with replicas", function()
    local app

    setup(function()
        app = databases.postgres()
    end)

    teardown(function()
        app:stop()
    end)

    it("goes on while one refuses", function()
        app:run(([[
            local many = Db.open(url, { replicas = {
                "postgres://nobody@127.0.0.1:%d/none", url,
            } })
            for _ = 1, 4 do assert(many:value("SELECT 1") == 1) end
            local s = many:stats()
            assert(s.replicas[1].errors == 1 and s.replicas[1].opened == 1)
        ]]):format(ports.free()))
    end)

    it("moves a query to the primary that a standby cannot run", function()
        app:run([[
            local standby = url .. (url:find("?", 1, true) and "&" or "?")
                .. "options=-c%20default_transaction_read_only%3Don"
            local many = Db.open(url, { replicas = { standby } })
            assert(many:exec("CREATE FUNCTION note() RETURNS INTEGER AS "
                .. "'CREATE TABLE noted (n INTEGER); SELECT 1' LANGUAGE sql"))
        ]])
        app:run([[
            local standby = url .. (url:find("?", 1, true) and "&" or "?")
                .. "options=-c%20default_transaction_read_only%3Don"
            local many = Db.open(url, { replicas = { standby } })
            assert(many:value("SELECT current_setting("
                .. "'transaction_read_only')") == "on")
            assert(many:value("SELECT note()") == 1)
            assert(many:value("SELECT current_setting("
                .. "'transaction_read_only')") == "off")
        ]])
    end)
end)
