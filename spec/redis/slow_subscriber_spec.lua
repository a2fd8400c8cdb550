-- SPDX-License-Identifier: MIT
local redis = require("support.redis")

describe("a subscriber that reads slowly", function()
    it("keeps little itself, and is cut off by the server", function()
        local server = redis.start({ settings = {
            "client-output-buffer-limit pubsub 4mb 0 0",
        } })
        local app = redis.app(server:url())

        app:run([[
            local function memory()
                for line in io.lines("/proc/self/status") do
                    local kb = line:match("^VmRSS:%s+(%d+)")
                    if kb then return tonumber(kb) end
                end
            end

            local sub = assert(r:listen("flood"))
            local text = ("x"):rep(65536)
            local before = memory()
            local got = 0

            wait_until(function()
                for _ = 1, 20 do
                    got = r:publish("flood", text)
                end
                return got == 0
            end, "cut off")
            assert(memory() - before < 16384, memory() - before)

            -- what was kept still comes, then the end
            local count, message, err, code = 0, nil, nil, nil
            repeat
                message, err, code = sub:receive()
                count = count + (message and 1 or 0)
            until not message
            assert(code == "closed", code)
            assert(err:find("the connection was lost"), err)
            assert(count >= 1)
            sub:close()
            settle()
            assert(r:ping() == "PONG")
        ]])
    end)
end)
