-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

local server

setup(function()
    server = nginx.start({
        allow = { "aborted: runtime error: ", "failed to run " },
        files = {
            ["keep.lua"] = "return {}",
        },
        server = [[
            location /sleep {
                content_by_lua_block { ngx.say("x") }
                log_by_lua_block {
                    for _ = 1, 3 do
                        pcall(function() ngx.sleep(0) end)
                    end
                }
            }
            location /say {
                content_by_lua_block { ngx.say("x") }
                header_filter_by_lua_block {
                    ngx.header["X-Error"] = select(2, pcall(ngx.say, "late"))
                    pcall(function() ngx.say("late") end)
                }
            }
            location /headers { content_by_lua_block {
                local headers = ngx.req.get_headers
                local done

                ngx.timer.at(0, function()
                    pcall(function() local h = headers() end)
                    done = true
                end)

                repeat ngx.sleep(0.001) until done
            } }
            location /set {
                set_by_lua_block $x {
                    pcall(function() local s = ngx.socket.tcp() end)
                }
                return 200 $x;
            }
            location /keep { content_by_lua_block {
                require("keep").socket = ngx.socket.tcp()
                require("keep").socket:connect("127.0.0.1", {{port}})
                require("keep").thread = ngx.thread.spawn(function()
                    ngx.sleep(10)
                end)
                require("keep").headers = ngx.req.get_headers()
                require("keep").ctx = ngx.ctx
                require("keep").request = ngx.req.socket

                if ngx.var.arg_wait then
                    ngx.sleep(10)
                end

                ngx.exit(200)
            } }
            location /use { content_by_lua_block {
                local keep = require("keep")

                repeat ngx.sleep(0.001) until keep.request

                local function tell(...)
                    local list = { ... }

                    for i = 1, select("#", ...) do
                        list[i] = tostring(list[i]):gsub("^.-: ", "")
                    end

                    ngx.say(table.concat(list, " "))
                end

                tell("send", pcall(function()
                    return keep.socket:send("x")
                end))
                tell("wait", pcall(ngx.thread.wait, keep.thread))
                tell("kill", pcall(ngx.thread.kill, keep.thread))
                tell("headers", pcall(function()
                    return keep.headers.host
                end))
                tell("ctx", pcall(function() return keep.ctx.x end))
                tell("socket", pcall(keep.request))
            } }
        ]],
    })
end)

describe("a call in a phase that cannot have it", function()
    it("is told of once for each place, with phases and a cure", function()
        server:get("/sleep")
        server:wait_log("%[warn%].-%[lua%] log_by_lua%(nginx.conf:%d+%):3: "
            .. "sleep%(%) may not be used in log_by_lua%*, but in .-"
            .. "access_by_lua%*, content_by_lua%*, ngx.timer.%*; "
            .. "do it in a timer: ngx.timer.at%(0, ...%)")

        local _, n = server:error_log():gsub("sleep%(%) may not", "")
        assert.equal(1, n)
    end)

    it("raises in the words that libraries know", function()
        assert.equal("API disabled in the context of header_filter_by_lua*",
            server:get("/say").headers["x-error"])
        server:wait_log(":3: say%(%) may not be used in "
            .. "header_filter_by_lua%*, but in .-content_by_lua%*; "
            .. "do it before the answer is on its way")
    end)

    it("says that there is no request in a timer", function()
        server:get("/headers")
        server:wait_log("headers%(%) may not be used in ngx.timer, .-"
            .. "; there is no request here")
    end)

    it("names the phase that can instead of a variable's", function()
        server:get("/set")
        server:wait_log("tcp%(%) may not be used in set_by_lua%*, .-"
            .. "; do it in rewrite_by_lua%*")
    end)
end)

describe("what is kept of another request", function()
    it("reports when that request still waits", function()
        local conn = server:connect()

        conn:send("GET /keep?wait=1 HTTP/1.1\r\nHost: x\r\n\r\n")

        local body = server:get("/use").body

        assert.matches("send false bad request\n", body)
        assert.matches("wait false", body)
        assert.matches("headers true", body)
        server:wait_log("%[lua%] content_by_lua%(nginx.conf:%d+%):%d+: "
            .. "a cosocket of another request or timer cannot be used here; "
            .. "make one for each")
        conn:close()
    end)

    it("reports when that request is gone", function()
        server:get("/keep")

        local body = server:get("/use").body

        assert.matches("send true nil closed\n", body)
        assert.matches("wait true nil already waited or killed\n", body)
        assert.matches("kill true nil already waited or killed\n", body)
        assert.matches("ctx true nil", body)
        assert.equal(200, server:get("/use").status)
    end)
end)
