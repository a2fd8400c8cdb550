-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local nginx = require("support.nginx")
local shell = require("support.shell")

describe("code of a handshake", function()
    local dir, server

    local function curl(name, options)
        return shell.run(("curl -sSk --connect-to ::127.0.0.1:%d "
            .. "https://%s/ %s"):format(server.ports.port_tls, name,
            options or ""), { cwd = dir })
    end

    setup(function()
        dir = certificates.folder()
        certificates.issue(dir, "one", "one.test")
        certificates.issue(dir, "client", "client.test")
        server = nginx.start({
            http = ([[
                ssl_certificate     DIR/one.crt;
                ssl_certificate_key DIR/one.key;
                ssl_session_store_by_lua_block {
                    ngx.log(ngx.WARN, "store: ",
                        select(2, pcall(ngx.sleep, 0)), "; ",
                        select(2, require("ngx.ssl.session")
                            .set_serialized_session("x")))
                    ngx.exit(ngx.ERROR)
                }
                ssl_session_tickets off;
                init_by_lua_block {
                    function read(name)
                        local file = assert(io.open("DIR/" .. name, "rb"))
                        local text = file:read("*a")
                        file:close()
                        return text
                    end
                }
                server {
                    listen 127.0.0.1:{{port_tls}} ssl default_server;
                    server_name one.test;
                    ssl_certificate_by_lua_block {
                        local ssl = require("ngx.ssl")
                        local hello = require("ngx.ssl.clienthello")
                        local session = require("ngx.ssl.session")

                        for name, call in pairs({
                            say = function() ngx.say("x") end,
                            var = function() return ngx.var.uri end,
                            hello = hello.get_supported_versions,
                        }) do
                            ngx.log(ngx.WARN, "in cert, ", name, ": ",
                                select(2, pcall(call)))
                        end

                        ngx.log(ngx.WARN, "in cert, id: ",
                            select(2, session.get_session_id()))
                        ngx.log(ngx.WARN, "in cert, rubbish: ",
                            select(2, ssl.set_der_cert("x")), ", ",
                            select(2, ssl.set_der_priv_key("x")), ", ",
                            select(2, ssl.parse_pem_cert("x")), ", ",
                            select(2, ssl.parse_pem_priv_key("x")))
                        ngx.timer.at(0, function()
                            ngx.log(ngx.WARN, "in a timer: ",
                                select(2, ssl.server_name()))
                        end)
                    }
                    location / { return 200 "one\n"; }
                }
                server {
                    listen 127.0.0.1:{{port_tls}} ssl;
                    server_name plain.test;
                    location / { return 200 "plain\n"; }
                }
                server {
                    listen 127.0.0.1:{{port_tls}} ssl;
                    server_name broken.test;
                    ssl_certificate_by_lua_block { local x = = 1 }
                }
                server {
                    listen 127.0.0.1:{{port_tls}} ssl;
                    server_name verify.test;
                    ssl_certificate_by_lua_block {
                        local ssl = require("ngx.ssl")
                        assert(ssl.verify_client(
                            assert(ssl.parse_pem_cert(read("ca.crt"))), 1))
                    }
                    location / { return 200
                        "$ssl_client_verify $ssl_client_s_dn\n"; }
                }
            ]]):gsub("DIR", dir),
            server = [[
                location /http { content_by_lua_block {
                    local ssl = require("ngx.ssl")
                    ngx.say(select(2, ssl.clear_certs()))
                    ngx.say(select(2, ssl.verify_client()))
                    ngx.say(select(2, ssl.get_tls1_version_str()))
                } }
            ]],
            allow = { "SSL_do_handshake", "failed to load inlined",
                "cert cb error" },
        })
    end)

    it("may not do what wants a request", function()
        assert.equal("one\n", curl("one.test").stdout)

        server:wait_log("in cert, say: .-API disabled in the context of "
            .. "ssl_certificate_by_lua%*")
        server:wait_log("in cert, var: .-API disabled in the current context")
    end)

    it("is told of what belongs to another phase", function()
        curl("one.test")
        server:wait_log("in cert, hello: API disabled in the current context")
        server:wait_log("in cert, id: bad lua context")
        server:wait_log("in a timer: bad request")
        assert.equal("bad request\nAPI disabled in the current context\n"
            .. "bad request\n", server:get("/http").body)
    end)

    it("is told of rubbish", function()
        server:wait_log("rubbish: d2i_X509_bio%(%) failed, "
            .. "d2i_PrivateKey_bio%(%) failed, "
            .. "PEM_read_bio_X509_AUX%(%) failed, "
            .. "PEM_read_bio_PrivateKey%(%) failed")
    end)

    it("cannot wait, nor fail anything, when it stores a session", function()
        assert.equal("one\n", curl("one.test", "--tls-max 1.2").stdout)
        server:wait_log("store: API disabled in the context of "
            .. "ssl_session_store_by_lua%*; bad lua context")
    end)

    it("is each server's own", function()
        assert.equal("plain\n", curl("plain.test").stdout)
    end)

    it("fails the handshake when it does not compile", function()
        assert.equal(35, curl("broken.test").code)
    end)

    it("asks for the client's certificate, and goes on without", function()
        assert.equal("NONE \n", curl("verify.test").stdout)
        assert.equal("SUCCESS CN=client.test\n", curl("verify.test",
            "--cert client.crt --key client.key").stdout)
    end)

    it("stands where it can run", function()
        local ok, log = nginx.test({
            server = "ssl_certificate_by_lua_block { }",
        })

        assert.is_false(ok)
        assert.matches("no ssl configured for the server", log)

        ok, log = nginx.test({ server = "ssl_session_fetch_by_lua_block { }" })

        assert.is_false(ok)
        assert.matches("directive is not allowed here", log)
    end)
end)
