-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local peer = require("support.peer")

describe("a pool of connections", function()
    local server

    setup(function()
        -- tells which connection it is, closes when asked
        local counter = peer.start(function(conn, count)
            while true do
                local line = conn:receive("*l")

                if not line or line == "quit" then
                    return
                end

                conn:send(count .. "\n")

                if line == "extra" then
                    conn:send("unasked\n")
                end
            end
        end)

        server = nginx.start({
            http = ([[
                init_by_lua_block {
                    port = %d
                    counters = require("pandan.runtime").counters

                    function open(options)
                        return ngx.socket.connect("127.0.0.1", port, options)
                    end

                    function ask(sock, what)
                        sock:send((what or "who") .. "\n")
                        return sock:receive()
                    end
                }
            ]]):format(counter.port),
            server = [[
                location /reuse { content_by_lua_block {
                    local sock = open({ pool = "reuse" })
                    local first = ask(sock)
                    ngx.say(sock:getreusedtimes(), " ", sock:setkeepalive())
                    ngx.say(select(2, sock:send("x")))
                    for i = 1, 2 do
                        sock = open({ pool = "reuse" })
                        ngx.say(ask(sock) == first, " ",
                            sock:getreusedtimes())
                        sock:setkeepalive()
                    end
                    ngx.say(open({ pool = "other" }):getreusedtimes())
                } }
                location /limit { content_by_lua_block {
                    local before = counters().sockets
                    local socks = {}
                    for i = 1, 4 do
                        socks[i] = open({ pool = "limit", pool_size = 2 })
                        ask(socks[i])
                    end
                    for i = 1, 4 do
                        socks[i]:setkeepalive(5000)
                    end
                    ngx.say(counters().sockets - before)
                    local reused = 0
                    for i = 1, 3 do
                        socks[i] = open({ pool = "limit" })
                        reused = reused + socks[i]:getreusedtimes()
                    end
                    ngx.say(reused)
                } }
                location /unread { content_by_lua_block {
                    local sock = open({ pool = "unread" })
                    sock:send("who\nextra\n")
                    sock:receive(1)
                    sock:receiveuntil("\n")()
                    sock:receive()
                    local line
                    repeat
                        sock:settimeout(1000)
                        line = sock:receive(3)
                    until line
                    ngx.say(sock:setkeepalive())
                    sock:close()
                } }
                location /idle { content_by_lua_block {
                    local before = counters().sockets
                    local sock = open({ pool = "idle" })
                    ask(sock)
                    sock:setkeepalive(20)
                    local tries = 0
                    while counters().sockets > before and tries < 500 do
                        tries = tries + 1
                        ngx.sleep(0.005)
                    end
                    ngx.say(counters().sockets - before)
                    ngx.say(open({ pool = "idle" }):getreusedtimes())
                } }
                location /closed { content_by_lua_block {
                    local before = counters().sockets
                    local sock = open({ pool = "closed" })
                    ask(sock)
                    sock:send("quit\n")
                    ngx.say(sock:setkeepalive(5000))
                    local tries = 0
                    while counters().sockets > before and tries < 500 do
                        tries = tries + 1
                        ngx.sleep(0.005)
                    end
                    sock = open({ pool = "closed" })
                    ngx.say(sock:getreusedtimes(), " ", ask(sock) ~= nil)
                } }
                location /options { content_by_lua_block {
                    for _, bad in ipairs({ { pool_size = "a" },
                        { pool_size = 0 }, { backlog = -1 }, { pool = {} } })
                    do
                        ngx.say(select(2, pcall(function()
                            local sock = ngx.socket.tcp()
                            sock:connect("127.0.0.1", port, bad)
                        end)))
                    end
                } }
            ]],
        })
    end)

    it("lends a connection again and counts it", function()
        assert.equal("0 1\nclosed\ntrue 1\ntrue 2\n0\n",
            server:get("/reuse").body)
    end)

    it("keeps no more than its size, dropping the oldest", function()
        assert.equal("2\n2\n", server:get("/limit").body)
    end)

    it("takes no connection with unread data", function()
        assert.equal("nilunread data in buffer\n", server:get("/unread").body)
    end)

    it("closes what was idle for too long", function()
        assert.equal("0\n0\n", server:get("/idle").body)
    end)

    it("notices that the peer has closed an idle connection", function()
        assert.equal("1\n0 true\n", server:get("/closed").body)
    end)

    it("refuses bad options on the caller's line", function()
        local body = server:get("/options").body

        for _, why in ipairs({ 'bad "pool_size" option type: string',
            'bad "pool_size" option value: 0',
            'bad "backlog" option value: %-1',
            'bad "pool" option type: table' })
        do
            assert.matches(why, body)
        end
    end)
end)
