-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local peer = require("support.peer")

describe("send", function()
    local server

    setup(function()
        local echo = peer.start(function(conn)
            conn:send(tostring(conn:receive("*l")) .. "\n")
            peer.wait_for_end(conn)
        end)

        -- reads nothing until asked by a first line's end
        local counter = peer.start(function(conn)
            local size, total = 8 * 1024 * 1024, 0

            while total < size do
                local data, _, partial = conn:receive(65536)
                total = total + #(data or partial)
            end

            conn:send(total .. "\n")
            peer.wait_for_end(conn)
        end)

        local deaf = peer.start(function()
            require("socket").sleep(60)
        end)

        server = nginx.start({
            server = ([[
                location /kinds { content_by_lua_block {
                    for _, data in ipairs({ "text", 12, 1.5, true, {},
                        { "a", 1, { "b", { 2.5 } }, "c" } })
                    do
                        local sock = ngx.socket.connect("127.0.0.1", %d)
                        local bytes = sock:send(data)
                        sock:send("\n")
                        ngx.say(bytes, " ", sock:receive())
                        sock:close()
                    end
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    ngx.say(sock:send(nil), sock:send("\n"), sock:receive())
                } }
                location /large { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    local mega = ("x"):rep(1024 * 1024)
                    ngx.say(sock:send({ mega, { mega, mega }, mega }))
                    ngx.say(sock:send(mega .. mega .. mega .. mega))
                    ngx.say(sock:receive())
                } }
                location /timeout { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    sock:settimeout(50)
                    local mega = ("x"):rep(1024 * 1024)
                    local bytes, err
                    repeat
                        bytes, err = sock:send(mega)
                    until not bytes
                    ngx.say(tostring(bytes), " ", err)
                    ngx.say(select(2, sock:send("more")))
                    ngx.say(sock:close())
                } }
                location /bad { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    for _, bad in ipairs({ ngx.null, print, { 1, nil, 3 },
                        { true }, { x = 1 }, { ngx.null } })
                    do
                        ngx.say(select(2, pcall(sock.send, sock, bad)))
                    end
                    local loop = {}
                    loop[1] = loop
                    ngx.say(select(2, pcall(sock.send, sock, loop)))
                    ngx.say(sock:send("still open\n"), " ", sock:receive())
                } }
            ]]):format(echo.port, echo.port, counter.port, deaf.port,
                echo.port),
        })
    end)

    it("takes strings, numbers, booleans and nested arrays", function()
        assert.equal("4 text\n2 12\n3 1.5\n4 true\n0 \n7 a1b2.5c\n31nil\n",
            server:get("/kinds").body)
    end)

    it("sends more than the kernel takes at once", function()
        assert.equal("4194304\n4194304\n8388608\n",
            server:get("/large").body)
    end)

    it("ends the writing side by a timeout", function()
        assert.equal("nil timeout\nclosed\n1\n", server:get("/timeout").body)
        server:wait_log("(lua tcp socket write timed out)")
    end)

    it("refuses what cannot be sent, and sends nothing of it", function()
        local body = server:get("/bad").body

        for _, why in ipairs({
            "string, number, boolean, nil, or array table expected, "
                .. "got userdata",
            "got function",
            "bad data type nil found",
            "bad data type boolean found",
            "non%-array table found",
            "bad data type userdata found",
            "table nested too deep",
            "11 still open\n$",
        }) do
            assert.matches(why, body)
        end
    end)
end)
