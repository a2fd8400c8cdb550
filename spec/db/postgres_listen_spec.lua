-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local http = require("support.http")
local process = require("support.process")

describe("LISTEN and NOTIFY of PostgreSQL", function()
    local app

    setup(function()
        app = databases.postgres({
            http = "lua_check_client_abort on;",
            code = [[
                function fails(text, fn, ...)
                    local ok, err = pcall(fn, ...)
                    assert(not ok and err:find(text, 1, true), err)
                end
            ]],
        })
    end)

    teardown(function()
        app:stop()
    end)

    local function listening()
        return app.postgres:psql("SELECT count(*) FROM pg_stat_activity "
            .. "WHERE query LIKE 'LISTEN%'")
    end

    it("bring events in their order", function()
        app:run([=[
            local l = assert(db:listen("jobs", 'Odd "name"'))
            assert(db:exec([[NOTIFY jobs; NOTIFY jobs, 'two';
                NOTIFY "Odd ""name""", 'three']]))
            local pid
            for i, want in ipairs({ { "jobs", "" }, { "jobs", "two" },
                { 'Odd "name"', "three" } })
            do
                local event = assert(l:wait(5000))
                assert(event.channel == want[1], i)
                assert(event.payload == want[2], i)
                pid = pid or event.pid
                assert(event.pid == pid and tonumber(pid) > 0)
            end
            local event, err = l:wait(30)
            assert(event == nil and err == "timeout", err)

            -- one that comes while nobody waits is kept
            assert(db:query("SELECT pg_notify('jobs', $1)",
                ("x"):rep(7000)))
            assert(db:value("SELECT 1") == 1)
            assert(#assert(l:wait(5000)).payload == 7000)

            l:close()
            event, err = l:wait(1)
            assert(event == nil and err == "closed", err)
        ]=])
        assert.is_true(process.wait_until(10, function()
            return listening() == "0"
        end))
    end)

    it("wake the one that waits, in a task of its own", function()
        app:run([[
            local seen = {}
            local thread = ngx.thread.spawn(function()
                local l = assert(db:listen("many"))
                ngx.sleep(0)
                seen.ready = true
                l:run(function(event)
                    seen[#seen + 1] = event.payload
                    return #seen < 100
                end)
            end)
            while not seen.ready do ngx.sleep(0.01) end
            for i = 1, 100 do
                assert(db:query("SELECT pg_notify('many', $1)",
                    tostring(i)))
            end
            assert(ngx.thread.wait(thread))
            for i = 1, 100 do assert(seen[i] == tostring(i)) end
        ]])
    end)

    it("go on when their connection was lost", function()
        app:run([[
            local l = assert(db:listen("jobs"))
            assert(db:exec("SELECT pg_terminate_backend(pid) FROM "
                .. "pg_stat_activity WHERE query LIKE 'LISTEN%'"))
            local event = assert(l:wait(10000))
            assert(event.reconnected and event.channel == nil)
            assert(db:exec("NOTIFY jobs, 'after'"))
            assert(assert(l:wait(5000)).payload == "after")
            l:close()
        ]])
    end)

    it("end with the request whose they are", function()
        local client = assert(http.connect(app.nginx.port))

        assert(client:request("GET", app:piece([[
            local l = assert(db:listen("jobs"))
            l:wait(60000)
        ]])))
        assert.is_true(process.wait_until(10, function()
            return listening() == "1"
        end))
        client:close()
        assert.is_true(process.wait_until(10, function()
            return listening() == "0"
        end))
    end)

    it("tell what is wrong", function()
        app:run([[
            fails("takes names of channels", db.listen, db)
            fails("name of a channel must be a string", db.listen, db, 7)
            fails("only PostgreSQL", function()
                Db.open("sqlite::memory:"):listen("x")
            end)
            local other = Db.open((url:gsub("secret", "wrong")))
            local l, err, code, server = other:listen("x")
            assert(l == nil and code == "auth_failed", code)
            assert(server == "28P01" and err:find("password"), err)
        ]])
    end)
end)
