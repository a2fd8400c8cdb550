-- SPDX-License-Identifier: MIT
local collector = require("pandan.collector")

local MANY, NONE = 1e6, 0

local function pause()
    local found = collectgarbage("setpause", 200)
    collectgarbage("setpause", found)
    return found
end

describe("the collector", function()
    before_each(function()
        collectgarbage("setpause", 200)
    end)

    it("waits for longer while little memory is taken", function()
        collector.tend(MANY)
        assert.equal(400, pause())
    end)

    it("is LuaJIT's own again when much is", function()
        collector.tend(MANY)
        collector.tend(NONE)
        assert.equal(200, pause())
    end)

    it("is left alone where the app has chosen", function()
        collectgarbage("setpause", 130)
        collector.tend(MANY)
        assert.equal(130, pause())
    end)
end)
