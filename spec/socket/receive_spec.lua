-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local peer = require("support.peer")

describe("receive", function()
    local server

    setup(function()
        local bytes = peer.start(function(conn)
            peer.send_slowly(conn, "one\r\ntwo\nx\ry\r\n12345rest")
        end)

        local reset = peer.start(function(conn)
            conn:send("par")
            conn:receive("*l")
            peer.reset(conn)
        end)

        local silent = peer.start(function(conn)
            conn:send("half")
            conn:receive("*l")
            conn:send(" a line\n")
            peer.wait_for_end(conn)
        end)

        server = nginx.start({
            server = ([[
                location /bytes { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    ngx.say(sock:receive())
                    ngx.say(sock:receive("*l"))
                    ngx.say(sock:receive())
                    ngx.say(sock:receive(0), sock:receive(3))
                    ngx.say(sock:receive("2"))
                    ngx.say(sock:receive("*a"))
                    ngx.say(tostring(sock:receive("*a")))
                } }
                location /partial { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    local data, err, partial = sock:receive(100)
                    ngx.say(tostring(data), " ", err, " [", partial, "]")
                    data, err, partial = sock:receive(100)
                    ngx.say(tostring(data), " ", err, " ", tostring(partial))
                } }
                location /reset { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    sock:send("go\n")
                    local data, err, partial = sock:receive()
                    ngx.say(tostring(data), " ", err, " [", partial, "]")
                } }
                location /timeout { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    sock:settimeout(400)
                    local data, err, partial = sock:receive()
                    ngx.say(tostring(data), " ", err, " [", partial, "]")
                    sock:settimeout(5000)
                    sock:send("go\n")
                    ngx.say("[", sock:receive(), "]")
                    ngx.say(sock:close())
                } }
                location /any { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    local got = {}
                    repeat
                        local data = sock:receiveany(4)
                        got[#got + 1] = data
                    until not data
                    ngx.say(table.concat(got))
                } }
                location /arguments { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    for _, bad in ipairs({ -1, "*x", true, {} }) do
                        ngx.say(select(2, pcall(sock.receive, sock, bad)))
                    end
                    ngx.say(select(2, pcall(sock.receiveany, sock, 0)))
                } }
            ]]):format(bytes.port, bytes.port, reset.port, silent.port,
                bytes.port, silent.port),
        })
    end)

    it("takes lines, sizes and all of it from single bytes", function()
        assert.equal("one\ntwo\nxy\n123\n45\nrest\n\n",
            server:get("/bytes").body)
    end)

    it("gives what has come when the peer closes", function()
        assert.equal("nil closed [one\r\ntwo\nx\ry\r\n12345rest]\n"
            .. "nil closed nil\n", server:get("/partial").body)
    end)

    it("tells of a reset", function()
        assert.equal("nil connection reset by peer [par]\n",
            server:get("/reset").body)
    end)

    it("goes on after a timeout, which gave what had come", function()
        assert.equal("nil timeout [half]\n[ a line]\n1\n",
            server:get("/timeout").body)
        server:wait_log("(lua tcp socket read timed out)")
    end)

    it("takes whatever there is with receiveany", function()
        assert.equal("one\r\ntwo\nx\ry\r\n12345rest\n",
            server:get("/any").body)
    end)

    it("refuses bad arguments on the caller's line", function()
        local body = server:get("/arguments").body

        for _, why in ipairs({ "bad pattern argument%)", "argument: %*x",
            "bad max argument" })
        do
            assert.matches(why, body)
        end
    end)
end)
