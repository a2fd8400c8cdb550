-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local peer = require("support.peer")
local ports = require("support.ports")

describe("ngx.socket.udp()", function()
    local server

    -- Answers with what it was sent, in capitals; nothing to "silence".
    local function shouting()
        return peer.udp(function(data)
            return data ~= "silence" and data:upper() or nil
        end, "127.0.0.1", ports.free()).port
    end

    setup(function()
        server = code_server.start({
            http = ([[
                init_by_lua_block {
                    shouter, refused = %d, %d
                    counters = require("pandan.runtime").counters

                    function dial(port, host)
                        local sock = ngx.socket.udp()
                        sock:settimeout(5000)
                        assert(sock:setpeername(host or "127.0.0.1",
                            port or shouter))
                        return sock
                    end

                    function ask(sock, ...)
                        assert(sock:send(...))
                        return sock:receive()
                    end
                }
            ]]):format(shouting(), ports.free()),
            server = [[
                location /timeout {
                    lua_socket_read_timeout 30ms;
                    content_by_lua_block {
                        local sock = dial()
                        sock:settimeout(0)
                        sock:send("silence")
                        local _, err = sock:receive()
                        sock:settimeout(5000)
                        ngx.print(err, " ", ask(sock, "then"))
                    }
                }
                location /waits {
                    lua_check_client_abort on;
                    content_by_lua_block {
                        local sock = dial()
                        sock:settimeout(60000)
                        ngx.log(ngx.WARN, "udp waits")
                        sock:receive()
                    }
                }
                location /phases {
                    header_filter_by_lua_block {
                        ngx.header.x = select(2, pcall(ngx.socket.udp))
                    }
                    return 200;
                }
            ]],
        })
    end)

    it("sends a datagram and gets one", function()
        assert.equal("1 HELLO", server:run([[
            local sock = dial()
            return sock:send("hello") .. " " .. sock:receive()
        ]]))
    end)

    it("sends all that a string can be made of", function()
        assert.equal("A1.5B 12 TRUE NIL", server:run([[
            local sock = dial()
            return table.concat({ ask(sock, { "a", { 1.5, "b" } }),
                ask(sock, 12), ask(sock, true), ask(sock, nil) }, " ")
        ]]))
        assert.matches("array table expected, got function", server:run([[
            return select(2, pcall(ask, dial(), print))
        ]]))
    end)

    it("sends an empty datagram, which is a datagram", function()
        assert.equal("[]", server:run([[return "[" .. ask(dial(), "") .. "]"
        ]]))
    end)

    it("gives no more of a datagram than asked for, the rest is lost",
        function()
            assert.equal("HEL AGAIN", server:run([[
                local sock = dial()
                sock:send("hello")
                return sock:receive(3) .. " " .. ask(sock, "again")
            ]]))
        end)

    it("carries large datagrams, and refuses what is none", function()
        assert.equal("8000", server:run([[
            return tostring(#ask(dial(), ("x"):rep(8000)))
        ]]))
        assert.equal("message too long", server:run([[
            return select(2, dial():send(("x"):rep(70000)))
        ]]))
    end)

    it("finds its peer by name", function()
        assert.equal("HELLO", server:run([[
            return ask(dial(shouter, "localhost"), "hello")
        ]]))
        assert.matches("^no%-such%-name%.invalid%.? could not be resolved",
            server:run([[
                local sock = ngx.socket.udp()
                return select(2, sock:setpeername("no-such-name.invalid", 1))
            ]]))
    end)

    it("tells that nobody listens", function()
        assert.equal("connection refused", server:run([[
            local sock = dial(refused)
            sock:send("hello")
            return select(2, sock:receive())
        ]]))
    end)

    it("waits no longer than it is told, and can go on", function()
        assert.equal("timeout THEN", server:get("/timeout").body)
        server:wait_log("(lua udp socket read timed out)")
    end)

    it("may send while another thread receives", function()
        assert.equal("HELLO socket busy socket busy", server:run([[
            local sock = dial()
            local reader = ngx.thread.spawn(sock.receive, sock)
            local _, receive_err = sock:receive()
            local _, close_err = sock:close()
            sock:send("hello")
            local _, data = ngx.thread.wait(reader)
            return data .. " " .. receive_err .. " " .. close_err
        ]]))
    end)

    it("is bound to an address of ours", function()
        assert.equal("bad address 1 HELLO", server:run([[
            local sock = ngx.socket.udp()
            local _, err = sock:bind("nowhere")
            local bound = sock:bind("127.0.0.1")
            sock:setpeername("127.0.0.1", shouter)
            return err .. " " .. bound .. " " .. ask(sock, "hello")
        ]]))
    end)

    it("refuses what makes no sense", function()
        assert.equal("closed|closed|closed|1|closed|bad port number: 65536|"
            .. "missing the port number", server:run([[
                local sock, seen = ngx.socket.udp(), {}
                local function note(ok, err)
                    seen[#seen + 1] = tostring(ok or err)
                end
                note(sock:send("x"))
                note(sock:receive())
                note(sock:close())
                sock:setpeername("127.0.0.1", shouter)
                note(sock:close())
                note(sock:close())
                note(sock:setpeername("127.0.0.1", 65536))
                note(sock:setpeername("127.0.0.1"))
                return table.concat(seen, "|")
            ]]))
    end)

    it("belongs to who gave it its peer", function()
        assert.matches("bad request", server:run([[
            local sock, err = dial()
            ngx.timer.at(0, function()
                err = select(2, pcall(sock.send, sock, "x"))
            end)
            while not err do
                ngx.sleep(0.001)
            end
            return err
        ]]))
    end)

    it("is not to be had where code cannot wait", function()
        assert.matches("API disabled in the context of header_filter_by_lua",
            server:get("/phases").headers.x)
    end)

    it("ends with its client, its thread, its request", function()
        local client = server:connect()

        client:send("GET /waits HTTP/1.1\r\nHost: x\r\n\r\n")
        server:wait_log("(udp waits)")
        client:close()
        server:wait_log("(client prematurely closed connection)")
        assert.equal("1 HELLO", server:run([[
            local sock = dial()
            local reader = ngx.thread.spawn(sock.receive, sock)
            ngx.thread.kill(reader)
            return counters().sockets .. " " .. ask(sock, "hello")
        ]]))
        assert.equal("0", server:run("return tostring(counters().sockets)"))
    end)
end)
