-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local code_server = require("support.code_server")
local paths = require("support.paths")

describe("memory of TLS", function()
    local server

    setup(function()
        local dir = certificates.of_server()

        server = code_server.start({
            log_level = "crit",
            http = (certificates.listener(dir, "server", [[
                    ssl_protocols       TLSv1.2 TLSv1.3;
                    location / { return 200; }
                ]]) .. [[
                lua_ssl_trusted_certificate DIR/ca.crt;
                lua_ssl_certificate         DIR/server.crt;
                lua_ssl_certificate_key     DIR/server.key;
                init_by_lua_block {
                    path = "unix:{{dir}}/server.sock"

                    function resident()
                        collectgarbage()
                        collectgarbage()
                        for line in io.lines("/proc/self/status") do
                            local size = line:match("^VmRSS:%s*(%d+)")
                            if size then
                                return tonumber(size)
                            end
                        end
                    end

                    -- the server, too, lives in this worker
                    local function often(fn, times)
                        for _ = 1, times do
                            fn()
                            ngx.sleep(0.001)
                        end
                        return resident()
                    end

                    function growth(fn)
                        local before = often(fn, 300)
                        return tostring(often(fn, 1000) - before)
                    end
                }
            ]]):gsub("DIR", dir),
        })
    end)

    -- Kilobytes after a thousand times; a connection has some 30 of them, a
    -- session 3.
    local function little(growth)
        assert.truthy(paths.sanitized or tonumber(growth) < 2500,
            "grew by " .. growth .. " KB")
    end

    it("is given back after handshakes, sessions and exchanges", function()
        little(server:run([[
            local session
            return growth(function()
                local sock = ngx.socket.connect(path)
                session = assert(sock:sslhandshake(session, "server.test",
                    true))
                sock:send("GET / HTTP/1.0\r\n\r\n")
                sock:receive("*a")
                sock:close()
            end)
        ]]))
    end)

    it("is given back after handshakes that fail", function()
        little(server:run([[
            return growth(function()
                local sock = ngx.socket.connect(path)
                assert(not sock:sslhandshake(nil, "other.test", true))
            end)
        ]]))
    end)

    it("is given back after handshakes that are broken off", function()
        little(server:run([[
            return growth(function()
                local sock = ngx.socket.connect(path)
                local waits = ngx.thread.spawn(sock.sslhandshake, sock)
                ngx.thread.kill(waits)
            end)
        ]]))
    end)
end)
