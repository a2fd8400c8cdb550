-- SPDX-License-Identifier: MIT
local json = require("pandan.json")
local rocks = require("support.rocks")

-- As opm's server: a name, blanks up to column 50, what it is for.
local OPM = [[
    location = /api/pkg/search {
        content_by_lua_block {
            if ngx.var.arg_q ~= "redis" and ngx.var.arg_q ~= "resty+redis" then
                ngx.status = 404
                return ngx.print("no search result found.\n")
            end
            ngx.print(("%-50s%s\n"):format("acme/lua-resty-redis-two",
                "speaks with \27[31mRedis"))
            ngx.print(("%-50s%s\n"):format("acme/lua-resty-redis", "Redis"))
        }
    }
]]

local function lines(text)
    local list = {}

    for line in text:gmatch("[^\n]+") do
        list[#list + 1] = line:gsub(" +", " ")
    end

    return list
end

describe("pandan search", function()
    local server = rocks.serve { modules = true, server = OPM }

    for _, version in ipairs { "1.0-1", "2.0-1", "2.0rc1-1", "scm-1" } do
        server:add { name = "lua-redis", version = version,
            modules = { redis = "return {}" } }
    end

    server:add { name = "redis-cluster", version = "dev-1",
        modules = { cluster = "return {}" } }
    server:add { name = "other", version = "1.0-1",
        dependencies = { "lua-redis >= 1.0" },
        modules = { other = "return {}" } }
    server:list()

    local project = rocks.project(server, {})

    project.more_env.PANDAN_OPM_URL = server.url

    it("asks every source, and tells the newest version", function()
        assert.same({
            "rocks:lua-redis 2.0-1",
            "rocks:redis-cluster dev-1",
            "opm:acme/lua-resty-redis Redis",
            "opm:acme/lua-resty-redis-two speaks with ?[31mRedis",
        }, lines(project:ok("search redis")))
    end)

    it("wants all words, in whatever case", function()
        assert.same({ "rocks:redis-cluster dev-1" },
            lines(project:ok("search --source rocks Clus REDIS")))
        assert.equal("", project:ok("search -s opm no such thing"))
    end)

    it("works outside of a project", function()
        local outside = rocks.project(server, {})

        os.remove(outside.root .. "/pandan.pkg.lua")
        outside.more_env.PANDAN_OPM_URL = server.url
        assert.matches("rocks:other", outside:ok("search other"), 1, true)
    end)

    it("tells what it has when one source does not answer", function()
        local half = rocks.project(server, {})

        half.more_env.PANDAN_OPM_URL = "http://127.0.0.1:1/"

        local result = half:run("search redis")

        assert.equal(4, result.code)
        assert.matches("rocks:lua-redis", result.stdout, 1, true)
        assert.matches("P0401", result.stderr, 1, true)
    end)

    it("knows its sources by name", function()
        local result = project:run("search --source nowhere redis")

        assert.equal(2, result.code)
        assert.matches("P0303", result.stderr)
    end)

    describe("and pandan info", function()
        it("tells of the newest, or of the version asked for", function()
            assert.matches("^rocks:lua%-redis 2%.0%-1\n",
                project:ok("info rocks:lua-redis"))
            assert.matches("^rocks:lua%-redis scm%-1\n",
                project:ok("info rocks:lua-redis@scm-1"))
        end)

        it("tells what it needs, and all versions", function()
            local info = json.decode(project:ok("info rocks:other --json"))

            assert.same({ { id = "runtime:lua", req = ">= 5.1" },
                { id = "rocks:lua-redis", req = ">= 1.0" } }, info.deps)
            assert.same({ "scm-1", "2.0-1", "2.0rc1-1", "1.0-1" },
                json.decode(project:ok("info rocks:lua-redis --json"))
                    .versions)
            assert.equal("MIT", info.license)
        end)

        it("tells what is locked", function()
            local locked = rocks.project(server,
                { ["rocks:lua-redis"] = "~> 1.0" })

            locked.more_env.PANDAN_OPM_URL = server.url
            locked:ok("lock")
            assert.matches("locked +1%.0%-1\n",
                locked:ok("info rocks:lua-redis"))
        end)
    end)
end)
