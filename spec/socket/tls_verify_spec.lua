-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local code_server = require("support.code_server")

describe("a certificate", function()
    local server

    setup(function()
        local dir = certificates.folder()

        certificates.issue(dir, "good", "server.test")
        certificates.issue(dir, "expired", "server.test", -1)
        certificates.issue(dir, "client", "client.test")
        certificates.issue(dir, "address", "127.0.0.1")

        local function listener(name, more, of)
            return certificates.listener(dir, name, (more or "") .. [[
                location / { return 200 "$ssl_client_s_dn"; }
            ]], of)
        end

        server = code_server.start({
            log_level = "info",
            http = (listener("good") .. listener("expired")
                .. listener("address") .. listener("wants", [[
                    ssl_client_certificate DIR/ca.crt;
                    ssl_verify_client      on;
                ]], "good") .. [[
                lua_ssl_trusted_certificate DIR/ca.crt;
                init_by_lua_block {
                    function dial(name, ...)
                        local sock = ngx.socket.tcp()
                        sock:connect("unix:{{dir}}/" .. name .. ".sock")
                        local ok, err = sock:sslhandshake(...)
                        if not ok then
                            return nil, err, sock
                        end
                        return sock
                    end
                    function try(...)
                        local sock, err = dial(...)
                        return sock and "good" or err
                    end
                    function ask(sock)
                        sock:send("GET / HTTP/1.0\r\n\r\n")
                        return sock:receive("*a"):match("\r\n\r\n(.*)")
                    end
                }
            ]]):gsub("DIR", dir),
            server = ([[
                location /untrusting {
                    lua_ssl_trusted_certificate DIR/client.crt;
                    content_by_lua_block {
                        ngx.print(try("good", nil, "server.test", true))
                    }
                }
                location /silent {
                    lua_socket_log_errors off;
                    content_by_lua_block {
                        ngx.print(try("expired", nil, nil, true))
                    }
                }
                location /identified {
                    lua_ssl_certificate     DIR/client.crt;
                    lua_ssl_certificate_key DIR/client.key;
                    content_by_lua_block { ngx.print(ask(dial("wants"))) }
                }
            ]]):gsub("DIR", dir),
        })
    end)

    it("is good for the name that it is made for", function()
        assert.equal("good", server:run(
            [[return try("good", nil, "server.test", true)]]))
        assert.equal("good", server:run([[return try("good", nil, nil, true)]]))
    end)

    it("is refused for another name", function()
        assert.equal("certificate host mismatch", server:run(
            [[return try("good", nil, "other.test", true)]]))
        assert.matches('lua ssl certificate does not match host "other.test"',
            server:error_log(), 1, true)
    end)

    it("may be made for an address", function()
        assert.equal("good", server:run(
            [[return try("address", nil, "127.0.0.1", true)]]))
        assert.equal("certificate host mismatch", server:run(
            [[return try("address", nil, "127.0.0.2", true)]]))
        assert.equal("certificate host mismatch", server:run(
            [[return try("good", nil, "127.0.0.1", true)]]))
    end)

    it("is refused when it has expired", function()
        assert.equal("10: certificate has expired", server:run(
            [[return try("expired", nil, "server.test", true)]]))
    end)

    it("is refused when nobody known has signed it", function()
        assert.matches("^2[01]: unable to ",
            server:get("/untrusting").body)
    end)

    it("closes the connection when it is refused", function()
        assert.equal("closed", server:run([[
            local _, _, sock = dial("expired", nil, nil, true)
            return select(2, sock:send("x"))
        ]]))
    end)

    it("is not looked at unless asked for", function()
        assert.equal("good", server:run(
            [[return try("expired", nil, "other.test")]]))
    end)

    it("is looked at too when the connection comes from a pool", function()
        assert.equal("1 good|1 certificate host mismatch", server:run((
            [[
            local seen = {}
            for i, name in ipairs({ "server.test", "other.test" }) do
                dial("good", nil, "server.test"):setkeepalive()
                local sock = ngx.socket.connect("unix:{{dir}}/good.sock")
                local reused = sock:getreusedtimes()
                local ok, err = sock:sslhandshake(nil, name, true)
                seen[i] = reused .. " " .. (ok and "good" or err)
                sock:close()
            end
            return table.concat(seen, "|")
            ]]):gsub("{{dir}}", server.dir)))
    end)

    it("is spoken of in the log, unless the location wants silence", function()
        local function told()
            return select(2, server:error_log():gsub("lua ssl certificate "
                .. "verify error: %(10: certificate has expired%)", ""))
        end

        local before = told()

        assert.equal("10: certificate has expired", server:get("/silent").body)
        assert.equal(before, told())
        server:run([[return try("expired", nil, nil, true)]])
        assert.equal(before + 1, told())
    end)

    it("of the client is given by the configuration", function()
        assert.equal("CN=client.test", server:get("/identified").body)
    end)
end)
