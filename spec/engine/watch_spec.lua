-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

local server

setup(function()
    server = nginx.start({
        allow = { "lua watch: " },
        http = "lua_watch 50ms;",
        files = {
            ["slow.lua"] = [[
                local slow = {}

                local function now()
                    ngx.update_time()

                    return ngx.now()
                end

                function slow.busy(seconds)
                    local stop = now() + seconds

                    while now() < stop do
                    end
                end

                function slow.compiled(n)
                    local x = 0
                    for i = 1, n do x = x + i % 7 end

                    return x
                end

                function slow.blocking(seconds)
                    local status = os.execute("sleep " .. seconds)

                    return status
                end

                return slow
            ]],
        },
        server = [[
            location /busy { content_by_lua_block {
                jit.off()
                require("slow").busy(0.2)
                jit.on()
                ngx.say("done")
            } }
            location /compiled { content_by_lua_block {
                require("slow").compiled(6e8)
                ngx.say("done")
            } }
            location /blocking { access_by_lua_block {
                require("slow").blocking(0.2)
            } }
            location /long { content_by_lua_block {
                require("slow").blocking(0.8)
                ngx.say("done")
            } }
            location /coroutine { content_by_lua_block {
                local run = coroutine.wrap(function()
                    require("slow").busy(0.2)
                end)

                run()
                ngx.say("done")
            } }
            location /last { content_by_lua_block {
                return os.execute("sleep 0.2")
            } }
            location /timer { content_by_lua_block {
                ngx.timer.at(0, function()
                    require("slow").busy(0.2)
                end)
            } }
        ]],
    })
end)

--- What the log newly says after a request.
local function told(path, pattern)
    local before = #server:error_log()

    server:get(path)
    server:wait_log((pattern or "request: \"GET " .. path))

    return server:error_log():sub(before + 1)
end

describe("the watch", function()
    it("names phase, time, line, stack and request of what it sees",
        function()
            local text = told("/busy")

            assert.matches("content_by_lua%* holds the event loop for %d+ ms,"
                .. " at [^\n]*slow.lua:%d+\n", text)
            assert.matches("slow.lua:%d+: in function 'busy'", text)
            assert.matches("content_by_lua%(nginx.conf:%d+%):3", text)
        end)

    it("tells how long it was in all", function()
        server:wait_log("content_by_lua%* held the event loop for %d+ ms in "
            .. "all")
    end)

    it("sees into compiled loops while they run", function()
        assert.matches("at [^\n]*slow.lua:18\n", told("/compiled"))
    end)

    it("names the line behind a call that blocks", function()
        local text = told("/blocking")

        assert.matches("access_by_lua%* holds", text)
        assert.matches("at [^\n]*slow.lua:2[46]\n", text)
    end)

    it("tells of a call that blocks long while it does", function()
        assert.matches("a C function called by Lua has held the event loop "
            .. "for 5%d%d ms and goes on", told("/long"))
    end)

    it("shows a coroutine's stack, and that of its task", function()
        local text = told("/coroutine")

        assert.matches("in function 'busy'", text)
        assert.matches("resumed by:.*content_by_lua%(nginx.conf:%d+%):6", text)
    end)

    it("tells afterwards of what no line of came", function()
        assert.matches("content_by_lua%* held the event loop for %d+ ms, "
            .. "where no line could be seen", told("/last"))
    end)

    it("watches timers too", function()
        assert.matches("ngx.timer holds the event loop",
            told("/timer", "ngx.timer held"))
    end)

    it("minds no task that waits in time", function()
        local patient = nginx.start({
            http = "lua_watch 600ms;",
            server = [[
                location /waiting { content_by_lua_block {
                    for _ = 1, 20 do
                        os.execute("sleep 0.05")
                        ngx.sleep(0.001)
                    end

                    ngx.say("done")
                } }
            ]],
        })

        assert.equal("done\n", patient:get("/waiting").body)
        assert.is_nil(patient:error_log():find("lua watch", 1, true))
    end)
end)
