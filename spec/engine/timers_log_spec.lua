-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

local server

setup(function()
    server = nginx.start({
        allow = { "lua_max_running_timers are not enough" },
        http = "lua_max_running_timers 1;",
        server = [[
            location /line { content_by_lua_block {
                ngx.timer.at(0, function() ngx.log(ngx.WARN, "from a") end)
                ngx.say("ok")
            } }
            location /many { content_by_lua_block {
                for _ = 1, 2 do
                    ngx.timer.at(0, function() ngx.sleep(0.001) end)
                end
                ngx.say("ok")
            } }
        ]],
    })
end)

describe("log lines of timers", function()
    it("name the client and the server that they began with", function()
        server:get("/line")
        server:wait_log("from a, context: ngx%.timer, client: 127%.0%.0%.1, "
            .. "server: ")
    end)

    it("name the function that could not run", function()
        server:get("/many")
        server:wait_log("lua failed to run timer with function defined at "
            .. "=content_by_lua%(nginx%.conf:%d+%):3: 1 "
            .. "lua_max_running_timers are not enough")
    end)
end)
