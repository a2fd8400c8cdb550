-- SPDX-License-Identifier: MIT
local book = require("support.book")
local databases = require("support.databases")
local files = require("support.files")
local paths = require("support.paths")

-- The example of the book that uses the module by its name.
local function example()
    local page = files.read(paths.root .. "/docs/book/databases.md")

    for code in page:gmatch("```lua\n(.-)```") do
        if code:find('^local db = require%("pandan.db"%)') then
            return code
        end
    end
end

describe("the example in the book", function()
    for name, start in databases.each() do
        it("works with " .. name, function()
            local app = start()

            app:run("Db.configure({ default = url, root = dir })\n"
                .. example())
            app:stop()
        end)
    end
end)

-- The pages of servers, and how many examples they have.
local PAGES = {
    { "mysql.md", databases.mysql, 3 },
    { "postgres.md", databases.postgres, 5 },
}

describe("the book's page", function()
    for _, entry in ipairs(PAGES) do
        local page, start, count = unpack(entry)

        it(page .. " has true examples", function()
            local app, n = start(), 0

            for _, code in ipairs(book.blocks(page)) do
                if code:find("^local db") then
                    app:run("Db.configure({ default = url })\n" .. code)
                    n = n + 1
                end
            end
            assert.equal(count, n)
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
