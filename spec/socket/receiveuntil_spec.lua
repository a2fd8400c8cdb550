-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local peer = require("support.peer")

describe("receiveuntil", function()
    local server

    setup(function()
        local slow = peer.start(function(conn)
            peer.send_slowly(conn, "hello world--b--bo--boundary-more"
                .. "--boundary-")
        end)

        local stops = peer.start(function(conn)
            conn:send("data--bou")
            conn:receive("*l")
            conn:send("ndary-rest\n")
            peer.wait_for_end(conn)
        end)

        server = nginx.start({
            server = ([[
                location /whole { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    local reader = sock:receiveuntil("--boundary-")
                    ngx.say(reader())
                    ngx.say(reader())
                    ngx.say(tostring(reader()))
                } }
                location /inclusive { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    local reader = sock:receiveuntil("--boundary-",
                        { inclusive = true })
                    ngx.say(reader())
                    ngx.say(reader())
                } }
                location /pieces { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    local reader = sock:receiveuntil("--boundary-")
                    local parts = {}
                    while true do
                        local data, err = reader(5)
                        if not data then
                            parts[#parts + 1] = tostring(err)
                            break
                        end
                        parts[#parts + 1] = data
                    end
                    ngx.say(table.concat(parts, "|"))
                    ngx.say(reader())
                } }
                location /timeout { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    local reader = sock:receiveuntil("--boundary-")
                    sock:settimeout(20)
                    local data, err, partial = reader()
                    ngx.say(tostring(data), " ", err, " [", partial, "]")
                    sock:settimeout(5000)
                    sock:send("go\n")
                    ngx.say("[", reader(), "] ", sock:receive())
                } }
                location /arguments { content_by_lua_block {
                    local sock = ngx.socket.connect("127.0.0.1", %d)
                    ngx.say(tostring(sock:receiveuntil("")), " ",
                        select(2, sock:receiveuntil("")))
                    ngx.say(select(2, pcall(sock.receiveuntil, sock, "x",
                        { inclusive = "yes" })))
                } }
            ]]):format(slow.port, slow.port, slow.port, stops.port,
                stops.port),
        })
    end)

    it("gives what stands before the pattern, beginnings of it included",
        function()
            assert.equal("hello world--b--bo\nmore\nnil\n",
                server:get("/whole").body)
        end)

    it("gives the pattern too when asked", function()
        assert.equal("hello world--b--bo--boundary-\nmore--boundary-\n",
            server:get("/inclusive").body)
    end)

    it("gives pieces, then nil once, then what follows", function()
        assert.equal("hello| worl|d--b-|-bo|nil\nmore\n",
            server:get("/pieces").body)
    end)

    it("holds back half a pattern over a timeout", function()
        assert.equal("nil timeout [data]\n[] rest\n",
            server:get("/timeout").body)
    end)

    it("refuses an empty pattern and bad options", function()
        assert.equal("nil pattern is empty\n"
            .. "bad \"inclusive\" option value type: string\n",
            server:get("/arguments").body)
    end)
end)
