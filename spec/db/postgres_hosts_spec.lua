-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local ports = require("support.ports")
local postgres = require("support.postgres")

describe("several hosts of PostgreSQL", function()
    local app, copy

    setup(function()
        copy = postgres.start({ auth = "scram" })
        copy:psql("ALTER SYSTEM SET default_transaction_read_only = on")
        copy:psql("SELECT pg_reload_conf()")
        app = databases.postgres({ code = ([[
            PORT = tonumber(url:match("(%%d+)/"))
            COPY, NONE = %d, %d

            -- the port of the one that is reached
            function reached(hosts, options)
                local list, wanted = {}, {}
                for i, host in ipairs(hosts) do
                    list[i] = host[1] .. ":" .. host[2]
                end
                local several = Db.open(url:gsub("@.-/", "@"
                    .. table.concat(list, ",") .. "/"), options)
                local port, err, code = several:value(
                    "SELECT inet_server_port()")
                return port or code .. ": " .. err
            end
        ]]):format(copy.port, ports.free()) })
    end)

    teardown(function()
        app:stop()
    end)

    it("are tried in their order", function()
        app:run([[
            assert(reached({ { "127.0.0.1", PORT }, { "127.0.0.1", COPY } })
                == PORT)
            assert(reached({ { "127.0.0.1", NONE }, { "localhost", COPY } })
                == COPY)
            assert(reached({ { "no-such-host.invalid", 1 },
                { "127.0.0.1", PORT } }) == PORT)
            local err = reached({ { "127.0.0.1", NONE },
                { "no-such-host.invalid", 1 } })
            assert(err:find("^connect_failed: "), err)
        ]])
    end)

    it("are chosen by what they can do", function()
        app:run([[
            local both = { { "127.0.0.1", COPY }, { "localhost", PORT } }
            for wanted, port in pairs({ any = COPY, ["read-write"] = PORT,
                ["read-only"] = COPY, primary = COPY })
            do
                local got = reached(both, { target_session_attrs = wanted })
                assert(got == port, wanted .. ": " .. got)
            end
            local err = reached({ both[1] },
                { target_session_attrs = "read-write" })
            assert(err:find("session is read%-only"), err)
        ]])
    end)

    it("are tried anew when the first one has gone", function()
        local PAIR = [[
            local hosts = "@127.0.0.1:" .. COPY .. ",127.0.0.1:" .. PORT
            local pair = Db.open((url:gsub("@.-/", hosts .. "/")))
        ]]

        app:run(PAIR .. [[
            assert(pair:value("SELECT inet_server_port()") == COPY)
        ]])
        copy:stop()
        app:run(PAIR .. [[
            assert(pair:value("SELECT inet_server_port()") == PORT)
            assert(pair:stats().closed == 1)
        ]])
    end)
end)
