-- SPDX-License-Identifier: MIT
--- Runs the examples of the book, the blocks of a page one after another.
local blog = require("support.blog")
local book = require("support.book")
local databases = require("support.databases")
local files = require("support.files")

describe("the book", function()
    it("has true examples of validation", function()
        assert(loadstring(table.concat(book.blocks("validation.md"), "\n")))()
    end)

    for name, start in databases.each() do
        it("has true examples of models in " .. name, function()
            local app = start({ code = blog.code })

            app:run("tables(db)")
            app:run(table.concat(book.blocks("models.md"), "\n"))
        end)

        it("has true examples of migrations in " .. name, function()
            local app = start({ code = blog.code })
            local folder = app.nginx.dir .. "/migrations"

            os.execute("mkdir '" .. folder .. "'")
            for _, code in ipairs(book.blocks("migrations.md")) do
                local file = code:match("^%-%- db/migrations/(%S+)")
                files.write(folder .. "/" .. file, code)
            end

            app:run([[
                local folder = dir .. "/migrations"
                for _ = 1, 2 do
                    equal(3, assert(migration.migrate(db, folder)))
                    equal(3, assert(migration.rollback(db, folder,
                        { steps = 3 })))
                end
            ]])
        end)
    end
end)
