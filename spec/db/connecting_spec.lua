-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local ports = require("support.ports")
local shell = require("support.shell")

describe("connecting to PostgreSQL", function()
    local app

    -- The code, then the text, of what a URL leads to.
    local function try(url, options)
        return app:run(([[
            local value, err, code = Db.open(%q, { %s }):value("SELECT 1")
            return value or code .. ": " .. err
        ]]):format(url, options or ""))
    end

    setup(function()
        app = databases.postgres()
    end)

    teardown(function()
        app:stop()
    end)

    it("works by address, name and socket", function()
        assert.equal("1", try(app.url))
        assert.equal("1", try((app.url:gsub("127.0.0.1", "localhost"))))
        assert.equal("1", try(app.postgres:url({ socket = true })))
    end)

    it("tells of a wrong password", function()
        local said = try(app.postgres:url({ password = "wrong" }))

        assert.matches("^auth_failed: .*password authentication failed for "
            .. "user \"pandan\"$", said)
        assert.is_nil(said:find("wrong", 1, true))
    end)

    it("tells of a database that is not there", function()
        assert.matches("^connect_failed: .*database \"nowhere\" does not "
            .. "exist$", try(app.postgres:url({ database = "nowhere" })))
    end)

    it("tells of a server that is not there", function()
        assert.matches("^connect_failed: .*Connection refused",
            try("postgres://ann:x@127.0.0.1:" .. ports.free() .. "/blog"))
        assert.matches("^connect_failed: .*No such file",
            try("postgres://ann:x@%2Fnowhere/blog"))
    end)

    it("tells of a name that is not there", function()
        assert.matches("^connect_failed: cannot connect to "
            .. "'nowhere.invalid': its name could not be resolved",
            try("postgres://ann:x@nowhere.invalid/blog",
                "connect_timeout = 3000"))
    end)

    it("gives up in time when nobody answers", function()
        local listener = assert(require("socket").bind("127.0.0.1", 0))
        local _, port = listener:getsockname()

        assert.equal("timeout: no connection in 200 ms",
            try("postgres://ann:x@127.0.0.1:" .. port .. "/blog",
                "connect_timeout = 200"))
        listener:close()
    end)
end)

describe("a connection that has rested", function()
    it("is looked at before it is lent", function()
        local app = databases.postgres({
            query = "limit=1&check_after=1&connect_timeout=500"
        })
        local pid = app:run("return db:value('SELECT pg_backend_pid()')")

        app:run("ngx.sleep(0.01)")
        assert.equal(pid, app:run("return db:value('SELECT "
            .. "pg_backend_pid()')"))

        -- a server that hears nothing, as behind a cut wire
        shell.run("kill -STOP " .. pid)
        local other = app:run("return db:value('SELECT pg_backend_pid()')")

        assert.is_not.equal(pid, other)
        shell.run("kill -CONT " .. pid)
        app:stop()
    end)
end)

describe("a prepared statement", function()
    it("is prepared anew when it was lost or is stale", function()
        local app = databases.postgres({ query = "limit=1&statements=2" })

        app:run([[
            assert(db:exec("CREATE TABLE t (n INTEGER); "
                .. "INSERT INTO t VALUES (1)"))
            local function read() return assert(db:row("SELECT * FROM t")) end
            for _ = 1, 3 do assert(read().n == 1) end
            assert(db:exec("DISCARD ALL"))
            for _ = 1, 3 do assert(read().n == 1) end
            assert(db:exec("ALTER TABLE t ADD COLUMN m INTEGER DEFAULT 2"))
            for _ = 1, 3 do assert(read().m == 2) end
            for i = 1, 30 do
                for _ = 1, 3 do
                    assert(db:value("SELECT $1::int + " .. i % 5, i)
                        == i + i % 5)
                end
            end
            assert(db:value("SELECT count(*) FROM pg_prepared_statements")
                <= 2)
        ]])
        app:stop()
    end)
end)
