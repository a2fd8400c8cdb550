-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

-- A primary and its standby by streaming replication, as libpq's
-- target_session_attrs tells them apart.
describe("a primary of PostgreSQL and its standby", function()
    local app, standby

    setup(function()
        app = databases.postgres({ code = [[
            -- a database at these ports, in their order
            function at(ports, wanted)
                local hosts = {}
                for i, port in ipairs(ports) do
                    hosts[i] = "127.0.0.1:" .. port
                end
                return Db.open(url:gsub("@.-/", "@"
                    .. table.concat(hosts, ",") .. "/"),
                    { target_session_attrs = wanted })
            end

            function reached(ports, wanted)
                local port, err, code = at(ports, wanted):value(
                    "SELECT inet_server_port()")
                return port or code .. ": " .. err
            end
        ]] })
        app.postgres:psql("CREATE TABLE posts (id INT)")
        standby = app.postgres:standby()
    end)

    teardown(function()
        app:stop()
    end)

    local function run(code)
        app:run(("local PRIMARY, STANDBY = %d, %d\n"):format(
            app.postgres.port, standby.port) .. code)
    end

    it("are told apart, whichever is named first", function()
        run([[
            for wanted, port in pairs({
                ["read-write"] = PRIMARY, primary = PRIMARY,
                ["read-only"] = STANDBY, standby = STANDBY,
                ["prefer-standby"] = STANDBY,
            }) do
                local got = reached({ PRIMARY, STANDBY }, wanted)
                assert(got == port, wanted .. " was " .. got)
                got = reached({ STANDBY, PRIMARY }, wanted)
                assert(got == port, wanted .. " was then " .. got)
            end
            assert(reached({ STANDBY, PRIMARY }, "any") == STANDBY)
            assert(reached({ PRIMARY, STANDBY }, "any") == PRIMARY)
        ]])
    end)

    it("are refused where only the other kind will do", function()
        run([[
            for wanted, port in pairs({ ["read-write"] = STANDBY,
                primary = STANDBY, standby = PRIMARY,
                ["read-only"] = PRIMARY })
            do
                local got = reached({ port }, wanted)
                assert(tostring(got):find("^connect_failed: "),
                    wanted .. ": " .. got)
            end
            assert(reached({ PRIMARY }, "prefer-standby") == PRIMARY)
        ]])
    end)

    it("share what was written, and only one of them writes", function()
        run([[
            assert(at({ STANDBY, PRIMARY }, "primary"):exec(
                "INSERT INTO posts VALUES (1)"))
        ]])
        standby:follow(app.postgres)
        run([[
            local db = at({ PRIMARY, STANDBY }, "standby")
            assert(db:value("SELECT id FROM posts") == 1)
            local ok, err, code = db:exec("INSERT INTO posts VALUES (2)")
            assert(ok == nil and code == "read_only", code)
        ]])
    end)

    it("change their roles when the primary has died", function()
        local BOTH = 'local db = at({ PRIMARY, STANDBY }, "read-write")'

        run(BOTH .. "assert(db:value('SELECT inet_server_port()') == PRIMARY)")
        app.postgres:kill()
        run(BOTH .. [[
            local ok, err, code = db:exec("INSERT INTO posts VALUES (3)")
            assert(ok == nil and code == "connect_failed", code)
        ]])

        assert.equal("t", standby:psql("SELECT pg_promote()"))
        run(BOTH .. [[
            assert(db:value("SELECT inet_server_port()") == STANDBY)
            assert(db:exec("INSERT INTO posts VALUES (3)"))
            assert(db:value("SELECT count(*) FROM posts") == 2)

            -- new connections know it as a primary only
            assert(reached({ STANDBY }, "prefer-standby") == STANDBY)
            local got = reached({ STANDBY }, "standby")
            assert(tostring(got):find("^connect_failed: "), got)
        ]])
    end)
end)
