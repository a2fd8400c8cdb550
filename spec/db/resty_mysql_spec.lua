-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local http = require("support.http")
local peer = require("support.peer")
local ports = require("support.ports")

-- What code for lua-resty-mysql does, and what it is told.
describe("resty.mysql as a module of ours", function()
    local app

    setup(function()
        app = databases.mysql({
            http = databases.COMPAT.http,
            code = databases.COMPAT.code .. [[
                mysql = require("resty.mysql")

                function connected(more)
                    local db = assert(mysql:new())
                    db:set_timeout(2000)
                    assert(db:connect(options(more)) == 1)
                    return db
                end
            ]],
        })
        app:run([[
            local db = connected()
            assert(db:query("CREATE TABLE cats (id SERIAL PRIMARY KEY, "
                .. "name VARCHAR(20) UNIQUE, weight DECIMAL(6,2), "
                .. "born DATE)"))
            assert(db:close() == 1)
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    it("tells what a statement has done", function()
        app:run([[
            local db = connected()
            local res, err, errno, sqlstate = db:query(
                "INSERT INTO cats (name, weight) VALUES ("
                .. ngx.quote_sql_str("Bob's") .. ", 4.25), ('', NULL)")
            assert(res, err)
            assert(res.affected_rows == 2 and res.insert_id == 1)
            assert(res.server_status == 2 and res.warning_count == 0)
            assert(res.message == "Records: 2  Duplicates: 0  Warnings: 0",
                res.message)
            res = assert(db:query("UPDATE cats SET name = 'Tom' "
                .. "WHERE id = 2"))
            assert(res.affected_rows == 1)
            assert(db:set_keepalive(10000, 100) == 1)
        ]])
    end)

    it("gives rows by name, or as arrays", function()
        app:run([[
            local db = connected()
            local rows = assert(db:query(
                "SELECT * FROM cats ORDER BY id", 10))
            assert(#rows == 2 and getmetatable(rows) == nil)
            assert(rows[1].id == "1" and rows[1].name == "Bob's")
            assert(rows[1].weight == 4.25 and rows[1].born == ngx.null)
            db:set_compact_arrays(true)
            rows = assert(db:query("SELECT 1, 2.5e0, 'x', 3 = 3, NULL"))
            assert(rows[1][1] == 1 and rows[1][2] == 2.5)
            assert(rows[1][3] == "x" and rows[1][4] == 1)
            assert(rows[1][5] == ngx.null)
            assert(#assert(db:query("SELECT 1 FROM cats WHERE id > 9")) == 0)
            db:close()
            db = connected({ compact_arrays = true })
            assert(db:query("SELECT 'y'")[1][1] == "y")
            db:close()
        ]])
    end)

    it("gives several results one after another", function()
        app:run([[
            local db = connected()
            local res, err = db:query("SELECT 1 AS a; DO 2; SELECT 3 AS c")
            assert(res[1].a == 1 and err == "again")
            local rows, why = db:query("SELECT 1")
            assert(rows == nil and why == "failed to send query: cannot send "
                .. "query in the current context: 2", why)
            local kept
            kept, why = db:set_keepalive()
            assert(kept == nil and why == "cannot be reused in the current "
                .. "connection state: 2", why)
            res, err = db:read_result()
            assert(res.affected_rows == 0 and err == "again")
            res, err = db:read_result()
            assert(res[1].c == 3 and err == nil)
            res, err = db:read_result()
            assert(res == nil and err == "cannot read result in the current "
                .. "context: 1", err)
            assert(db:query("SELECT 4 AS d")[1].d == 4)
            db:close()
        ]])
    end)

    it("may send first and read later", function()
        app:run([[
            local db = connected()
            assert(db:send_query("SELECT 5 AS e") == #"SELECT 5 AS e" + 5)
            assert(db:read_result()[1].e == 5)
            db:close()
        ]])
    end)

    it("tells the server's errors, their numbers and states", function()
        app:run([[
            local db = connected()
            local res, err, errno, sqlstate = db:query("SELEC 1")
            assert(res == nil and errno == 1064 and sqlstate == "42000")
            assert(err:find("^You have an error in your SQL syntax"), err)
            res, err, errno, sqlstate = db:query(
                "INSERT INTO cats (name) VALUES ('Tom')")
            assert(res == nil and errno == 1062 and sqlstate == "23000")
            assert(err == "Duplicate entry 'Tom' for key 'name'", err)

            res, err = db:query("SELECT 1 AS a; SELECT x FROM nowhere; "
                .. "SELECT 2")
            assert(res[1].a == 1 and err == "again")
            res, err, errno, sqlstate = db:read_result()
            assert(res == nil and errno == 1146 and sqlstate == "42S02", err)
            assert(db:query("SELECT 3 AS a")[1].a == 3)
            assert(db:set_keepalive() == 1)
        ]])
    end)

    it("keeps a connection for the next one, and only if told so", function()
        app:run([[
            local db = connected({ pool = "reuse" })
            assert(db:get_reused_times() == 0)
            assert(db:server_ver():find("^%d+%.%d+%.%d+"))
            local id = db:query("SELECT connection_id() AS id")[1].id
            assert(db:set_keepalive(0, 5) == 1)
            local ok, err = db:set_keepalive()
            assert(ok == nil and err == "cannot be reused in the current "
                .. "connection state: nil", err)
            ok, err = db:close()
            assert(ok == nil and err == "closed", err)

            db = connected({ pool = "reuse" })
            assert(db:get_reused_times() == 1)
            assert(db:query("SELECT connection_id() AS id")[1].id == id)
            assert(db:close() == 1)

            db = connected({ pool = "reuse" })
            assert(db:get_reused_times() == 0)
            assert(db:query("SELECT connection_id() AS id")[1].id ~= id)
            local other = connected({ pool = "another" })
            assert(other:get_reused_times() == 0)
        ]])

        -- neither parted: their requests have ended
        app:run([[
            assert(connected({ pool = "reuse" }):get_reused_times() == 0)
            assert(connected({ pool = "another" }):get_reused_times() == 0)
        ]])
    end)

    it("leaves no transaction open for the next one", function()
        app:run([[
            local db = connected({ pool = "open" })
            assert(db:query("BEGIN"))
            assert(db:query("INSERT INTO cats (name) VALUES ('ghost')"))
            assert(db:set_keepalive())
            db = connected({ pool = "open" })
            assert(db:query("SELECT count(*) AS n FROM cats WHERE "
                .. "name = 'ghost'")[1].n == "0")
            db:close()
        ]])
    end)

    it("tells why it cannot connect", function()
        app:run(([[
            local db = assert(mysql:new())
            assert(select("#", db:set_timeout(300)) == 0)
            local ok, err, errno, sqlstate = db:connect(
                options({ password = "wrong" }))
            assert(ok == nil and errno == 1045 and sqlstate == "28000", err)
            assert(err:find("^Access denied for user"), err)
            ok, err, errno = db:connect(options({ database = "nowhere" }))
            assert(ok == nil and errno == 1049, err)
            ok, err = db:connect(options({ port = %d }))
            assert(ok == nil and err == "failed to connect: connection "
                .. "refused", err)
            ok, err = db:connect(options({ port = %d }))
            assert(ok == nil and err == "failed to connect: timeout", err)
            ok, err = db:connect(options({ charset = "klingon" }))
            assert(ok == nil and err == "charset 'klingon' is not supported",
                err)
            ok, err = db:connect({ user = "x" })
            assert(ok == nil and err == 'neither "host" nor "path" options '
                .. 'are specified', err)
            ok, err = db:query("SELECT 1")
            assert(ok == nil and err:find("^failed to send query: "), err)
        ]]):format(ports.free(), peer.start(peer.wait_for_end).port))
    end)

    it("reaches a unix socket, and another charset", function()
        app:run(([[
            local db = connected({ path = %q, host = nil,
                charset = "latin1" })
            assert(db:query("SELECT @@character_set_client AS c")[1].c
                == "latin1")
            db:close()
        ]]):format(app.mariadb.dir .. "/socket"))
    end)

    it("gives up a statement in time, and its connection", function()
        app:run([[
            local db = connected({ pool = "slow" })
            db:set_timeout(100)
            local res, err, errno = db:query("SELECT sleep(20)")
            assert(res == nil and errno == nil, errno)
            assert(err == "failed to receive packet header: timeout", err)
            res, err = db:query("SELECT 1")
            assert(res == nil and err == "failed to send query: cannot send "
                .. "query in the current context: 2", err)
            res, err = db:set_keepalive()
            assert(res == nil)
            db = connected({ pool = "slow" })
            assert(db:get_reused_times() == 0)
            db:close()
        ]])
    end)

    it("tells of a connection that was cut", function()
        app:run([[
            local db, other = connected(), connected()
            local id = db:query("SELECT connection_id() AS id")[1].id
            assert(other:query("KILL " .. id))
            local res, err = db:query("SELECT 1")
            assert(res == nil and err == "failed to receive packet header: "
                .. "closed", err)
            other:close()
        ]])
    end)

    it("ends what it runs when its client leaves", function()
        local client = assert(http.connect(app.nginx.port))

        assert(client:request("GET", app:piece([[
            connected():query("SELECT sleep(71)")
        ]])))
        local COUNT = [[
            local db = connected()
            for _ = 1, 500 do
                local n = db:query("SELECT count(*) AS n FROM "
                    .. "information_schema.processlist WHERE info "
                    .. "LIKE 'SELECT sleep(71)%'")[1].n
                if n == "%d" then return db:close() end
                ngx.sleep(0.01)
            end
            error("the statement runs, or does not")
        ]]
        app:run((COUNT:gsub("%%d", "1")))
        client:close()
        app:run((COUNT:gsub("%%d", "0")))
    end)
end)
