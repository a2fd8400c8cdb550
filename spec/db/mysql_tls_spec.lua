-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local databases = require("support.databases")
local process = require("support.process")
local shell = require("support.shell")

describe("a connection to MariaDB under TLS", function()
    local app, dir

    setup(function()
        dir = certificates.folder()
        certificates.issue(dir, "server", "localhost")
        certificates.issue(dir, "client", "ann")
        if process.is_root() then
            shell.run("chmod -R a+rX " .. dir)
        end

        app = databases.mysql({
            settings = {
                "ssl_ca = " .. dir .. "/ca.crt",
                "ssl_cert = " .. dir .. "/server.crt",
                "ssl_key = " .. dir .. "/server.key",
            },
            code = [[
                function cipher(host, options)
                    local row, err, code = Db.open(
                        url:gsub("127.0.0.1", host) .. "?" .. options
                        ):row("SHOW STATUS LIKE 'Ssl_cipher'")
                    return row and (row.Value == "" and "none" or "cipher")
                        or code .. ": " .. err
                end
            ]],
        })
    end)

    teardown(function()
        app:stop()
    end)

    local function cipher(host, options)
        return app:run(("return cipher(%q, %q)"):format(host, options))
    end

    it("is there when it is asked for", function()
        assert.equal("none", cipher("127.0.0.1", "sslmode=disable"))
        assert.equal("cipher", cipher("127.0.0.1", "sslmode=require"))
        assert.equal("cipher", cipher("localhost", "sslmode=require"))
    end)

    it("may ask who has signed the server's certificate", function()
        local root = "&sslrootcert=" .. dir .. "/ca.crt"

        assert.equal("cipher", cipher("127.0.0.1", "sslmode=verify-ca"
            .. root))
        assert.matches("^connect_failed: TLS/SSL error: ",
            cipher("127.0.0.1", "sslmode=verify-ca"))
        assert.matches("^connect_failed: TLS/SSL error: ",
            cipher("localhost", "sslmode=verify-full"))
        assert.matches("^connect_failed: TLS/SSL error: ",
            cipher("localhost", "sslmode=verify-full&sslrootcert=" .. dir
                .. "/client.crt"))
    end)

    it("may ask for the server's name", function()
        local options = "sslmode=verify-full&sslrootcert=" .. dir .. "/ca.crt"

        assert.equal("cipher", cipher("localhost", options))
        assert.matches("^connect_failed: TLS/SSL error: ",
            cipher("127.0.0.1", options))
    end)

    it("may show a certificate of its own", function()
        app.mariadb:mysql(([[
            CREATE USER ann@'%%' IDENTIFIED BY 'x' REQUIRE SUBJECT '/CN=ann';
            GRANT ALL ON *.* TO ann@'%%']]))
        local url = app.mariadb:url({ user = "ann", password = "x" })
            .. "?sslmode=require"
        local with = ("%s&sslcert=%s/client.crt&sslkey=%s/client.key"):format(
            url, dir, dir)

        assert.equal("1", app:run(("return Db.open(%q):value('SELECT 1')"
            ):format(with)))
        assert.equal("auth_failed", app:run((
            "return (select(3, Db.open(%q):value('SELECT 1')))"):format(url)))
    end)

    it("is refused where the server has none", function()
        local plain = databases.mysql({ query = "sslmode=require",
            settings = { "skip_ssl" } })

        assert.matches("^connect_failed: the server does not", plain:run([[
            local value, err, code = db:value("SELECT 1")
            return code .. ": " .. err
        ]]))
        plain:stop()
    end)

    it("carries what is greater than any buffer, both ways", function()
        assert.equal("4000000 3000000", app:run([[
            local tls = Db.open(url .. "?sslmode=require")
            local sent = tls:value("SELECT length($1)",
                ("y"):rep(4000000))
            return sent .. " " .. #tls:value("SELECT repeat('x', 3000000)")
        ]]))
    end)

    it("carries batches", function()
        app:run([[
            local tls = Db.open(url .. "?sslmode=require")
            local list = {}
            for i = 1, 300 do
                list[i] = { "SELECT $1 AS i, $2 AS text", i,
                    ("z"):rep(i * 11) }
            end
            local results, errors = tls:batch(list)
            assert(errors == nil)
            for i = 1, 300 do
                assert(results[i][1].i == i and #results[i][1].text == i * 11)
            end
        ]])
    end)

    it("is cancelled as any other", function()
        app:run([[
            local tls = Db.open(url .. "?sslmode=require&query_timeout=300")
            local id = tls:value("SELECT connection_id()")
            local rows, err, code = tls:query("SELECT sleep(30)")
            assert(rows == nil and code == "timeout", code)
            for _ = 1, 400 do
                if tls:stats().lent == 0 then break end
                ngx.sleep(0.01)
            end
            assert(tls:value("SELECT connection_id()") == id)
        ]])
    end)
end)
