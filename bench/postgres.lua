-- SPDX-License-Identifier: MIT
--- Rows for PostgreSQL: ours, pgmoon on Debian's Lua module, and Node's pg;
--- with those that TechEmpower has.  Debian has no pgmoon: PGMOON is the
--- folder of one that lies beside the project (with pgmoon.lua in it).
local postgres = {}

local PGMOON = os.getenv("PGMOON")

local function page(code, kind)
    return ("content_by_lua_block {\n%s\nngx.header[\"Content-Type\"] = %q\n"
        .. "ngx.print(body)\n}"):format(code, kind or "application/json")
end

-- What is behind `result` is the same for all.
local JSON = 'local body = require("pandan.json").encode(result)'

local FORTUNES = [[
    result[#result + 1] = { id = 0, message = "Additional fortune" }
    table.sort(result, function(a, b) return a.message < b.message end)

    local list = { "<table>" }

    for i = 1, #result do
        list[i + 1] = "<tr><td>" .. result[i].id .. "</td><td>"
            .. require("pandan.native").escape.html(result[i].message)
            .. "</td></tr>"
    end

    local body = table.concat(list) .. "</table>"
]]

local function moon(code, finish)
    return page(([[
        local db = require("pgmoon").new(require("bench_pg").options)

        db:settimeout(5000)
        assert(db:connect())

        local result
        %s
        db:keepalive(60000, 32)
        %s
    ]]):format(code, finish or JSON), finish and "text/html")
end

local function ours(code, finish)
    return page(([[
        local db = require("bench_pg").db
        local result
        %s
        %s
    ]]):format(code, finish or JSON), finish and "text/html")
end

local function row(name, expect, native, text, finish)
    return {
        name = name,
        expect = expect,
        peer = PGMOON and moon(text, finish),
        pandan = ours(native, finish),
        moon = moon(text, finish),
        node = true,
    }
end

local WORLD = "SELECT id, randomnumber FROM world WHERE id = "
local POST = "SELECT id, title, body FROM posts WHERE id = "

local TWENTY = [[
    result = {}
    for i = 1, 20 do
        result[i] = assert(db:query("%s" .. math.random(%d)))[1]
    end
]]

postgres.rows = {
    row("pg-row", '"title":"Post 7"', ([[
        result = assert(db:row("%s$1", 7))
    ]]):format(POST), ([[
        result = assert(db:query("%s" .. db:escape_literal(7)))[1]
    ]]):format(POST)),
    row("pg-20", '"title":"Post', ([[
        result = {}
        for i = 1, 20 do
            result[i] = assert(db:row("%s$1", math.random(100)))
        end
    ]]):format(POST), TWENTY:format(POST, 100)),
    row("pg-batch", '"title":"Post', ([[
        local list = {}
        for i = 1, 20 do
            list[i] = { "%s$1", math.random(100) }
        end
        result = assert(db:batch(list))
        for i = 1, 20 do
            result[i] = result[i][1]
        end
    ]]):format(POST), TWENTY:format(POST, 100)),
    row("pg-1000", "1000", [[
        result = { #assert(db:query("SELECT id, title, body FROM many")) }
    ]], [[
        result = { #assert(db:query("SELECT id, title, body FROM many")) }
    ]]),
    row("pg-insert", '"affected":1', [[
        result = { affected = assert(db:query(
            "INSERT INTO notes (title) VALUES ($1)", "a note")).affected }
    ]], [[
        result = { affected = assert(db:query(
            "INSERT INTO notes (title) VALUES ("
            .. db:escape_literal("a note") .. ")")).affected_rows }
    ]]),
    row("te-db", '"randomnumber"', ([[
        result = assert(db:row("%s$1", math.random(10000)))
    ]]):format(WORLD), ([[
        result = assert(db:query("%s" .. math.random(10000)))[1]
    ]]):format(WORLD)),
    row("te-queries", '"randomnumber"', ([[
        local list = {}
        for i = 1, 20 do
            list[i] = { "%s$1", math.random(10000) }
        end
        result = assert(db:batch(list))
        for i = 1, 20 do
            result[i] = result[i][1]
        end
    ]]):format(WORLD), TWENTY:format(WORLD, 10000)),
    row("te-fortunes", "&lt;script&gt;", [[
        result = assert(db:query("SELECT id, message FROM fortune"))
    ]], [[
        result = assert(db:query("SELECT id, message FROM fortune"))
    ]], FORTUNES),
    row("te-updates", '"randomnumber"', ([[
        local list, changes = {}, {}
        for i = 1, 20 do
            list[i] = { "%s$1", i * 500 - math.random(0, 499) }
        end
        result = assert(db:batch(list))
        for i = 1, 20 do
            result[i] = result[i][1]
            result[i].randomnumber = math.random(10000)
            changes[i] = { "UPDATE world SET randomnumber = $1 WHERE id = $2",
                result[i].randomnumber, result[i].id }
        end
        assert(db:batch(changes))
    ]]):format(WORLD), ([[
        result = {}
        for i = 1, 20 do
            result[i] = assert(db:query("%s"
                .. i * 500 - math.random(0, 499)))[1]
            result[i].randomnumber = math.random(10000)
            assert(db:query("UPDATE world SET randomnumber = "
                .. result[i].randomnumber .. " WHERE id = " .. result[i].id))
        end
    ]]):format(WORLD)),
}

postgres.files = {
    ["bench_pg.lua"] = [[
        local url = os.getenv("DATABASE")
        local user, password, host, port, database = url:match(
            "^postgres://(.-):(.-)@(.-):(%d+)/(.+)$")

        return {
            db = package.preload["pandan.db.native"]
                and require("pandan.db").open(url),
            options = {
                host = host, port = port, user = user,
                password = password, database = database,
            },
        }
    ]],
}

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
