-- SPDX-License-Identifier: MIT
local process = require("support.process")
local socket = require("socket")
local stream = require("support.stream")

describe("clients of stream that", function()
    local server

    setup(function()
        server = stream.start({
            allow = { "client timed out" },
            stream = [[
                server { listen 127.0.0.1:{{port_watched}};
                    lua_check_client_abort on;
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        sock:receive()
                        ngx.log(ngx.WARN, "waits")
                        ngx.sleep(60)
                    }
                    log_by_lua_block { ngx.log(ngx.WARN, "is over") }
                }
                server { listen 127.0.0.1:{{port_told}};
                    lua_check_client_abort on;
                    content_by_lua_block {
                        ngx.on_abort(function()
                            ngx.log(ngx.WARN, "was told")
                            ngx.exit(499)
                        end)
                        ngx.log(ngx.WARN, "wants to be told")
                        ngx.sleep(60)
                    }
                }
                server { listen 127.0.0.1:{{port_stall}};
                    lua_socket_send_timeout 100ms;
                    lua_socket_read_timeout 100ms;
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        local _, err, part = sock:receive()
                        ngx.log(ngx.WARN, "read: ", err, " ", part)
                        local _, err = sock:send(("x"):rep(8000000))
                        ngx.log(ngx.WARN, "sent: ", err)
                    }
                }
                server { listen 127.0.0.1:{{port_flush}};
                    lua_socket_send_timeout 100ms;
                    content_by_lua_block {
                        ngx.print(("x"):rep(8000000))
                        ngx.log(ngx.WARN, "flush: ", select(2, ngx.flush()))
                    }
                }
                server { listen 127.0.0.1:{{port_drain}};
                    lua_socket_send_timeout 100ms;
                    content_by_lua_block { ngx.print(("x"):rep(8000000)) }
                    log_by_lua_block { ngx.log(ngx.WARN, "not drained") }
                }
                server { listen 127.0.0.1:{{port_sink}};
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        local n = 0
                        while true do
                            local data, err = sock:receiveany(8192)
                            if not data then break end
                            n = n + #data
                            if n % 5 == 0 then ngx.sleep(0) end
                        end
                        ngx.log(ngx.WARN, "took ", n)
                    }
                }
            ]],
        })
    end)

    it("vanish end their code", function()
        local client = stream.connect(server, "watched")

        client:send("x\n")
        server:wait_log("waits")
        client:close()
        server:wait_log("client prematurely closed connection")
        server:wait_log("is over")
        stream.settle(server)
    end)

    it("vanish by a reset end it too", function()
        local client = stream.connect(server, "watched")

        client:send("x\n")
        server:wait_log("waits.-waits")
        client:setoption("linger", { on = true, timeout = 0 })
        client:close()
        stream.settle(server)
    end)

    it("vanish are told of to who asked", function()
        local client = stream.connect(server, "told")

        server:wait_log("wants to be told")
        client:close()
        server:wait_log("was told")
        stream.settle(server)
    end)

    it("stall time out, reading and writing", function()
        local client = stream.connect(server, "stall")

        client:send("no end")
        server:wait_log("read: timeout no end")
        server:wait_log("sent: timeout")
        client:close()
        stream.settle(server)
    end)

    it("stall time out in a flush", function()
        local client = stream.connect(server, "flush")

        server:wait_log("flush: timeout")
        client:close()
        stream.settle(server)
    end)

    it("stall when the code has ended are let go", function()
        local client = stream.connect(server, "drain")

        server:wait_log("not drained")
        stream.settle(server)
        client:close()
    end)

    it("flood hold up nobody else", function()
        local flood = stream.connect(server, "sink")
        local block = ("y"):rep(65536)
        local sent = 0

        for i = 1, 100 do
            sent = sent + assert(flood:send(block))

            if i % 25 == 0 then
                local begun = socket.gettime()
                server:get("/counters")
                assert.is_true(socket.gettime() - begun < 2)
            end
        end

        flood:close()
        server:wait_log("took " .. sent)
        stream.settle(server)
    end)

    it("come and go leave nothing behind", function()
        for _ = 1, 50 do
            local clients = {}

            for i = 1, 20 do
                clients[i] = stream.connect(server, "watched")
                clients[i]:send(i % 2 == 0 and "x\n" or "x")
            end
            for i = 1, 20 do
                clients[i]:close()
            end
        end

        stream.settle(server)
        assert.is_true(process.wait_until(1, function()
            return server.process:running()
        end))
    end)
end)
