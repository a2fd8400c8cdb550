-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

local server

setup(function()
    server = nginx.start({
        http = [[
            lua_max_pending_timers 3;
            init_worker_by_lua_block {
                ticks = 0
                ngx.timer.every(0.01, function(premature, step)
                    if not premature then
                        ngx.sleep(0.001)
                        ticks = ticks + step
                    end
                end, 2)
                ngx.timer.at(3600, function(premature)
                    ngx.log(ngx.WARN, "told early: ", premature)
                end)
            }
        ]],
        server = [[
            location /at { content_by_lua_block {
                local seen
                ngx.timer.at(0, function(premature, a, b)
                    ngx.sleep(0.001)
                    seen = tostring(premature) .. a .. b .. ngx.get_phase()
                end, 1, "x")
                while not seen do
                    ngx.sleep(0.002)
                end
                ngx.say(seen)
            } }
            location /ticks { content_by_lua_block {
                local from = ticks
                while ticks < from + 6 do
                    ngx.sleep(0.005)
                end
                ngx.say("ticking")
            } }
            location /limit { content_by_lua_block {
                for i = 1, 3 do
                    local ok, err = ngx.timer.at(600, function() end)
                    if not ok then
                        return ngx.say(err)
                    end
                end
            } }
            location /wrong { content_by_lua_block {
                ngx.say(select(2, pcall(ngx.timer.at, -1, function() end)))
                ngx.say(select(2, pcall(ngx.timer.every, 0, function() end)))
            } }
        ]],
    })
end)

describe("timers", function()
    it("run their function with its arguments, which may wait", function()
        assert.equal("false1xtimer\n", server:get("/at").body)
    end)

    it("come again and again", function()
        assert.equal("ticking\n", server:get("/ticks").body)
    end)

    it("are refused beyond their limit", function()
        assert.equal("too many pending timers\n", server:get("/limit").body)
    end)

    it("want sensible delays", function()
        local body = server:get("/wrong").body

        assert.matches("delay should be positive", body)
        assert.matches("delay cannot be zero", body)
    end)

    it("are told when a worker goes before their time", function()
        server:reload()
        server:wait_log("told early: true")
    end)
end)
