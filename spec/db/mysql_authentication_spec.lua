-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")
local fake_mysql = require("support.fake_mysql")
local files = require("support.files")
local process = require("support.process")

describe("logging in to MySQL", function()
    local app, dir

    -- The code, then the text, of what a URL leads to.
    local function try(url, options)
        return app:run(([[
            local value, err, code = Db.open(%q, { %s }):value("SELECT 1")
            return value or code .. ": " .. err
        ]]):format(url, options or ""))
    end

    -- The same with a server that knows no prepared statements.
    local function try_fake(options, password)
        local server = fake_mysql.start(options)

        return app:run(([[
            local rows, err, code = Db.open("mysql://ann:%s@127.0.0.1:%d/blog"
                ):exec("DO 1")
            return rows and "ok" or code .. ": " .. err
        ]]):format(password or options.password, server.port))
    end

    setup(function()
        app = databases.mysql({ code = amid.AT_REST })
        dir = process.folder("pandan-keys")
        fake_mysql.keys(dir)
    end)

    teardown(function()
        app:stop()
        files.remove(dir)
    end)

    it("knows ed25519", function()
        app.mariadb:mysql([[
            INSTALL SONAME 'auth_ed25519';
            CREATE USER ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('curve');
            GRANT ALL ON *.* TO ed@'%']])
        assert.equal("1", try(app.mariadb:url({
            user = "ed", password = "curve" })))
        assert.matches("^auth_failed: ", try(app.mariadb:url({
            user = "ed", password = "other" })))
    end)

    it("knows what MySQL 8 does by default", function()
        local options = {
            plugin = "caching_sha2_password", password = "s3cret",
        }

        assert.equal("ok", try_fake(options))
        assert.matches("^auth_failed: ", try_fake(options, "other"))
    end)

    it("sends MySQL 8 the password under its key, never as it is",
        function()
            assert.equal("ok", try_fake({
                plugin = "caching_sha2_password", password = "s3cret",
                full = true, dir = dir,
            }))
            assert.equal("ok", try_fake({
                plugin = "sha256_password", password = "s3cret", dir = dir,
            }))
        end)

    it("refuses to send the password as it is", function()
        local said = try_fake({
            plugin = "mysql_clear_password", password = "s3cret",
        })

        assert.matches("^auth_failed: ", said)
    end)

    it("leaves nothing lent", function()
        app:run("at_rest()")
    end)
end)
