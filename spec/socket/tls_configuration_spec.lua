-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local nginx = require("support.nginx")

describe("a configuration of TLS clients", function()
    local dir

    setup(function()
        dir = certificates.folder()
        certificates.issue(dir, "client", "client.test")
    end)

    local function refused(directives)
        local ok, log = nginx.test({
            server = "location / { " .. directives:gsub("DIR", dir) .. " }",
        })

        assert.equal(false, ok)

        return log
    end

    it("is refused with a file that is not there", function()
        for _, name in ipairs({ "lua_ssl_trusted_certificate",
            "lua_ssl_crl" })
        do
            assert.matches("nowhere.pem", refused(name .. " DIR/nowhere.pem;"),
                1, true)
        end
    end)

    it("is refused with a certificate whose key is missing or another's",
        function()
            assert.matches('no "lua_ssl_certificate_key" is defined',
                refused("lua_ssl_certificate DIR/client.crt;"), 1, true)
            assert.matches("key values mismatch", refused([[
                lua_ssl_certificate DIR/client.crt;
                lua_ssl_certificate_key DIR/ca.key;
            ]]), 1, true)
        end)

    it("is refused with words that nobody knows", function()
        assert.matches('SSL_CTX_set_cipher_list("NONSENSE") failed',
            refused("lua_ssl_ciphers NONSENSE;"), 1, true)
        assert.matches('invalid value "TLSv9"',
            refused("lua_ssl_protocols TLSv9;"), 1, true)
        assert.matches("Nonsense",
            refused("lua_ssl_conf_command Nonsense on;"), 1, true)
    end)

    it("is taken with all that there is", function()
        assert.equal(true, (nginx.test({
            http = ([[
                lua_ssl_protocols TLSv1.2 TLSv1.3;
                lua_ssl_ciphers HIGH;
                lua_ssl_verify_depth 3;
                lua_ssl_trusted_certificate DIR/ca.crt;
                lua_ssl_certificate DIR/client.crt;
                lua_ssl_certificate_key DIR/client.key;
                lua_ssl_conf_command Options -SessionTicket;
            ]]):gsub("DIR", dir),
            server = "location / { lua_ssl_verify_depth 1; }",
        })))
    end)
end)
