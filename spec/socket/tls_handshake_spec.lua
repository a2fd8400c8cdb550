-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local code_server = require("support.code_server")

describe("sslhandshake", function()
    local server

    setup(function()
        local dir = certificates.of_server()

        server = code_server.start({
            http = certificates.listener(dir, "server", [[
                    ssl_protocols       TLSv1.2 TLSv1.3;
                    client_max_body_size 8m;
                    client_body_buffer_size 8m;
                    location /who { return 200
                        "$ssl_server_name $ssl_protocol"; }
                    location /echo { content_by_lua_block {
                        ngx.req.read_body()
                        ngx.print(ngx.req.get_body_data())
                    } }
                ]]) .. [[
                init_by_lua_block {
                    path = "unix:{{dir}}/server.sock"
                    counters = require("pandan.runtime").counters

                    function ask(sock, uri, body)
                        sock:send({ "POST ", uri, " HTTP/1.0\r\n",
                            "Content-Length: ", body and #body or 0,
                            "\r\n\r\n", body or "" })
                        return (sock:receive("*a"):match("\r\n\r\n(.*)"))
                    end
                }
            ]],
            server = [[
                location /old {
                    lua_ssl_protocols TLSv1.2;
                    lua_ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;
                    content_by_lua_block {
                        local sock = ngx.socket.connect(path)
                        sock:sslhandshake()
                        ngx.print(ask(sock, "/who"))
                    }
                }
            ]],
        })
    end)

    it("puts TLS on a connection, and says the server's name", function()
        assert.equal("cdata server.test TLSv1.3", server:run([[
            local sock = ngx.socket.connect(path)
            local session = sock:sslhandshake(nil, "server.test")
            return type(session) .. " " .. ask(sock, "/who")
        ]]))
    end)

    it("speaks as old a protocol as the location says", function()
        assert.equal(" TLSv1.2", server:get("/old").body)
    end)

    it("carries what is greater than any buffer, both ways", function()
        assert.equal("true", server:run([[
            local sock = ngx.socket.connect(path)
            sock:sslhandshake()
            local body = ("0123456789abcdef"):rep(200000)
            return tostring(ask(sock, "/echo", body) == body)
        ]]))
    end)

    it("reads lines and patterns as without TLS", function()
        assert.equal("HTTP/1.1 200 OK|2|hi", server:run([[
            local sock = ngx.socket.connect(path)
            sock:sslhandshake()
            sock:send("POST /echo HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi")
            local line = sock:receive()
            sock:receiveuntil("Content-Length: ")()
            local size = sock:receive()
            sock:receiveuntil("\r\n\r\n")()
            return line .. "|" .. size .. "|" .. sock:receive(tonumber(size))
        ]]))
    end)

    it("does nothing at the second time", function()
        assert.equal("true true  TLSv1.3", server:run([[
            local sock = ngx.socket.connect(path)
            local first = sock:sslhandshake()
            return tostring(sock:sslhandshake(first) == first) .. " "
                .. tostring(sock:sslhandshake(false)) .. " "
                .. ask(sock, "/who")
        ]]))
    end)

    it("refuses a socket that is closed, busy or another's", function()
        assert.equal("closed|socket busy reading|bad request",
            server:run([[
                local refused = {}
                local sock = ngx.socket.tcp()
                refused[1] = select(2, sock:sslhandshake())
                sock:connect(path)
                local reader = ngx.thread.spawn(function()
                    sock:receive()
                end)
                refused[2] = select(2, sock:sslhandshake())
                ngx.thread.kill(reader)
                ngx.timer.at(0, function()
                    refused[3] = select(2, sock:sslhandshake())
                end)
                while not refused[3] do
                    ngx.sleep(0.001)
                end
                return table.concat(refused, "|")
            ]]))
    end)

    it("counts its arguments", function()
        assert.matches("expecting 1 ~ 5 arguments", server:run([[
            local sock = ngx.socket.tcp()
            return select(2, pcall(sock.sslhandshake, sock, 1, 2, 3, 4, 5))
        ]]))
    end)

    it("leaves no socket behind", function()
        assert.equal("0", server:run([[
            return tostring(counters().sockets)
        ]]))
    end)
end)
