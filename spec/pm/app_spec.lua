-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local rocks = require("support.rocks")
local shell = require("support.shell")

local CONTROLLER = [[
local HelloController = {}

function HelloController:show()
    return require("greeting").say("package")
end

return HelloController
]]

local SPEC = [[
local greeting = require("greeting")

describe("a greeting", function()
    it("greets", function()
        assert.equal("Hello, spec", greeting.say("spec"))
    end)
end)
]]

describe("an application made by pandan new", function()
    local server = rocks.serve()

    server:add {
        name = "greeting", version = "1.2-1",
        modules = { greeting = "return { say = function(who)\n"
            .. "    return 'Hello, ' .. who\nend }\n" },
    }
    server:add {
        name = "greeting", version = "1.3-1",
        modules = { greeting = "return { say = error }\n" },
    }
    server:list()

    local function user()
        return {
            HOME = cli.folder(), XDG_DATA_HOME = false,
            XDG_CACHE_HOME = false, PANDAN_ROCKS_URL = server.url,
        }
    end

    local env = user()
    local app = cli.app("shop")
    local manifest = app:read("pandan.pkg.lua")

    app:ok("add rocks:greeting@1.2-1", { env = env })
    app:ok("generate controller hello show")
    app:write("application/controllers/hello.lua", CONTROLLER)
    app:write("spec/greeting_spec.lua", SPEC)

    it("has a manifest, to which add adds a row only", function()
        local before, after = app:read("pandan.pkg.lua"):match(
            "^(.-) *%[\"rocks:greeting\"%] = \"[^\n]*\",\n(.*)$")

        assert.is_string(before)
        assert.equal(manifest:gsub("%s+", ""), (before .. after)
            :gsub("%s+", ""))
    end)

    it("keeps what it installs out of the repository", function()
        shell.run("git init -q .", { cwd = app.root })

        local ignored = shell.run("git check-ignore lua_modules .pandan",
            { cwd = app.root })

        assert.equal("lua_modules\n.pandan\n", ignored.stdout)
    end)

    it("uses a package in a controller that start serves", function()
        local port = app:start("--env development")

        assert.equal("Hello, package", cli.get(port, "/hello/show").body)
        app:ok("stop --env development")
    end)

    it("uses it in a controller that dev serves", function()
        local dev = app:dev()

        assert.equal("Hello, package", cli.get(dev.port, "/hello/show").body)
        dev.process:stop("INT", 10)
    end)

    it("uses it in specs", function()
        assert.matches("1 passed, 0 failed",
            app:ok("test spec/greeting_spec.lua"))
    end)

    it("uses it in files that run runs", function()
        app:write("say.lua",
            "io.write(require('greeting').say('file'), '\\n')\n")
        assert.matches("Hello, file", app:ok("run say.lua"), 1, true)
    end)

    it("is the same for somebody else who has its repository", function()
        local other = setmetatable({ root = cli.folder() .. "/clone" },
            getmetatable(app))

        shell.run("git add -A && git -c user.name=a -c user.email=a@b.c "
            .. "commit -qm all && git clone -q . " .. other.root,
            { cwd = app.root })
        other:write(".env", app:read(".env")) -- secrets are not in it
        assert.is_false(other:has("lua_modules/share/lua/5.1/greeting.lua"))
        other:ok("install --locked", { env = user() })
        assert.equal(app:read("lua_modules/share/lua/5.1/greeting.lua"),
            other:read("lua_modules/share/lua/5.1/greeting.lua"))
        assert.equal(app:read("pandan.lock"), other:read("pandan.lock"))
        assert.equal("Hello, package", cli.get(other:start(
            "--env development"), "/hello/show").body)
    end)

    it("serves the old version until it is reloaded", function()
        local port = app:start("--env development")

        assert.equal("Hello, package", cli.get(port, "/hello/show").body)
        app:ok("add rocks:greeting@1.3-1", { env = env })
        assert.equal("Hello, package", cli.get(port, "/hello/show").body)
        app:ok("rollback", { env = env })
        assert.matches("1.2-1", app:read("pandan.lock"), 1, true)
    end)
end)
