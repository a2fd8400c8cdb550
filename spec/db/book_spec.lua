-- SPDX-License-Identifier: MIT
local book = require("support.book")
local databases = require("support.databases")

-- The examples of the book that use the module by its name.
local function examples(page)
    local list = {}

    for _, code in ipairs(book.blocks(page)) do
        if code:find("^local [^\n]*require%(\"pandan.db\"%)") then
            list[#list + 1] = code
        end
    end
    return list
end

describe("the examples in the book", function()
    for name, start in databases.each() do
        it("work with " .. name, function()
            local app, list = start(), examples("databases.md")

            for _, code in ipairs(list) do
                app:run("Db.configure({ default = url, root = dir })\n"
                    .. code)
            end
            assert.equal(2, #list)
            app:stop()
        end)
    end
end)

-- The pages of servers, and how many examples they have.
local PAGES = {
    { "mysql.md", databases.mysql, 4 },
    { "postgres.md", databases.postgres, 5 },
    { "sqlite.md", databases.sqlite, 5 },
}

describe("the book's page", function()
    for _, entry in ipairs(PAGES) do
        local page, start, count = unpack(entry)

        it(page .. " has true examples", function()
            local app, list = start(), examples(page)

            for _, code in ipairs(list) do
                app:run("Db.configure({ default = url, root = dir })\n"
                    .. code)
            end
            assert.equal(count, #list)
            app:stop()
        end)
    end
end)

describe("the configuration of databases", function()
    it("names several, and says what is missing", function()
        local app = databases.sqlite()

        app:run([[
            Db.configure({
                root = dir, default = "sqlite:one.sqlite3",
                other = { url = "sqlite::memory:", limit = 1 },
            })
            assert(Db.dialect == "sqlite")
            assert(Db:value("SELECT 1") == 1)
            assert(Db.get("other"):value("SELECT 2") == 2)
            assert(io.open(dir .. "/one.sqlite3"))

            local function fails(text, fn, ...)
                local ok, err = pcall(fn, ...)
                assert(not ok and err:find(text, 1, true), err)
            end
            fails("no database 'third' is configured", Db.get, "third")
            fails("needs 'default'", Db.configure, {})
            fails("it must start with sqlite:, postgres:// or mysql://",
                Db.configure, { default = "oracle://a:b@c" })
            fails("database 'x' has no URL", Db.configure,
                { default = "sqlite::memory:", x = { limit = 2 } })
        ]])
        app:stop()
    end)
end)
