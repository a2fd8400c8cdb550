-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local http = require("support.http")
local peer = require("support.peer")
local ports = require("support.ports")

-- What code for pgmoon does, and what it is told.
describe("pgmoon as a module of ours", function()
    local app

    setup(function()
        app = databases.postgres({
            http = databases.COMPAT.http,
            code = databases.COMPAT.code .. [[
                pgmoon = require("pgmoon")

                function create(more)
                    local pg = pgmoon.new(options(more))
                    pg:settimeout(3000)
                    return pg
                end

                function connected(more)
                    local pg = create(more)
                    assert(pg:connect() == true)
                    return pg
                end

                function pid(pg)
                    return assert(pg:query("SELECT pg_backend_pid() AS p"))
                        [1].p
                end
            ]],
        })
        app:run([[
            local pg = connected()
            assert(pg:query("CREATE TABLE cats (id SERIAL PRIMARY KEY, "
                .. "name TEXT UNIQUE, weight NUMERIC, tags TEXT[])") == true)
            pg:disconnect()
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    it("tells what a statement has done", function()
        app:run([[
            local pg = connected()
            local res, count = pg:query("INSERT INTO cats (name, weight) "
                .. "VALUES (" .. pg:escape_literal("Bob's") .. ", 4.25), "
                .. "('Tom', NULL)")
            assert(res.affected_rows == 2 and count == 1)
            res = pg:query("INSERT INTO cats (name) VALUES ('Kim') "
                .. "RETURNING id")
            assert(res[1].id == 3 and res.affected_rows == 1)
            res = pg:query("UPDATE cats SET weight = 1 WHERE id > 90")
            assert(res.affected_rows == 0)
            res = pg:query("BEGIN")
            assert(res == true)
            assert(pg:query("COMMIT") == true)
            assert(pg:keepalive(10000, 10) == 1)
        ]])
    end)

    it("gives rows, without what is NULL unless told so", function()
        app:run([[
            local pg = connected()
            local rows = pg:query("SELECT * FROM cats ORDER BY id")
            assert(#rows == 3 and rows.affected_rows == nil)
            assert(getmetatable(rows) == nil)
            assert(rows[1].name == "Bob's" and rows[1].weight == 4.25)
            assert(rows[2].weight == nil and rows[2].tags == nil)
            assert(#pg:query("SELECT 1 WHERE false") == 0)
            pg:keepalive()

            pg = connected({ convert_null = true })
            rows = pg:query("SELECT * FROM cats ORDER BY id")
            assert(rows[2].weight == pg.NULL and pg.NULL[1] == "NULL")
            assert(rows[1].weight == 4.25)
            pg:keepalive()
        ]])
    end)

    it("makes the same values of Lua", function()
        app:run([==[
            local pg = connected()
            local r = pg:query([=[SELECT 7::int2 AS a, 8::bigint AS b,
                1.5::float8 AS c, 2.50::numeric AS d, true AS e, false AS f,
                '\x00ff'::bytea AS g, '{"x": [1, null]}'::json AS h,
                '{"y": 2}'::jsonb AS i, ARRAY[1,NULL,3] AS j,
                ARRAY['a','NULL','b"c,d\e'] AS k, ARRAY[[true],[false]] AS l,
                '11111111-2222-3333-4444-555555555555'::uuid AS m,
                '2024-02-29 12:30:00'::timestamp AS n, 99::oid AS o,
                '{}'::int[] AS p]=])[1]
            assert(r.a == 7 and r.b == 8 and r.c == 1.5 and r.d == 2.5)
            assert(r.e == true and r.f == false and r.g == "\0\255")
            assert(r.h.x[1] == 1 and r.h.x[2] == ngx.null and r.i.y == 2)
            assert(r.j[1] == 1 and r.j[2] == pg.NULL and r.j[3] == 3)
            assert(r.k[2] == "NULL" and r.k[3] == 'b"c,d\\e')
            assert(r.l[1][1] == true and r.l[2][1] == false)
            assert(r.m == "11111111-2222-3333-4444-555555555555")
            assert(r.n == "2024-02-29 12:30:00" and r.o == "99")
            assert(#r.p == 0)
            pg:keepalive()
        ]==])
    end)

    it("takes values for $1, $2", function()
        app:run([[
            local PostgresArray = require("pgmoon.arrays").PostgresArray
            local pg = connected()
            local r = pg:query("SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d",
                7, "it's", true, pg.NULL)[1]
            assert(r.a == 7 and r.b == "it's" and r.c == true and r.d == nil)
            local list = PostgresArray({ "a", 'b"c\\', pg.NULL })
            r = pg:query("SELECT $1 AS list", list)[1]
            assert(r.list[2] == 'b"c\\' and r.list[3] == pg.NULL)
            assert(pg:query("UPDATE cats SET tags = $1 WHERE id = 2",
                PostgresArray({})).affected_rows == 1)
            r = pg:query("SELECT $1 AS list", r.list)[1]
            assert(#r.list == 3 and r.list[1] == "a")
            r = pg:query("SELECT $1 AS m", PostgresArray({
                PostgresArray({ 1, 2 }), PostgresArray({ 3, 4 }) }))
            local _, err = pg:query("SELECT $1", {})
            assert(err == "pgmoon: param 1: table does not implement "
                .. "pgmoon_serialize, can't serialize", err)
            pg:keepalive()
        ]])
    end)

    it("gives several results, and those before an error", function()
        app:run([[
            local pg = connected()
            local res, count = pg:query("SELECT 1 AS a; BEGIN; COMMIT; "
                .. "SELECT 2 AS b")
            assert(count == 4 and res[1][1].a == 1 and res[2] == true)
            assert(res[4][1].b == 2)
            res, count = pg:query("")
            assert(res == nil and count == 0)

            local _, err, partial, n = pg:query("SELECT 1 AS a; "
                .. "SELECT nothing; SELECT 2")
            assert(_ == nil and n == 1 and partial[1].a == 1)
            assert(err == 'ERROR: column "nothing" does not exist (23)', err)
            _, err, partial, n = pg:query("INSERT INTO cats (name) "
                .. "VALUES ('Tom')")
            assert(err == "ERROR: duplicate key value violates unique "
                .. "constraint \"cats_name_key\"\n"
                .. "Key (name)=(Tom) already exists.", err)
            assert(partial == nil and n == 0)
            assert(select(2, pg:query("SELECT '\0'"))
                == "invalid null byte in query")
            assert(pg:query("SELECT 3 AS c")[1].c == 3)
            pg:keepalive()
        ]])
    end)

    it("tells of notices", function()
        app:run([=[
            local pg = connected()
            local _, n, notes, notices = pg:query(
                "DROP TABLE IF EXISTS nowhere")
            assert(n == 1 and notes == nil)
            assert(notices[1] == 'NOTICE: table "nowhere" does not exist, '
                .. 'skipping', notices[1])
            pg:keepalive()
        ]=])
    end)

    it("has deserializers of the user's own", function()
        app:run([[
            local pg = connected()
            pg:set_type_deserializer(25, "shouted", function(self, text)
                return text:upper()
            end)
            pg:set_type_deserializer(1700, "string")
            local r = pg:query("SELECT 'x'::text AS a, 1.50 AS b, 2 AS c, "
                .. "true AS d, ARRAY[1,2] AS e, '{}'::json AS f, "
                .. "'\\x01'::bytea AS g")[1]
            assert(r.a == "X" and r.b == "1.50" and r.c == 2)
            assert(r.d == true and r.e[2] == 2 and type(r.f) == "table")
            assert(r.g == "\1")
            assert(connected():query("SELECT 'x'::text AS a")[1].a == "x")

            local hstore = require("pgmoon.hstore")
            local text = hstore.encode_hstore({ ['a"b'] = "c, d" })
            assert(text == [=['"a\"b"=>"c, d"']=], text)
            local h = hstore.decode_hstore([=["x"=>"1, 2", "y\"z"=>NULL]=])
            assert(h.x == "1, 2" and h['y"z'] == "NULL")
        ]])
    end)

    it("writes literals and identifiers", function()
        app:run([==[
            local pg = create()
            assert(pg:escape_literal("a'b") == "'a''b'")
            assert(pg:escape_literal(5) == "5")
            assert(pg:escape_literal(true) == "TRUE")
            assert(pg:escape_literal(pg.NULL) == "NULL")
            assert(pg:escape_identifier('a"b') == '"a""b"')
            assert(not pcall(pg.escape_literal, pg, {}))
            assert(pg:encode_bytea("\0\255") == "E'\\\\x00ff'")
            assert(pg:decode_bytea("\\x00ff") == "\0\255")
            local arrays, json = require("pgmoon.arrays"),
                require("pgmoon.json")
            assert(arrays.encode_array({ 1, { "a", true } })
                == "ARRAY[1,['a',TRUE]]")
            assert(json.encode_json({ "it's" }) == "'[\"it''s\"]'")
            assert(json.decode_json("[1]")[1] == 1)
            assert(arrays.decode_array("{1,{2,NULL}}", tonumber)[2][1] == 2)
        ]==])
    end)

    it("keeps a connection for the next one, and only if told so", function()
        app:run([[
            local pg = connected({ pool_name = "reuse" })
            local first = pid(pg)
            pg:keepalive(0, 5)
            local _, err = pg:query("SELECT 1")
            assert(_ == nil and err
                == "receive_message: failed to get type: closed", err)
            assert(pg:connect())
            assert(pid(pg) == first)
            pg:disconnect()
            pg = connected({ pool_name = "reuse" })
            local second = pid(pg)
            assert(second ~= first)
            assert(pid(connected({ pool_name = "other" })) ~= second)

            -- an open transaction does not go to the next one
            pg:query("BEGIN; INSERT INTO cats (name) VALUES ('ghost')")
            pg:keepalive()
            pg = connected({ pool_name = "reuse" })
            assert(#pg:query("SELECT 1 FROM cats WHERE name = 'ghost'") == 0)
            pg:disconnect()
        ]])
    end)

    it("tells why it cannot connect", function()
        app:run(([[
            local ok, err = create({ password = "wrong" }):connect()
            assert(ok == nil and err == 'FATAL: password authentication '
                .. 'failed for user "pandan"', err)
            ok, err = create({ database = "nowhere" }):connect()
            assert(ok == nil and err == 'FATAL: database "nowhere" does '
                .. 'not exist', err)
            ok, err = create({ port = %d }):connect()
            assert(ok == nil and err == "connection refused", err)
            local pg = create({ port = %d })
            pg:settimeout(200)
            ok, err = pg:connect()
            assert(ok == nil and err == "timeout", err)
            ok, err = create({ ssl = true, ssl_required = true }):connect()
            assert(ok == nil and err:find("does not support SSL"), err)
            assert(connected({ ssl = true }))
        ]]):format(ports.free(), peer.start(peer.wait_for_end).port))
    end)

    it("reaches a unix socket", function()
        app:run(([[
            local pg = connected({ socket_path = "%s/.s.PGSQL.%d",
                port = "1", host = "x" })
            assert(pg:query("SELECT inet_client_addr() IS NULL AS here")
                [1].here == true)
        ]]):format(app.postgres.dir, app.postgres.port))
    end)

    it("gives up a statement in time, and its connection", function()
        app:run([[
            local pg = connected({ pool_name = "slow" })
            pg:settimeout(100)
            local _, err = pg:query("SELECT pg_sleep(20)")
            assert(_ == nil and err
                == "receive_message: failed to get type: timeout", err)
            _, err = pg:query("SELECT 1")
            assert(_ == nil and err
                == "receive_message: failed to get type: closed", err)
        ]])
    end)

    it("ends what it runs when its client leaves", function()
        local client = assert(http.connect(app.nginx.port))

        assert(client:request("GET", app:piece([[
            connected():query("SELECT pg_sleep(71)")
        ]])))
        local COUNT = [[
            local pg = connected()
            for _ = 1, 500 do
                local n = pg:query("SELECT count(*) AS n FROM "
                    .. "pg_stat_activity WHERE state = 'active' AND query "
                    .. "LIKE 'SELECT pg_sleep(71)%'")[1].n
                if n == NNN then return pg:disconnect() end
                ngx.sleep(0.01)
            end
            error("the statement runs, or does not")
        ]]
        app:run((COUNT:gsub("NNN", "1")))
        client:close()
        app:run((COUNT:gsub("NNN", "0")))
    end)
end)
