-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local fake_mysql = require("support.fake_mysql")
local files = require("support.files")
local peer = require("support.peer")
local ports = require("support.ports")
local process = require("support.process")

describe("connecting to MySQL", function()
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
        app = databases.mysql()
        dir = process.folder("pandan-keys")
        fake_mysql.keys(dir)
    end)

    teardown(function()
        app:stop()
        files.remove(dir)
    end)

    it("works by address, name and socket", function()
        assert.equal("1", try(app.url))
        assert.equal("1", try((app.url:gsub("127.0.0.1", "localhost"))))
        assert.equal("1", try(app.mariadb:url({ socket = true })))
    end)

    it("talks utf8mb4, whatever the server would", function()
        assert.equal("utf8mb4", app:run(
            "return db:value('SELECT @@character_set_client')"))
        assert.equal("utf8mb4", app:run(
            "return db:value('SELECT @@character_set_results')"))
    end)

    it("tells of a wrong password, but not which", function()
        local said = try(app.mariadb:url({ password = "wrong" }))

        assert.matches("^auth_failed: Access denied for user 'pandan'@", said)
        assert.is_nil(said:find("wrong", 1, true))
    end)

    it("tells of a database that is not there", function()
        assert.matches("^connect_failed: Unknown database 'nowhere'",
            try(app.mariadb:url({ database = "nowhere" })))
    end)

    it("tells of a server that is not there", function()
        assert.matches("^connect_failed: Can't connect to server",
            try("mysql://ann:x@127.0.0.1:" .. ports.free() .. "/blog"))
        assert.matches("^connect_failed: Can't connect to local server",
            try("mysql://ann:x@/blog?socket=/nowhere"))
    end)

    it("tells of a name that is not there", function()
        assert.matches("^connect_failed: cannot connect to "
            .. "'nowhere.invalid': its name could not be resolved",
            try("mysql://ann:x@nowhere.invalid/blog",
                "connect_timeout = 3000"))
    end)

    it("gives up in time when nobody answers", function()
        assert.equal("timeout: no connection in 200 ms",
            try("mysql://ann:x@127.0.0.1:"
                .. peer.start(peer.wait_for_end).port .. "/blog",
                "connect_timeout = 200"))
        assert.equal("timeout: no connection in 200 ms",
            try("mysql://ann:x@127.0.0.1:" .. peer.deaf() .. "/blog",
                "connect_timeout = 200"))
    end)

    it("tells of what is no MySQL, or breaks off", function()
        local web = peer.start(function(conn)
            conn:send("HTTP/1.1 400 Bad Request\r\n\r\n")
        end)

        assert.matches("^connect_failed: ",
            try("mysql://ann:x@127.0.0.1:" .. web.port .. "/blog"))
        assert.matches("^connect_failed: ",
            try("mysql://ann:x@127.0.0.1:" .. peer.start(peer.reset).port
                .. "/blog"))
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
        app:run([[
            for _ = 1, 200 do
                if db:stats().lent == 0 then return end
                ngx.sleep(0.02)
            end
            error("something is still lent")
        ]])
    end)
end)

describe("a statement that MySQL prepared", function()
    it("is prepared anew when it was lost or is stale", function()
        local app = databases.mysql({ query = "limit=1&statements=2" })

        app:run([[
            assert(db:exec("CREATE TABLE t (n INTEGER); "
                .. "INSERT INTO t VALUES (1)"))
            local function read() return assert(db:row("SELECT * FROM t")) end
            for _ = 1, 3 do assert(read().n == 1) end
            assert(db:exec("ALTER TABLE t ADD COLUMN m VARCHAR(9) "
                .. "DEFAULT 'two'"))
            for _ = 1, 3 do
                local row = read()
                assert(row.n == 1 and row.m == "two", row.m)
            end
            assert(db:exec("ALTER TABLE t DROP COLUMN n"))
            for _ = 1, 3 do
                local row = read()
                assert(row.n == nil and row.m == "two", row.m)
            end
            for i = 1, 30 do
                for _ = 1, 3 do
                    assert(db:value("SELECT $1 + " .. i % 5, i) == i + i % 5)
                end
            end
            assert(db:stats().opened == 1)
        ]])

        -- at least what one connection may keep, and the question itself
        assert.is_true(tonumber(app.mariadb:mysql(
            "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'"):match("%d+"))
            <= 3)
        app:stop()
    end)
end)
