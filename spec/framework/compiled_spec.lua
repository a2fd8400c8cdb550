-- SPDX-License-Identifier: MIT
--- What makes LuaJIT give up on a page's way through the framework makes every
--- page of every app slower, and fails no other spec.
local app = require("support.app")

local PAGES = 300

local HELLO = [[
    local vmdef = require("jit.vmdef")
    local util = require("jit.util")

    local refused = {}

    -- What LuaJIT has no code for, and loops that are not unrolled.
    local function hopeless(reason)
        return reason:find("^NYI") and not reason:find("lower frame")
            or reason:find("inner loop", 1, true)
    end

    local function note(what, _, fn, pc, code, detail)
        local reason = what == "abort" and vmdef.traceerr[code] or ""

        if hopeless(reason) then
            refused[#refused + 1] = ("%s: %s %s"):format(
                util.funcinfo(fn, pc).loc, reason, tostring(detail or ""))
        end
    end

    jit.attach(note, "trace")

    local Hello = {}

    function Hello:index()
        return "Hello"
    end

    function Hello:show()
        return self.params.id
    end

    function Hello:headed()
        self:header("X-One", "1"):header("X-Frame-Options", "SAMEORIGIN")
        return "headed"
    end

    function Hello:refused()
        return table.concat(refused, "\n")
    end

    return Hello
]]

local server = app.start {
    env = "production",
    files = {
        ["config/routes.lua"] = [[
            return function(r)
                r:get("/", "hello@index")
                r:get("/posts/{id}", "hello@show")
                r:get("/headed", "hello@headed")
                r:get("/refused", "hello@refused")
            end
        ]],
        ["application/controllers/hello.lua"] = HELLO,
    },
}

local function refused_by(path, body)
    for _ = 1, PAGES do
        assert.equal(body, server:get(path).body)
    end
    return server:get("/refused").body
end

describe("a page's way through the framework", function()
    it("is compiled as a whole", function()
        assert.equal("", refused_by("/", "Hello"))
    end)

    it("is, too, when the path has a parameter", function()
        assert.equal("", refused_by("/posts/7", "7"))
    end)

    it("is, too, when the page sets headers", function()
        assert.equal("", refused_by("/headed", "headed"))
    end)
end)
