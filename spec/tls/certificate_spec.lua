-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local nginx = require("support.nginx")
local shell = require("support.shell")

describe("ssl_certificate_by_lua", function()
    local dir, server

    -- What the client and the server said to each other.
    local function curl(host, path, options)
        local made = shell.run(("curl -sS --cacert %s/ca.crt %s --resolve "
            .. "%s:%d:127.0.0.1 https://%s:%d%s"):format(dir, options or "",
            host, server.ports.port_tls, host, server.ports.port_tls, path))

        return made.code == 0 and made.stdout or made.stderr
    end

    local function s_client(options)
        return shell.run(("echo | openssl s_client -connect 127.0.0.1:%d "
            .. "-CAfile %s/ca.crt %s"):format(server.ports.port_tls, dir,
            options)).stdout
    end

    setup(function()
        dir = certificates.folder()

        for _, name in ipairs({ "default", "red", "blue" }) do
            certificates.issue(dir, name, name .. ".test")
        end

        server = nginx.start({
            http = ([[
                lua_shared_dict seen 64k;
                init_by_lua_block {
                    counters = require("pandan.runtime").counters

                    -- a look-up that waits, in this very worker
                    function fetch(file)
                        local sock = ngx.socket.tcp()
                        assert(sock:connect("unix:{{dir}}/store.sock"))
                        sock:send("GET /" .. file .. " HTTP/1.0\r\n\r\n")
                        local head, body = assert(sock:receive("*a"))
                            :match("^(.-)\r\n\r\n(.*)$")
                        sock:close()
                        return head:find("^HTTP/1.1 200") and body
                    end
                }
                server {
                    listen unix:{{dir}}/store.sock;
                    access_by_lua_block { ngx.sleep(0.01) }
                    root DIR;
                }
                server {
                    listen 127.0.0.1:{{port_tls}} ssl http2;
                    ssl_certificate     DIR/default.crt;
                    ssl_certificate_key DIR/default.key;
                    ssl_protocols TLSv1.2 TLSv1.3;

                    ssl_certificate_by_lua_block {
                        local ssl = require("ngx.ssl")
                        local name = ssl.server_name()

                        ngx.ctx.name = name
                        ngx.ctx.phase = ngx.get_phase()

                        if name == "fails.test" then
                            ngx.sleep(0.01)
                            error("no such house")
                        elseif name == "refused.test" then
                            ngx.sleep(0.01)
                            return ngx.exit(ngx.ERROR)
                        elseif name ~= "red.test" and name ~= "blue.test"
                        then
                            return
                        end

                        local file = name:match("^%w+")
                        local threads = {
                            ngx.thread.spawn(fetch, file .. ".crt"),
                            ngx.thread.spawn(fetch, file .. ".key"),
                        }
                        local _, crt = ngx.thread.wait(threads[1])
                        local _, key = ngx.thread.wait(threads[2])

                        assert(ssl.clear_certs())
                        assert(ssl.set_cert(assert(ssl.parse_pem_cert(crt))))
                        assert(ssl.set_priv_key(
                            assert(ssl.parse_pem_priv_key(key))))
                    }

                    location /second { content_by_lua_block {
                        ngx.say(ngx.var.server_protocol, " ", ngx.ctx.name)
                        ngx.ctx.name = "another request's"
                    } }
                    location /about { content_by_lua_block {
                        local ssl = require("ngx.ssl")
                        local addr, kind = ssl.raw_client_addr()
                        ngx.say(ssl.get_tls1_version_str(), " ",
                            ssl.server_port() == {{port_tls}}, " ", kind, " ",
                            table.concat({ addr:byte(1, -1) }, "."), " ",
                            #ssl.get_client_random())
                    } }
                }
            ]]):gsub("DIR", dir),
            server = [[
                location /counters { content_by_lua_block {
                    local now = counters()
                    ngx.say(now.hosts, " ", now.tasks, " ", now.waits)
                } }
            ]],
            allow = { "no such house", "cert cb error", "SSL_do_handshake" },
        })
    end)

    it("chooses the certificate by name, after a look-up that waits",
        function()
            for _, version in ipairs({ "-tls1_2", "-tls1_3" }) do
                for _, name in ipairs({ "red", "blue" }) do
                    local said = s_client("-verify_return_error -servername "
                        .. name .. ".test " .. version)

                    assert.matches("subject=CN = " .. name .. ".test", said)
                    assert.matches("Verify return code: 0", said)
                end
            end
        end)

    it("keeps the configuration's certificate when it chooses none",
        function()
            assert.matches("subject=CN = default.test",
                s_client("-noservername"))
        end)

    it("serves HTTP/2 afterwards, and hands ngx.ctx on", function()
        assert.equal("HTTP/2.0 red.test\n", curl("red.test", "/second",
            "--http2"))
        assert.equal("HTTP/1.1 blue.test\n", curl("blue.test", "/second",
            "--http1.1"))
    end)

    it("gives each request of a connection a ngx.ctx of its own", function()
        assert.equal("HTTP/1.1 blue.test\nHTTP/1.1 blue.test\n",
            curl("blue.test", "/second", "--http1.1 "
                .. ("https://blue.test:%d/second"):format(
                    server.ports.port_tls)))
    end)

    it("tells requests about their connection", function()
        assert.equal("TLSv1.3 true inet 127.0.0.1 32\n",
            curl("red.test", "/about"))
        assert.equal("TLSv1.2 true inet 127.0.0.1 32\n",
            curl("red.test", "/about", "--tls-max 1.2"))
    end)

    it("fails the handshake by ngx.exit(ngx.ERROR), or an error", function()
        assert.matches("alert", curl("refused.test", "/"))
        assert.matches("alert", curl("fails.test", "/"))
        server:wait_log("context: ssl_certificate_by_lua%*, client: 127.0.0.1,"
            .. " server: 127.0.0.1:%d+")
    end)

    it("leaves nothing behind", function()
        -- the request's own
        assert.equal("1 1 0\n", server:get("/counters").body)
    end)
end)
