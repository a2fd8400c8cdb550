-- SPDX-License-Identifier: MIT
local workers = require("support.workers")

describe("a semaphore", function()
    local server

    setup(function()
        server = workers.start(2)
    end)

    it("lets so many in at a time, whatever worker they are in", function()
        server:together(12, [[
            local s = require("pandan.semaphore").new("s", 3, { wait = 30 })
            local dict = ngx.shared.pandan
            for _ = 1, 5 do
                assert(s:with(function()
                    local n = dict:incr("in", 1, 0)
                    if n > 3 then dict:set("broken", n) end
                    if n > (dict:get("most") or 0) then
                        dict:set("most", n)
                    end
                    ngx.sleep(0.001)
                    dict:incr("in", -1)
                    return true
                end))
            end
            return ""
        ]])

        assert.equal("nil 3 0", server:run([[
            local dict = ngx.shared.pandan
            return tostring(dict:get("broken")) .. " " .. dict:get("most")
                .. " " .. require("pandan.semaphore").new("s", 3):taken()
        ]]))
    end)

    it("gives a permit back to who waits when its time is over", function()
        assert.equal("1 busy true", server:run([[
            local s = require("pandan.semaphore").new("t", 1,
                { ttl = 0.05, wait = 10 })
            s:take()
            local taken = s:taken()
            local _, _, code = s:take(0)
            return taken .. " " .. code .. " " .. tostring(s:take() ~= nil)
        ]]))
    end)
end)
