-- SPDX-License-Identifier: MIT
local book = require("support.book")
local certificates = require("support.certificates")
local nginx = require("support.nginx")
local shell = require("support.shell")

describe("the book's example of certificates", function()
    it("chooses one for each name that the client gives", function()
        local dir = certificates.folder()

        for _, name in ipairs({ "default.test", "red.test", "blue.test" }) do
            certificates.issue(dir, name, name)
        end

        local conf = book.blocks("certificates.md", "nginx")
        local server = nginx.start({
            http = (conf[1]:gsub("/run/", "{{dir}}/") .. [[
                server {
                    listen unix:{{dir}}/certificates.sock;
                    root DIR;
                }
                server {
                    listen 127.0.0.1:{{port_tls}} ssl;
                    ssl_certificate     DIR/default.test.crt;
                    ssl_certificate_key DIR/default.test.key;
                    return 200 "served";
                    ]] .. conf[2] .. [[
                }
            ]]):gsub("DIR", dir),
            allow = { "no certificate for other.test", "SSL_do_handshake",
                "open%(%).-failed", "cert cb error" },
        })

        local function curl(host)
            return shell.run(("curl -sS --cacert %s/ca.crt --resolve "
                .. "%s:%d:127.0.0.1 https://%s:%d/"):format(dir, host,
                server.ports.port_tls, host, server.ports.port_tls))
        end

        for _, host in ipairs({ "default.test", "red.test", "blue.test",
            "red.test" })
        do
            assert.equal("served", curl(host).stdout)
        end

        assert.not_equal(0, curl("other.test").code)
        server:wait_log("no certificate for other.test: unknown host")
        server:stop()
    end)
end)
