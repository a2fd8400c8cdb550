-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local shell = require("support.shell")

-- As another machine gets it: what git ignores is not there.
local function clone(options)
    local app = cli.app("blog", options)

    shell.run("git init -q . && git add -A && git clean -fdXq",
        { cwd = app.root })
    assert.is_false(app:has(".env"))

    return app
end

local function key_of(text)
    return text:match("\nAPP_KEY=([%w+/]+=)\n")
end

describe("an application from git", function()
    it("says which command makes what is missing", function()
        local app = clone()
        local result = app:run("routes")

        assert.not_equal(0, result.code)
        assert.matches("'pandan setup' writes an APP_KEY to %.env",
            result.stderr)
    end)

    it("runs after that", function()
        local app = clone()

        assert.matches("create  %.env\n.*Next: pandan db migrate\n",
            app:ok("setup"))
        app:ok("db migrate")
        assert.equal(200, cli.get(app:start(), "/").status)
    end)

    it("has the settings of its example, and a key of its own", function()
        local app = clone("--db postgres")

        app:write(".env.example", app:read(".env.example")
            .. "export MAIL=off\n")
        app:ok("setup")

        local env = app:read(".env")

        assert.equal(44, #key_of(env))
        assert.equal(app:read(".env.example"),
            (env:gsub("(\nAPP_KEY=)[^\n]+", "%1")))
        assert.matches("^%-rw%-%-%-%-%-%-%-",
            shell.run("ls -l .env", { cwd = app.root }).stdout)
    end)

    it("is told to install packages when it has some", function()
        local app = clone()

        app:write("pandan.lock", '{"lock":1}\n')
        assert.matches("Next: pandan install\n", app:ok("setup"))
    end)

    it("needs no example", function()
        local app = clone()

        shell.run("rm .env.example", { cwd = app.root })
        app:ok("setup")
        assert.equal(44, #key_of("\n" .. app:read(".env")))
    end)

    it("shares no key that its example has", function()
        local app = clone()
        local given = ("A"):rep(43) .. "="

        app:write(".env.example", "\nAPP_KEY=" .. given .. "\n")
        app:ok("setup")
        assert.not_equal(given, key_of(app:read(".env")))
    end)
end)

describe("pandan setup", function()
    it("leaves an .env as it is", function()
        local app = cli.app("blog")
        local before = app:read(".env") .. "MORE=1"

        app:write(".env", before)
        assert.equal("   identical  .env\n", app:ok("setup"))
        assert.equal(before, app:read(".env"))
    end)

    it("gives it the key that it lacks, and nothing else", function()
        local app = cli.app("blog")

        for _, line in ipairs({ "", "APP_KEY=\n", "APP_KEY=changeme # yes\n",
            " export APP_KEY = 'c2hvcnQ='\n" })
        do
            app:write(".env", "A=1\n" .. line .. "B=2")
            assert.equal("      change  .env\n", app:ok("setup"))

            local env = app:read(".env")

            assert.equal(44, #key_of(env .. "\n"))
            assert.equal("A=1\nB=2", (env:gsub("APP_KEY=%S+\n", "")
                :gsub("\n$", "")))
        end
    end)

    it("writes nothing on a dry run", function()
        local app = clone()

        assert.equal("      create  .env\n", app:ok("setup --dry-run"))
        assert.is_false(app:has(".env"))
    end)
end)
