-- SPDX-License-Identifier: MIT
--- The commands behind `pandan db`: what they do and say, and their codes.
local databases = require("support.databases")

local CODE = [[
    root = dir .. "/app"
    folder = root .. "/db/migrations"

    function configure(to)
        Db.configure({ default = to or url, root = root })
        package.loaded["pandan"] = { root = root, env = "development" }
    end

    function write(name, text)
        local handle = assert(io.open(root .. "/" .. name, "w"))
        handle:write(text)
        handle:close()
    end

    -- runs a command; gives its code and what it wrote
    function command(name, ...)
        local said = {}
        local sink = {
            write = function(_, ...)
                said[#said + 1] = table.concat({ ... })
            end,
            flush = function() end,
        }
        local support = require("pandan.command.db_support")
        local out, err = support.out, support.err
        support.out, support.err = sink, sink
        local code = require("pandan.command." .. name)({ ... })
        support.out, support.err = out, err
        return code, table.concat(said)
    end

    function expect(code, pattern, name, ...)
        local got, said = command(name, ...)
        if got ~= code or not said:find(pattern) then
            error(("%s: code %d and %q, not %d and %q"):format(name, got,
                said, code, pattern), 2)
        end
    end

    configure()
]]

for name, start in databases.each() do
    describe("the db commands in " .. name, function()
        local app

        setup(function()
            app = start({ code = CODE })
            app:run([[
                os.execute("mkdir -p '" .. folder .. "'")
                write("db/migrations/001_notes.lua", [=[
                    return function(schema)
                        schema:create("notes", function(t)
                            t:id()
                            t:string("text")
                        end)
                    end
                ]=])
                write("db/seeds.lua", [=[
                    require("pandan.model")("notes"):create({ text = "one" })
                ]=])
            ]])
        end)

        it("migrate, seed, look and roll back", function()
            app:run([[
                expect(0, "waiting%s+001_notes", "db_status")
                expect(0, "migrated  001_notes  %(%d+ ms%)", "db_migrate")
                expect(0, "Nothing to migrate", "db_migrate")
                expect(0, "%d+%-%d+%-%d+ %d+:%d+:%d+  001_notes",
                    "db_status")
                expect(0, "Seeded from .*db/seeds.lua", "db_seed")
                assert(Db:value("SELECT text FROM notes") == "one")

                expect(0, "Dropped 2 tables.*migrated.*Seeded", "db_reset")
                assert(Db:value("SELECT COUNT(*) FROM notes") == 1)

                expect(0, "rolled back  001_notes", "db_rollback")
                expect(0, "Nothing to roll back", "db_rollback", "3")
                expect(1, "no table 'notes': is a migration missing",
                    "db_seed")
            ]])
        end)

        it("say how they are used", function()
            app:run([[
                expect(2, "not 'x'", "db_rollback", "x")
                expect(2, "not '0'", "db_rollback", "0")
                expect(2, "unknown option '%-%-wrong'", "db_migrate",
                    "--wrong")
            ]])
        end)

        it("ask before they drop what production has", function()
            app:run([[
                package.loaded["pandan"].env = "production"
                expect(2, "%-%-force", "db_reset")
                expect(0, "Dropped", "db_reset", "--force")
            ]])
        end)

        it("tell of a missing file of seeds and a bad migration", function()
            app:run([[
                write("db/migrations/002_bad.lua",
                    "return function(schema)\n  schema:nope()\nend")
                command("db_migrate")
                expect(1, "002_bad.lua:2: .*nope", "db_migrate")
                os.remove(root .. "/db/migrations/002_bad.lua")

                os.rename(root .. "/db/seeds.lua", root .. "/db/s")
                expect(1, "there is no .*db/seeds.lua", "db_seed")
                os.rename(root .. "/db/s", root .. "/db/seeds.lua")
            ]])
        end)

        it("create the database", function()
            app:run([[
                local fresh = Db.get().dialect == "sqlite"
                    and "sqlite:data/deep/new.sqlite3"
                    or url:gsub("/[^/?]+(%?.*)$", "/fresh%1")
                        :gsub("/[^/?]+$", "/fresh")
                configure(fresh)

                expect(0, "Created", "db_create")
                expect(0, "exists already", "db_create")
                expect(0, "migrated", "db_migrate")
            ]])
        end)
    end)
end

describe("the db commands without a server", function()
    it("say that it is down and what may help", function()
        local app = databases.sqlite({ code = CODE })

        app:run([[
            configure("postgres://nobody@127.0.0.1:1/x")
            expect(1, "cannot be used: .*hint: is the database server running",
                "db_migrate")
        ]])
    end)
end)
