-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local peer = require("support.peer")
local process = require("support.process")

describe("a socket and its request", function()
    local server

    local function counters()
        return server:get("/counters").body
    end

    setup(function()
        local silent = peer.start(peer.wait_for_end)

        server = nginx.start({
            http = ([[
                init_by_lua_block {
                    port, deaf = %d, %d
                    share = {}
                    big = ("x"):rep(64 * 1024 * 1024)
                }
            ]]):format(silent.port, peer.deaf()),
            server = [[
                location /counters { content_by_lua_block {
                    collectgarbage()
                    local c = require("pandan.runtime").counters()
                    ngx.say(c.sockets, " ", c.waits, " ", c.tasks, " ",
                        c.hosts)
                } }
                location /open { content_by_lua_block {
                    for i = 1, 5 do
                        share[i] = ngx.socket.connect("127.0.0.1", port)
                    end
                    ngx.say("open")
                } }
                location /ended { content_by_lua_block {
                    ngx.say(share[1]:send("x"))
                    ngx.say(share[1]:connect("127.0.0.1", port))
                } }
                location /lend { content_by_lua_block {
                    lent = ngx.socket.connect("127.0.0.1", port)
                    ngx.say("lent")
                    ngx.flush(true)
                    lent:receive()
                } }
                location /foreign { content_by_lua_block {
                    for _, method in ipairs({ "receive", "close",
                        "setkeepalive" })
                    do
                        ngx.say(select(2, pcall(lent[method], lent)))
                    end
                    ngx.say(select(2, pcall(lent.send, lent, "x")))
                    ngx.say(select(2, pcall(lent.connect, lent, "127.0.0.1",
                        port)))
                } }
                location /reading { content_by_lua_block {
                    ngx.thread.spawn(function()
                        ngx.socket.connect("127.0.0.1", port):receive()
                    end)
                    ngx.sleep(0.01)
                    ngx.exit(204)
                } }
                location /connecting { content_by_lua_block {
                    ngx.thread.spawn(ngx.socket.connect, "127.0.0.1", deaf)
                    ngx.thread.spawn(ngx.socket.connect, "127.0.0.1", port, {
                        pool_size = 1, backlog = 20 })
                    ngx.sleep(0.01)
                    ngx.exit(204)
                } }
                location /sending { content_by_lua_block {
                    ngx.thread.spawn(function()
                        local sock = ngx.socket.connect("127.0.0.1", port)
                        sock:send(big)
                        sock:receive()
                    end)
                    ngx.sleep(0.01)
                    ngx.exit(204)
                } }
                location /timer { content_by_lua_block {
                    ngx.timer.at(0, function()
                        ngx.socket.connect("127.0.0.1", port):send("x")
                    end)
                } }
            ]],
        })
    end)

    it("is closed with it, and can be connected by another", function()
        local before = counters()

        assert.equal("open\n", server:get("/open").body)
        assert.equal("nilclosed\n1\n", server:get("/ended").body)
        assert.equal(before, counters())
    end)

    it("is of no use to another request", function()
        local conn = server:connect()

        conn:request("GET", "/lend")
        assert.truthy(conn:receive("*l"))
        server:get("/counters")
        assert.equal(("bad request\n"):rep(5), server:get("/foreign").body)
        conn:close()
    end)

    for _, where in ipairs({ "reading", "connecting", "sending" }) do
        it("leaves nothing behind when the request ends while " .. where,
            function()
                local before = counters()
                local conns = {}

                for i = 1, 20 do
                    conns[i] = server:connect()
                    conns[i]:request("GET", "/" .. where)
                end

                -- half of the clients do not wait for the answer
                for i = 1, 20 do
                    if i % 2 == 0 then
                        conns[i]:abort()
                    else
                        assert.equal(204, conns[i]:response().status)
                        conns[i]:close()
                    end
                end

                process.wait_until(10, function()
                    return counters() == before
                end)

                assert.equal(before, counters())
            end)
    end

    it("is closed with a timer too", function()
        local before = counters()

        server:get("/timer")
        process.wait_until(5, function()
            return counters() == before
        end)
        assert.equal(before, counters())
    end)
end)
