-- SPDX-License-Identifier: MIT
--- What makes LuaJIT give up on a page's way through the framework makes every
--- page of every app slower, and fails no other spec.
local app = require("support.app")

local PAGES = 300

local HELLO = [[
    local vmdef = require("jit.vmdef")
    local util = require("jit.util")

    local refused = {}

    -- the reasons begin with "NYI" where LuaJIT has no code for something
    local function note(what, _, fn, pc, code, detail)
        local reason = what == "abort" and vmdef.traceerr[code] or ""

        if reason:find("^NYI") and not reason:find("lower frame") then
            refused[#refused + 1] = ("%s: %s (%s)"):format(
                util.funcinfo(fn, pc).loc, reason, tostring(detail))
        end
    end

    jit.attach(note, "trace")

    local Hello = {}

    function Hello:index()
        return "Hello"
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
                r:get("/refused", "hello@refused")
            end
        ]],
        ["application/controllers/hello.lua"] = HELLO,
    },
}

describe("a plain page", function()
    it("is compiled on its whole way through the framework", function()
        for _ = 1, PAGES do
            assert.equal("Hello", server:get("/").body)
        end
        assert.equal("", server:get("/refused").body)
    end)
end)
