-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local code_server = require("support.code_server")

-- Reads PEM files as OpenSSL's own objects; the names are made up, so that
-- they meet no declaration of others.
local LOADER = [[
    local ffi = require("ffi")
    ffi.cdef([=[
        void *spec_file(const char *, const char *) __asm__("BIO_new_file");
        void *spec_x509(void *, void *, void *, void *)
            __asm__("PEM_read_bio_X509");
        void *spec_key(void *, void *, void *, void *)
            __asm__("PEM_read_bio_PrivateKey");
        void *spec_stack(void) __asm__("OPENSSL_sk_new_null");
        int spec_push(void *, void *) __asm__("OPENSSL_sk_push");
    ]=])

    function chain(...)
        local stack = ffi.C.spec_stack()
        for _, name in ipairs({ ... }) do
            ffi.C.spec_push(stack, ffi.C.spec_x509(ffi.C.spec_file(
                "DIR/" .. name .. ".crt", "r"), nil, nil, nil))
        end
        return stack
    end

    function key(name)
        return ffi.C.spec_key(ffi.C.spec_file("DIR/" .. name .. ".key", "r"),
            nil, nil, nil)
    end
]]

describe("setclientcert", function()
    local server

    setup(function()
        local dir = certificates.folder()

        for _, name in ipairs({ "server", "client", "other" }) do
            certificates.issue(dir, name, name .. ".test")
        end

        server = code_server.start({
            http = (certificates.listener(dir, "server", [[
                    ssl_client_certificate DIR/ca.crt;
                    ssl_verify_client      optional;
                    location / {
                        return 200 "$ssl_client_verify $ssl_client_s_dn";
                    }
                ]]) .. [[
                init_by_lua_block {
                    LOADER

                    function ask(...)
                        local sock = ngx.socket.connect(
                            "unix:{{dir}}/server.sock")
                        local ok, err = sock:setclientcert(...)
                        if ok then
                            ok, err = sock:sslhandshake()
                        end
                        if not ok then
                            return err
                        end
                        sock:send("GET / HTTP/1.0\r\n\r\n")
                        return (sock:receive("*a"):match("\r\n\r\n(.*)"))
                    end
                }
            ]]):gsub("LOADER", LOADER):gsub("DIR", dir),
        })
    end)

    it("shows the server who we are", function()
        assert.equal("SUCCESS CN=client.test", server:run(
            [[return ask(chain("client"), key("client"))]]))
    end)

    it("takes the certificates between ours and the authority", function()
        assert.equal("SUCCESS CN=client.test", server:run(
            [[return ask(chain("client", "ca"), key("client"))]]))
    end)

    it("shows nothing without a certificate", function()
        assert.equal("NONE ", server:run([[return ask()]]))
    end)

    it("is undone by a call without arguments", function()
        assert.equal("true", server:run([[
            local sock = ngx.socket.tcp()
            sock:setclientcert(chain("client"), key("client"))
            return tostring(sock:setclientcert() and sock[2] == nil)
        ]]))
    end)

    it("refuses a key that is not the certificate's", function()
        assert.equal("ssl set client private key failed", server:run(
            [[return ask(chain("client"), key("other"))]]))
        assert.equal("invalid client certificate chain", server:run(
            [[return ask(chain(), key("client"))]]))
    end)

    it("lets the connection go on after such a refusal", function()
        assert.equal("SUCCESS CN=other.test", server:run(([[
            local sock = ngx.socket.connect("unix:{{dir}}/server.sock")
            sock:setclientcert(chain("client"), key("other"))
            sock:sslhandshake()
            sock:setclientcert(chain("other"), key("other"))
            assert(sock:sslhandshake())
            sock:send("GET / HTTP/1.0\r\n\r\n")
            return (sock:receive("*a"):match("\r\n\r\n(.*)"))
        ]]):gsub("{{dir}}", server.dir)))
    end)

    it("refuses what is no certificate and no key", function()
        assert.equal("client certificate must be supplied with "
            .. "corresponding private key", server:run(
            [[return ask(chain("client"))]]))
        assert.equal("bad cert arg: cdata expected, got string", server:run(
            [[return ask("client", key("client"))]]))
        assert.equal("bad pkey arg: cdata expected, got number", server:run(
            [[return ask(chain("client"), 1)]]))
    end)
end)
