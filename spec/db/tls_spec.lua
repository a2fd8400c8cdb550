-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local files = require("support.files")
local process = require("support.process")
local shell = require("support.shell")

-- A key that PostgreSQL will take, and its certificate.
local function certificate(dir)
    local made = shell.run(("openssl req -new -x509 -days 2 -nodes "
        .. "-out %s/tls.crt -keyout %s/tls.key -subj /CN=localhost && "
        .. "chmod 600 %s/tls.key"):format(dir, dir, dir))

    assert(made.code == 0, made.stderr)
    if process.is_root() then
        shell.run("chown postgres " .. dir .. "/tls.key")
    end
end

describe("a connection to PostgreSQL under TLS", function()
    local app, dir

    setup(function()
        dir = process.folder("pandan-tls")
        certificate(dir)
        app = databases.postgres({
            settings = {
                "ssl = on", "ssl_cert_file = '" .. dir .. "/tls.crt'",
                "ssl_key_file = '" .. dir .. "/tls.key'",
            },
            code = [[
                function under_tls(host, options)
                    local value, err = Db.open(url:gsub("127.0.0.1", host)
                        .. "?" .. options):value("SELECT ssl FROM "
                        .. "pg_stat_ssl WHERE pid = pg_backend_pid()")
                    return value == nil and err or tostring(value)
                end
            ]],
        })
    end)

    teardown(function()
        app:stop()
        files.remove(dir)
    end)

    it("is what there is when the server has it", function()
        assert.equal("true", app:run(
            "return under_tls('127.0.0.1', 'sslmode=prefer')"))
        assert.equal("true", app:run(
            "return under_tls('127.0.0.1', 'sslmode=require')"))
        assert.equal("false", app:run(
            "return under_tls('127.0.0.1', 'sslmode=disable')"))
    end)

    it("may ask for the server's certificate and name", function()
        local options = "'sslmode=verify-full&sslrootcert=" .. dir
            .. "/tls.crt'"

        assert.equal("true", app:run("return under_tls('localhost', "
            .. options .. ")"))
        assert.matches("does not match host name", app:run(
            "return under_tls('127.0.0.1', " .. options .. ")"))
    end)

    it("carries what is greater than any buffer, both ways", function()
        assert.equal("4000000 3000000", app:run([[
            local tls = Db.open(url .. "?sslmode=require")
            local sent = tls:value("SELECT length($1::text)",
                ("y"):rep(4000000))
            return sent .. " " .. #tls:value("SELECT repeat('x', 3000000)")
        ]]))
    end)
end)
