-- SPDX-License-Identifier: MIT
--- Rows for PostgreSQL: ours, pgmoon on Debian's Lua module, and Node's pg;
--- with those that TechEmpower has.  Debian has no pgmoon: PGMOON is the
--- folder of one that lies beside the project (with pgmoon.lua in it).
local sql = require("sql")

local postgres = {}

local PGMOON = os.getenv("PGMOON")

local function moon(code, finish)
    return sql.page(([[
        local db = require("pgmoon").new(require("bench_pg").options)

        db:settimeout(5000)
        assert(db:connect())

        local result
        %s
        db:keepalive(60000, 32)
    ]]):format(code), finish)
end

postgres.rows = sql.rows("pg-", "te-", "db:escape_literal",
    function(name, expect, native, text, finish)
        return {
            name = name,
            expect = expect,
            peer = PGMOON and moon(text, finish),
            pandan = sql.ours("bench_pg", native, finish),
            moon = moon(text, finish),
            node = true,
        }
    end)

-- One row again, where each request has a connection of its own.
postgres.rows[#postgres.rows + 1] = sql.alone("pg-alone", "bench_pg")
postgres.files = { ["bench_pg.lua"] = sql.module("postgres", "DATABASE") }

--- For lua_package_path of Debian's module.
postgres.path = PGMOON and PGMOON .. "/?.lua;" .. PGMOON .. "/?/init.lua;"
    or ""

postgres.schema = [[
    CREATE TABLE many AS SELECT i AS id, 'Post ' || i AS title,
        'The body of post ' || i AS body FROM generate_series(1, 1000) i;
    CREATE TABLE notes (id serial PRIMARY KEY, title varchar(100));
    CREATE TABLE world AS SELECT i AS id, i AS randomnumber
        FROM generate_series(1, 10000) i;
    ALTER TABLE world ADD PRIMARY KEY (id);
    CREATE TABLE fortune AS SELECT i AS id, 'Fortune ' || i AS message
        FROM generate_series(1, 11) i;
    INSERT INTO fortune VALUES (12, '<script>alert("no");</script>');
    VACUUM ANALYZE;
]]

function postgres.say()
    if not PGMOON then
        io.stdout:write("no pgmoon to measure: PGMOON is its folder\n")
    end
end

return postgres
