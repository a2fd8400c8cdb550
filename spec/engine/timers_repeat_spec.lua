-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

local server

setup(function()
    server = nginx.start({
        server = [[
            location /overlap { content_by_lua_block {
                local running, most = 0, 0
                ngx.timer.every(0.002, function(premature)
                    if premature or most > 1 then
                        return
                    end
                    running = running + 1
                    most = math.max(most, running)
                    while most < 2 do
                        ngx.sleep(0.001)
                    end
                    running = running - 1
                end)
                while most < 2 do
                    ngx.sleep(0.001)
                end
                ngx.say("two at once")
            } }
        ]],
    })
end)

describe("repeated timers", function()
    it("keep their pace while their function still runs", function()
        assert.equal("two at once\n", server:get("/overlap").body)
    end)
end)
