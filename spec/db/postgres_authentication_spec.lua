-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local databases = require("support.databases")
local process = require("support.process")
local shell = require("support.shell")

describe("a user of PostgreSQL", function()
    local app, dir

    setup(function()
        dir = certificates.folder()
        certificates.issue(dir, "server", "localhost")
        certificates.issue(dir, "client", "ann")
        certificates.issue(dir, "other", "bob")
        shell.run(("chmod -R a+rX %s && chmod 600 %s/*.key"):format(dir, dir))
        if process.is_root() then
            shell.run("chown postgres " .. dir .. "/server.key")
        end

        app = databases.postgres({
            settings = {
                "ssl = on", "ssl_cert_file = '" .. dir .. "/server.crt'",
                "ssl_key_file = '" .. dir .. "/server.key'",
                "ssl_ca_file = '" .. dir .. "/ca.crt'",
            },
            hba = [[
hostssl all ann 127.0.0.1/32 cert
host all open 127.0.0.1/32 trust
host all plain 127.0.0.1/32 password
host all old 127.0.0.1/32 md5
host all new 127.0.0.1/32 scram-sha-256
host all nobody 127.0.0.1/32 reject
]],
            code = [[
                function enters(user, options)
                    local value, err, code = Db.open(url:gsub(
                        "//.-@127.0.0.1", function()
                            return "//" .. user .. "@localhost"
                        end) .. "?" .. (options or "")):value(
                        "SELECT current_user || ' ' || (SELECT ssl FROM "
                        .. "pg_stat_ssl WHERE pid = pg_backend_pid())")
                    return value or code .. ": " .. err
                end
            ]],
        })
        app.postgres:psql([[
            CREATE ROLE ann LOGIN; CREATE ROLE open LOGIN;
            CREATE ROLE plain LOGIN PASSWORD 'p';
            SET password_encryption = 'md5';
            CREATE ROLE old LOGIN PASSWORD 'o';
            SET password_encryption = 'scram-sha-256';
            CREATE ROLE new LOGIN PASSWORD 'n%?&'; CREATE ROLE nobody LOGIN;
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    local function enters(user, options)
        return app:run(("return enters(%q, %q)"):format(user, options or ""))
    end

    it("may need no password", function()
        assert.equal("open false", enters("open", "sslmode=disable"))
        assert.equal("open true", enters("open"))
    end)

    it("may have one of any kind", function()
        assert.equal("plain true", enters("plain:p"))
        assert.equal("old true", enters("old:o"))
        assert.equal("new true", enters("new:n%25%3F%26"))
        assert.equal("new true", enters("new:n%25%3F%26",
            "sslmode=require&channel_binding=require"))
    end)

    it("is refused with a wrong one, or without", function()
        for _, user in ipairs({ "plain:x", "old:x", "new:x" }) do
            assert.matches("^auth_failed: .*password authentication failed",
                enters(user))
        end
        assert.matches("no password supplied", enters("new"))
        assert.matches("^auth_failed: .*pg_hba.conf rejects",
            enters("nobody"))
        assert.matches("channel binding required", enters("old:o",
            "channel_binding=require"))
    end)

    it("may have a certificate", function()
        local own = "sslmode=verify-full&sslrootcert=" .. dir
            .. "/ca.crt&sslcert=" .. dir .. "/%s.crt&sslkey=" .. dir
            .. "/%s.key"

        assert.equal("ann true", enters("ann", own:format("client",
            "client")))
        assert.matches("^auth_failed: .*certificate authentication failed",
            enters("ann", own:format("other", "other")))
        assert.matches("requires a valid client certificate", enters("ann",
            "sslmode=require"))
        assert.matches("^connect_failed: ", enters("ann", own:format(
            "client", "other")))
    end)

    it("may ask who has signed the server's", function()
        certificates.issue(dir, "strange", "localhost")
        assert.matches("certificate verify failed", enters("open",
            "sslmode=verify-full&sslrootcert=" .. dir .. "/strange.crt"))
    end)
end)
