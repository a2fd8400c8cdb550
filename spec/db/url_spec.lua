-- SPDX-License-Identifier: MIT
local url = require("pandan.db.url")

describe("the URL of a database", function()
    it("names a file of SQLite", function()
        assert.equal("db/app.sqlite3", url.read("sqlite:db/app.sqlite3").path)
        assert.equal("/var/a b.db", url.read("sqlite:///var/a%20b.db").path)
        assert.is_true(url.read("sqlite::memory:").memory)
    end)

    it("names a server of PostgreSQL", function()
        local parts = url.read("postgres://ann:s%40%3Acret@db.example.org"
            .. ":5433/blog?sslmode=require")

        assert.equal("ann", parts.user)
        assert.equal("s@:cret", parts.password)
        assert.equal("db.example.org", parts.host)
        assert.equal("5433", parts.port)
        assert.equal("blog", parts.dbname)
        assert.same({ sslmode = "require" }, parts.options)
    end)

    it("may leave out all but the scheme", function()
        local parts = url.read("postgresql://")

        assert.equal("postgres", parts.dialect)
        assert.is_nil(parts.host)
        assert.is_nil(parts.user)
    end)

    it("takes addresses in brackets and sockets in folders", function()
        assert.equal("::1", url.read("postgres://[::1]:5432/x").host)
        assert.equal("/run/pg", url.read("postgres://%2Frun%2Fpg/x").host)
    end)

    it("is quoted without its password when it is wrong", function()
        for _, text in ipairs({
            "oracle://ann:secret@host/blog",
            "mysql://ann:secret@host:x/blog",
            "postgres:/ann:secret@host/blog",
            "postgres://ann:secret@host:99999/blog",
            "postgres://ann:secret@ho:st:1/blog",
            "postgres://ann:secret@host/b%zz",
            "postgres://ann:secret@host/b?sslmode",
        }) do
            local parts, err = url.read(text)

            assert.is_nil(parts)
            assert.is_nil(err:find("secret", 1, true) and text:find("://", 1,
                true) and err)
        end
    end)

    it("says what is wrong", function()
        local _, err = url.read("sqlite:")
        assert.equal("cannot read database URL 'sqlite:': "
            .. "the file is missing (sqlite:db/app.sqlite3)", err)

        _, err = url.read("oracle://ann:secret@host/blog")
        assert.equal("cannot read database URL 'oracle://ann:***@host/blog': "
            .. "it must start with sqlite:, postgres:// or mysql://", err)

        _, err = url.read("postgres://ann:a%zz@host/blog")
        assert.equal("cannot read database URL 'postgres://ann:***@host/blog'"
            .. ": bad percent-encoding '%z'", err)
    end)

    it("shows no password that is an option either", function()
        assert.equal("mysql-x://ann:***@h/b?a=1&password=***&sslpassword=***",
            url.mask("mysql-x://ann:x@h/b?a=1&password=y&sslpassword=z"))
    end)
end)
