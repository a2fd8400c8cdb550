-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local peer = require("support.peer")

describe("a socket used by two threads", function()
    local server

    setup(function()
        local echo = peer.echo()

        server = nginx.start({
            http = ([[
                init_by_lua_block {
                    port, deaf = %d, %d
                }
            ]]):format(echo.port, peer.deaf()),
            server = [[
                location /duplex { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", port)
                    local reader = ngx.thread.spawn(function()
                        local sum = 0
                        for i = 1, 100 do
                            sum = sum + tonumber(sock:receive())
                        end
                        return sum
                    end)
                    for i = 1, 100 do
                        sock:send(i .. "\n")
                        if i % 10 == 0 then
                            ngx.sleep(0)
                        end
                    end
                    ngx.say(select(2, ngx.thread.wait(reader)))
                } }
                location /reading { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", port)
                    local reader = ngx.thread.spawn(sock.receive, sock)
                    for _, method in ipairs({ "receive", "close",
                        "setkeepalive" })
                    do
                        ngx.say(method, " ", select(2, sock[method](sock)))
                    end
                    ngx.say(select(2, sock:receiveuntil("x")()))
                    ngx.say(select(2, sock:connect("127.0.0.1", port)))
                    ngx.say(sock:send("done\n"))
                    ngx.say(select(2, ngx.thread.wait(reader)))
                    ngx.say(sock:close())
                } }
                location /connecting { content_by_lua_block {
                    local sock = ngx.socket.tcp()
                    sock:settimeout(50)
                    local thread = ngx.thread.spawn(sock.connect, sock,
                        "127.0.0.1", deaf)
                    ngx.say(select(2, sock:receive()))
                    ngx.say(select(2, sock:send("x")))
                    ngx.say(select(2, sock:close()))
                    ngx.say(select(3, ngx.thread.wait(thread)))
                } }
                location /killed { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", port)
                    local reader = ngx.thread.spawn(sock.receive, sock)
                    ngx.thread.kill(reader)
                    sock:send("still\n")
                    ngx.say(sock:receive())
                } }
                location /collected { content_by_lua_block {
                    local before = require("pandan.runtime").counters().sockets
                    local thread = ngx.thread.spawn(function()
                        -- nothing but the wait holds the socket
                        local function ask()
                            local sock = ngx.socket.tcp()
                            sock:settimeout(50)
                            return sock:connect("127.0.0.1", deaf)
                        end
                        return ask()
                    end)
                    collectgarbage()
                    collectgarbage()
                    ngx.say(select(3, ngx.thread.wait(thread)))
                    do
                        local sock = ngx.socket.connect("127.0.0.1", port)
                    end
                    collectgarbage()
                    collectgarbage()
                    ngx.say(require("pandan.runtime").counters().sockets
                        - before)
                } }
            ]],
        })
    end)

    it("reads and writes at the same time", function()
        assert.equal("5050\n", server:get("/duplex").body)
    end)

    it("lets one thread read at a time", function()
        assert.equal("receive socket busy reading\n"
            .. "close socket busy reading\n"
            .. "setkeepalive socket busy reading\n"
            .. "socket busy reading\nsocket busy reading\n5\ndone\n1\n",
            server:get("/reading").body)
    end)

    it("is busy while it connects", function()
        assert.equal(("socket busy connecting\n"):rep(3) .. "timeout\n",
            server:get("/connecting").body)
    end)

    it("can be read after a reading thread was killed", function()
        assert.equal("still\n", server:get("/killed").body)
    end)

    it("is closed by the collector, but not while a thread waits", function()
        assert.equal("timeout\n0\n", server:get("/collected").body)
    end)
end)
