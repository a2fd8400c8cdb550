-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local peer = require("support.peer")

describe("a worker that has to end", function()
    it("breaks off what sockets of timers wait for", function()
        local silent = peer.start(peer.wait_for_end)
        local server = nginx.start({
            main = "worker_shutdown_timeout 50ms;",
            http = ([[
                init_worker_by_lua_block {
                    local function reader(sock)
                        sock:settimeout(60000)
                        local _, err = sock:receive()
                        ngx.log(ngx.WARN, "reader of ", sock.name, ": ", err)
                    end

                    ngx.timer.at(0, function()
                        local tcp = ngx.socket.connect("127.0.0.1", %d)
                        local udp = ngx.socket.udp()
                        udp:setpeername("127.0.0.1", %d)
                        tcp.name, udp.name = "tcp", "udp"
                        ngx.thread.spawn(reader, tcp)
                        ngx.thread.spawn(reader, udp)
                        local deaf = ngx.socket.tcp()
                        ngx.log(ngx.WARN, "timer waits")
                        local _, err = deaf:connect("127.0.0.1", %d)
                        ngx.log(ngx.WARN, "connect: ", err)
                    end)
                }
            ]]):format(silent.port, silent.port, peer.deaf()),
        })

        server:wait_log("(timer waits)")
        assert.equal(0, server:stop("QUIT"))

        local log = server:error_log()

        assert.matches("reader of tcp: closed", log)
        assert.matches("reader of udp: closed", log)
        assert.matches("connect: closed", log)
    end)
end)
