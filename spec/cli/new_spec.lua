-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")
local shell = require("support.shell")

describe("pandan new", function()
    it("writes an app of fewer than twenty-five files", function()
        local app = cli.app("blog")
        local list = shell.run("find . -type f", { cwd = app.root }).stdout
        local _, count = list:gsub("\n", "")

        assert.is_true(count < 25)
        assert.is_true(app:has("config/application.lua"))
    end)

    it("gives each app a key of its own, for its owner's eyes", function()
        local one, two = cli.app("blog"), cli.app("blog")
        local key = one:read(".env"):match("APP_KEY=(%S+)")

        assert.equal(44, #key)
        assert.not_equal(key, two:read(".env"):match("APP_KEY=(%S+)"))
        assert.matches("^%-rw%-%-%-%-%-%-%-",
            shell.run("ls -l .env", { cwd = one.root }).stdout)
    end)

    it("keeps secrets and databases out of version control", function()
        local ignored = cli.app("blog"):read(".gitignore")

        assert.matches("/%.env\n", ignored)
        assert.matches("/%.pandan/\n", ignored)
    end)

    it("says what comes next", function()
        local folder = cli.folder()
        local result = cli.run("new blog", { cwd = folder })

        assert.equal(0, result.code)
        assert.matches("      create  config/routes.lua\n", result.stdout)
        assert.matches("Next: cd blog\n", result.stdout)
    end)

    it("takes PostgreSQL", function()
        local app = cli.app("shop", "--db postgres")

        assert.matches("postgres://", app:read("config/database.lua"))
        assert.matches("shop_test", app:read("config/database.lua"))
    end)

    it("takes MySQL", function()
        local app = cli.app("shop", "--db mysql")

        assert.matches("mysql://", app:read("config/database.lua"))
        assert.matches("shop_test", app:read("config/database.lua"))
        assert.matches("DATABASE_URL=mysql://", app:read(".env"))
    end)

    it("knows no other database", function()
        local result = cli.run("new x --db oracle", { cwd = cli.folder() })

        assert.equal(2, result.code)
        assert.matches("sqlite, postgres or mysql", result.stderr)
    end)

    it("leaves views out of an API", function()
        local app = cli.app("api", "--api")

        assert.is_false(app:has("application/views/layouts/main.html"))
        assert.matches("api = true", app:read("config/application.lua"))
    end)

    it("refuses a name that is none", function()
        local result = cli.run("new 1st", { cwd = cli.folder() })

        assert.equal(1, result.code)
        assert.matches("'1st' cannot be the name", result.stderr)
    end)

    it("writes nothing on a dry run", function()
        local folder = cli.folder()
        local result = cli.run("new blog --dry-run", { cwd = folder })

        assert.equal(0, result.code)
        assert.matches("create  %.env", result.stdout)
        assert.is_false(files.exists(folder .. "/blog"))
    end)

    it("touches nothing when a file is in the way", function()
        local folder = cli.folder()

        files.write(folder .. "/blog/config/routes.lua", "-- mine\n")

        local result = cli.run("new blog", { cwd = folder })

        assert.equal(4, result.code)
        assert.matches("already there: config/routes.lua", result.stderr)
        assert.matches("%-%-force", result.stderr)
        assert.equal("-- mine\n",
            files.read(folder .. "/blog/config/routes.lua"))
        assert.is_false(files.exists(folder .. "/blog/.env"))
    end)
end)
