-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local redis = require("support.redis")
local shell = require("support.shell")
local stream = require("support.stream")

-- The client's end of TLS, with or without a PROXY header before it.
local ASK = [[
    location /ask { content_by_lua_block {
        local sock = ngx.socket.tcp()

        sock:settimeout(10000)
        assert(sock:connect("127.0.0.1", tonumber(ngx.var.arg_port)))
        if ngx.var.arg_proxy then
            sock:send("PROXY TCP4 192.0.2.7 192.0.2.8 4000 443\r\n")
        end

        local ok, err = sock:sslhandshake(false, ngx.var.arg_name, true)
        ngx.print(ok and sock:receive() or err)
        sock:close()
    } }
]]

describe("TLS that stream speaks", function()
    local keys = redis.start()
    local dir = certificates.folder()
    local server

    local function ask(port, name, more)
        return server:get(("/ask?port=%d&name=%s%s"):format(
            server.ports["port_" .. port], name, more or "")).body
    end

    setup(function()
        for _, name in ipairs({ "fallback", "one", "two" }) do
            certificates.issue(dir, name, name .. ".test")
        end
        server = stream.start({
            env = { REDIS = keys:url() },
            allow = { "SSL_do_handshake", "no such name",
                "handshake%(%) failed" },
            http = "lua_ssl_trusted_certificate " .. dir .. "/ca.crt;\n"
                .. "lua_ssl_verify_depth 2;",
            server = ASK,
            files = {
                ["keys.lua"] = [[
                    return require("pandan.redis").open(os.getenv("REDIS"))
                ]],
            },
            stream = ([[
                ssl_certificate DIR/fallback.crt;
                ssl_certificate_key DIR/fallback.key;

                server { listen 127.0.0.1:{{port_chosen}} ssl;
                    ssl_client_hello_by_lua_block {
                        local name = require("ngx.ssl.clienthello")
                            .get_client_hello_server_name()
                        if name == "no.test" then
                            ngx.log(ngx.WARN, "no such name")
                            return ngx.exit(ngx.ERROR)
                        end
                        ngx.ctx.name = name
                    }
                    ssl_certificate_by_lua_block {
                        local ssl = require("ngx.ssl")
                        local redis = require("keys")
                        local name = ngx.ctx.name
                        local chain = redis:get(name .. ".crt")

                        if chain then
                            assert(ssl.clear_certs())
                            assert(ssl.set_der_cert(
                                ssl.cert_pem_to_der(chain)))
                            assert(ssl.set_der_priv_key(
                                ssl.priv_key_pem_to_der(
                                    redis:get(name .. ".key"))))
                        end
                    }
                    content_by_lua_block {
                        ngx.say(ngx.var.ssl_server_name, " in ",
                            ngx.config.subsystem)
                    }
                }
                server { listen 127.0.0.1:{{port_behind}} ssl proxy_protocol;
                    set_real_ip_from 127.0.0.1;
                    preread_by_lua_block {
                        ngx.ctx.peer = ngx.var.remote_addr
                        ngx.sleep(0.001)
                    }
                    content_by_lua_block {
                        ngx.say(ngx.ctx.peer, " ",
                            ngx.var.proxy_protocol_addr, " ",
                            ngx.var.proxy_protocol_port, " ",
                            ngx.var.ssl_server_name)
                    }
                }
                server { listen 127.0.0.1:{{port_inner}} ssl proxy_protocol;
                    ssl_verify_client on;
                    ssl_client_certificate DIR/ca.crt;
                    content_by_lua_block {
                        ngx.say(ngx.var.ssl_client_s_dn, " from ",
                            ngx.var.proxy_protocol_addr)
                    }
                }
                server { listen 127.0.0.1:{{port_outer}} proxy_protocol;
                    set_real_ip_from 127.0.0.1;
                    preread_by_lua_block { ngx.sleep(0.001) }
                    proxy_pass 127.0.0.1:{{port_inner}};
                    proxy_protocol on;
                    proxy_ssl on;
                    proxy_ssl_verify on;
                    proxy_ssl_name fallback.test;
                    proxy_ssl_trusted_certificate DIR/ca.crt;
                    proxy_ssl_certificate DIR/one.crt;
                    proxy_ssl_certificate_key DIR/one.key;
                }
            ]]):gsub("DIR", dir),
        })
        for _, name in ipairs({ "one", "two" }) do
            for _, part in ipairs({ "crt", "key" }) do
                shell.run(("redis-cli -p %d -x set %s.test.%s < %s/%s.%s")
                    :format(keys.port, name, part, dir, name, part))
            end
        end
    end)

    it("has a certificate for each name, from Redis", function()
        for _, name in ipairs({ "one.test", "two.test", "fallback.test",
            "one.test" })
        do
            assert.equal(name .. " in stream", ask("chosen", name))
        end
    end)

    it("can be refused at the client's first word", function()
        assert.not_matches("stream", ask("chosen", "no.test"))
        server:wait_log("no such name")
    end)

    it("begins behind a PROXY header, which names the client", function()
        assert.equal("192.0.2.7 192.0.2.7 4000 fallback.test",
            ask("behind", "fallback.test", "&proxy=1"))
    end)

    it("is spoken to an upstream, with a PROXY header before it", function()
        assert.equal("CN=one.test from 192.0.2.7\n", stream.ask(server,
            "outer", "PROXY TCP4 192.0.2.7 192.0.2.8 4000 443\r\n"))
    end)

    it("leaves nothing behind", function()
        stream.settle(server, 1)
    end)
end)
