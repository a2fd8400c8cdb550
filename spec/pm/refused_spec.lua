-- SPDX-License-Identifier: MIT
local files = require("support.files")
local rocks = require("support.rocks")

local function rockspec(name, body)
    return ('package = "%s"\nversion = "1.0-1"\nsource = { url = "x" }\n'
        .. '%s\nbuild = { type = "none" }\n'):format(name, body)
end

describe("pandan install refuses", function()
    local server = rocks.serve { server = [[
        location = /away-1.0-1.src.rock {
            return 302 http://203.0.113.1/away.rock;
        }
        location = /round-1.0-1.src.rock { return 302 /round-1.0-1.src.rock; }
        location = /html-1.0-1.src.rock { return 200 "<html>sorry</html>"; }
        location = /closed-1.0-1.src.rock { return 403; }
]] }

    local bodies = {
        endless = "while true do end",
        greedy = 'local s = "x" while true do s = s .. s end',
        pattern = 'local s = ("a"):rep(60) s:find((".-"):rep(40) .. "b")',
        curious = 'local f = io.open("/etc/passwd")',
        caller = 'string.dump(function() end)',
    }

    for name, body in pairs(bodies) do
        server:add { name = name, version = "1.0-1",
            rockspec = rockspec(name, body) }
    end

    for _, name in ipairs { "away", "round", "html", "closed" } do
        server:add { name = name, version = "1.0-1", modules = {} }
    end

    server:add { name = "same", version = "1.0-1",
        modules = { shared = "return 1" } }
    server:add { name = "again", version = "1.0-1",
        modules = { shared = "return 2" } }
    server:add { name = "moving", version = "1.0-1",
        modules = { moving = "return 1" } }
    server:add { name = "posing", version = "1.0-1",
        rockspec = rockspec("other", "") }
    server:list()

    local function refuses(name, exit, code)
        local project = rocks.project(server, { ["rocks:" .. name] = "" })
        local result = project:run("install")

        assert.matches(code, result.stderr, 1, true)
        assert.equal(exit, result.code)
        assert.is_false(project:has("lua_modules"))
        assert.is_false(project:has("pandan.lock"))
    end

    it("a rockspec that does not end", function()
        refuses("endless", 5, "P0506")
    end)

    it("a rockspec that takes all memory", function()
        refuses("greedy", 5, "P0506")
    end)

    it("a rockspec whose pattern does not end", function()
        refuses("pattern", 5, "P0506")
    end)

    it("a rockspec that wants files", function()
        refuses("curious", 4, "P0405")
    end)

    it("a rockspec that wants libraries", function()
        refuses("caller", 4, "P0405")
    end)

    it("a rock that is another's", function()
        refuses("posing", 5, "P0507")
    end)

    it("a redirect to plain http elsewhere", function()
        refuses("away", 5, "P0502")
    end)

    it("a redirect that goes round", function()
        refuses("round", 5, "P0503")
    end)

    it("a page in place of a rock", function()
        refuses("html", 5, "P0601")
    end)

    it("a server that wants a token, naming the way", function()
        refuses("closed", 4, "P0403")
    end)

    it("two packages with the same file, naming both", function()
        local project = rocks.project(server,
            { ["rocks:same"] = "", ["rocks:again"] = "" })
        local result = project:run("install")

        assert.equal(5, result.code)
        assert.matches("rocks:again and rocks:same both have the file "
            .. "'share/lua/5.1/shared.lua'", result.stderr, 1, true)
    end)

    it("an artifact that is no longer that of the lock", function()
        local project = rocks.project(server, { ["rocks:moving"] = "" })

        project:ok("install")
        files.remove(server.work .. "/work-moving-1.0-1")
        os.remove(server.dir .. "/moving-1.0-1.src.rock")
        server:add { name = "moving", version = "1.0-1",
            modules = { moving = "evil()" } }

        local clone = project:clone(true)
        local result = clone:run("install")

        assert.equal(5, result.code)
        assert.matches("P0501", result.stderr)
        assert.is_false(clone:has("lua_modules"))
    end)

    it("plain http to another machine", function()
        local project = rocks.project(server, { ["rocks:same"] = "" })

        project.more_env = { PANDAN_ROCKS_URL = "http://203.0.113.1/" }

        local result = project:run("install")

        assert.equal(5, result.code)
        assert.matches("P0502", result.stderr)
    end)
end)
