-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local code_server = require("support.code_server")
local peer = require("support.peer")

local socket = require("socket")

-- Hands bytes on between two sockets; `pass(data, to)` is how those of the
-- TLS server go to the client, and whether to go on.
local function relay(client, server, pass)
    client:settimeout(0)
    server:settimeout(0)

    while true do
        local ready = socket.select({ client, server }, nil, 10)

        for _, from in ipairs(ready) do
            local data, err, part = from:receive(4096)

            data = data or part

            if #data > 0 then
                if from == client then
                    server:settimeout(nil)
                    server:send(data)
                    server:settimeout(0)
                elseif not pass(data, client) then
                    return
                end
            end

            if err == "closed" then
                return
            end
        end

        if #ready == 0 then
            return
        end
    end
end

describe("TLS over a bad line", function()
    local server

    setup(function()
        local dir = certificates.folder()

        certificates.issue(dir, "server", "server.test")

        local function line(pass)
            return peer.start(function(conn)
                local up = assert(require("socket.unix")())

                assert(up:connect(dir .. "/tls.sock"))
                relay(conn, up, pass)
            end).port
        end

        local slow = line(function(data, client)
            client:settimeout(nil)
            peer.send_slowly(client, data)
            client:settimeout(0)

            return true
        end)

        -- each connection has a process, so this counts its bytes only
        local passed = 0
        local cut = line(function(data, client)
            client:send(data:sub(1, 2500 - passed))
            passed = passed + #data

            return passed < 2500
        end)

        server = code_server.start({
            http = ([[
                server {
                    listen unix:DIR/tls.sock ssl;
                    ssl_certificate     DIR/server.crt;
                    ssl_certificate_key DIR/server.key;
                    ssl_protocols       TLSv1.2 TLSv1.3;
                    location / { return 200 "hello"; }
                    location /long { content_by_lua_block {
                        ngx.print(("x"):rep(5000))
                    } }
                }
                lua_ssl_trusted_certificate DIR/ca.crt;
                init_by_lua_block {
                    ports = { slow = %d, cut = %d }
                    counters = require("pandan.runtime").counters

                    function dial(name)
                        local sock = ngx.socket.tcp()
                        sock:settimeout(5000)
                        sock:connect("127.0.0.1", ports[name])
                        assert(sock:sslhandshake(nil, "server.test", true))
                        return sock
                    end
                }
            ]]):gsub("DIR", dir):format(slow, cut),
        })
    end)

    it("works though each byte comes alone", function()
        assert.equal("hello", server:run([[
            local sock = dial("slow")
            sock:send("GET / HTTP/1.0\r\n\r\n")
            return sock:receive("*a"):match("\r\n\r\n(.*)")
        ]]))
    end)

    it("tells that the line was cut amid the answer", function()
        assert.equal("nil closed", server:run([[
            local sock = dial("cut")
            sock:send("GET /long HTTP/1.0\r\n\r\n")
            local data, err = sock:receive(6000)
            return tostring(data) .. " " .. err
        ]]))
    end)

    it("leaves no socket behind", function()
        assert.equal("0", server:run("return tostring(counters().sockets)"))
    end)
end)
