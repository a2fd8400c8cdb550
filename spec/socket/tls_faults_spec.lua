-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local peer = require("support.peer")

describe("a TLS handshake", function()
    local server

    setup(function()
        local dies = peer.start(function(conn)
            conn:receive(50)
        end)
        local resets = peer.start(function(conn)
            conn:receive(50)
            peer.reset(conn)
        end)
        local silent = peer.start(peer.wait_for_end)
        local talks = peer.start(function(conn)
            conn:send("220 I speak plain text only\r\n")
            peer.wait_for_end(conn)
        end)

        server = code_server.start({
            http = ([[
                init_by_lua_block {
                    ports = { dies = %d, resets = %d, silent = %d,
                        talks = %d }
                    counters = require("pandan.runtime").counters

                    function try(name, timeout)
                        local sock = ngx.socket.tcp()
                        sock:connect("127.0.0.1", ports[name])
                        sock:settimeout(timeout or 5000)
                        local ok, err = sock:sslhandshake()
                        return tostring(ok) .. " " .. err .. ", then "
                            .. select(2, sock:send("x"))
                    end
                }
            ]]):format(dies.port, resets.port, silent.port, talks.port),
            allow = { "SSL_do_handshake" },
            server = [[
                location /waits {
                    lua_check_client_abort on;
                    content_by_lua_block {
                        local sock = ngx.socket.connect("127.0.0.1",
                            ports.silent)
                        ngx.log(ngx.WARN, "the handshake begins")
                        sock:sslhandshake()
                    }
                }
            ]],
        })
    end)

    it("fails with a server that dies amid it", function()
        assert.equal("nil handshake failed, then closed",
            server:run([[return try("dies")]]))
        assert.equal("nil handshake failed, then closed",
            server:run([[return try("resets")]]))
    end)

    it("fails with a server that does not speak TLS", function()
        assert.equal("nil handshake failed, then closed",
            server:run([[return try("talks")]]))
    end)

    it("fails in time with a server that says nothing", function()
        assert.equal("nil timeout, then closed",
            server:run([[return try("silent", 30)]]))
    end)

    it("keeps others off the socket as long as it waits", function()
        assert.equal("socket busy connecting socket busy connecting",
            server:run([[
                local sock = ngx.socket.connect("127.0.0.1", ports.silent)
                local waits = ngx.thread.spawn(function()
                    sock:sslhandshake()
                end)
                local _, send_err = sock:send("x")
                local _, close_err = sock:close()
                ngx.thread.kill(waits)
                return send_err .. " " .. close_err
            ]]))
    end)

    it("ends with the thread that waits for it", function()
        assert.equal("closed", server:run([[
            local sock = ngx.socket.connect("127.0.0.1", ports.silent)
            local waits = ngx.thread.spawn(function()
                sock:sslhandshake()
            end)
            ngx.thread.kill(waits)
            return select(2, sock:send("x"))
        ]]))
    end)

    it("ends with the client of the request", function()
        local client = server:connect()

        client:send("GET /waits HTTP/1.1\r\nHost: x\r\n\r\n")
        server:wait_log("(the handshake begins)")
        client:close()
        server:wait_log("(client prematurely closed connection)")
        assert.equal("0", server:run("return tostring(counters().sockets)"))
    end)
end)
