-- SPDX-License-Identifier: MIT
local redis = require("support.redis")

describe("what one turn of the event loop asks of Redis", function()
    it("goes out in one write, over one connection", function()
        local server = redis.start()
        local app = redis.app(server:url())

        app:run([[
            local function reads()
                return tonumber(r:info("stats")
                    :match("total_reads_processed:(%d+)"))
            end
            assert(r:set("a", 1))
            local before = reads()
            local threads = {}
            for i = 1, 200 do
                threads[i] = ngx.thread.spawn(r.echo, r, "text " .. i)
            end
            for i = 1, 200 do
                local ok, text = ngx.thread.wait(threads[i])
                assert(ok and text == "text " .. i, text)
            end
            -- the server read all of them at once, and INFO after that
            assert(reads() - before <= 3, reads() - before)
            local s = r:stats()
            assert(s.opened == 1 and s.shared == 1, s.opened)
        ]])
    end)
end)
