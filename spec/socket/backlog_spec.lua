-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local peer = require("support.peer")

describe("a pool with a backlog", function()
    local server

    setup(function()
        local echo = peer.echo()

        server = nginx.start({
            http = ([[
                init_by_lua_block {
                    port, deaf = %d, %d

                    function open(options, where)
                        return ngx.socket.connect("127.0.0.1", where or port,
                            options)
                    end
                }
            ]]):format(echo.port, peer.deaf()),
            server = [[
                location /full { content_by_lua_block {
                    local options = { pool = "full", pool_size = 1,
                        backlog = 0 }
                    local sock = open(options)
                    ngx.say(open(options))
                    sock:close()
                    ngx.say(open(options) ~= nil)
                } }
                location /turns { content_by_lua_block {
                    local options = { pool = "turns", pool_size = 2,
                        backlog = 100 }
                    local live, most, threads = 0, 0, {}
                    for i = 1, 50 do
                        threads[i] = ngx.thread.spawn(function()
                            local sock = assert(open(options))
                            live = live + 1
                            most = math.max(most, live)
                            sock:send(i .. "\n")
                            local line = sock:receive()
                            live = live - 1
                            if i % 2 == 0 then
                                sock:close()
                            else
                                sock:setkeepalive()
                            end
                            return line
                        end)
                    end
                    local sum = 0
                    for i = 1, 50 do
                        local ok, line = ngx.thread.wait(threads[i])
                        sum = sum + tonumber(line)
                    end
                    ngx.say(sum, " ", most)
                } }
                location /timeout { content_by_lua_block {
                    local options = { pool = "timeout", pool_size = 1,
                        backlog = 2 }
                    local first = open(options)
                    local sock = ngx.socket.tcp()
                    sock:settimeouts(20, 1000, 1000)
                    ngx.say(sock:connect("127.0.0.1", port, options))
                    first:close()
                    ngx.say(sock:connect("127.0.0.1", port, options))
                } }
                location /failing { content_by_lua_block {
                    local options = { pool = "failing", pool_size = 1,
                        backlog = 2 }
                    local first = open(options)
                    local bad = ngx.thread.spawn(function()
                        local sock = ngx.socket.tcp()
                        sock:settimeout(30)
                        return sock:connect("127.0.0.1", deaf, options)
                    end)
                    local good = ngx.thread.spawn(function()
                        return open(options) ~= nil
                    end)
                    first:close()
                    ngx.say(select(3, ngx.thread.wait(bad)))
                    ngx.say(select(2, ngx.thread.wait(good)))
                } }
                location /killed { content_by_lua_block {
                    local options = { pool = "killed", pool_size = 1,
                        backlog = 1 }
                    local first = open(options)
                    local waiting = ngx.thread.spawn(open, options)
                    ngx.say(open(options))
                    ngx.thread.kill(waiting)
                    local second = ngx.thread.spawn(open, options)
                    first:close()
                    ngx.say(select(2, ngx.thread.wait(second)) ~= nil)
                } }
                location /hold { content_by_lua_block {
                    local options = { pool = "hold", pool_size = 1,
                        backlog = 1 }
                    local sock = open(options)
                    ngx.say("held")
                    ngx.flush(true)
                    sock:send("x\n")
                    sock:receive()
                } }
                location /after { content_by_lua_block {
                    local sock = open({ pool = "hold", pool_size = 1,
                        backlog = 1 })
                    ngx.say(sock ~= nil)
                } }
            ]],
        })
    end)

    it("refuses when nobody may wait", function()
        assert.equal("niltoo many waiting connect operations\ntrue\n",
            server:get("/full").body)
    end)

    it("opens no more connections than its size, one after the other",
        function()
            assert.equal("1275 2\n", server:get("/turns").body)
        end)

    it("gives up waiting after the connect timeout", function()
        assert.equal("niltimeout\n1\n", server:get("/timeout").body)
        server:wait_log("(lua tcp socket queued connect timed out, "
            .. "when trying to connect to 127.0.0.1:)")
    end)

    it("goes on with the next when a connect fails", function()
        assert.equal("timeout\ntrue\n", server:get("/failing").body)
    end)

    it("forgets a waiting thread that is killed", function()
        assert.equal("niltoo many waiting connect operations\ntrue\n",
            server:get("/killed").body)
    end)

    it("gets the place back from a request that did not close", function()
        assert.equal("held\n", server:get("/hold").body)
        assert.equal("true\n", server:get("/after").body)
    end)
end)
