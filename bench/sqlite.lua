-- SPDX-License-Identifier: MIT
--- Rows for SQLite: ours, which waits for nothing on nginx's event loop, and
--- luasql on Debian's Lua module, which blocks its worker.  Each is what the
--- row of PostgreSQL with that name is.
local sqlite = {}

local POST = "SELECT id, title, body FROM posts WHERE id = "

local function page(module, code)
    return ("content_by_lua_block {\nlocal db = require(\"%s\").%s\n"
        .. "local result\n%s\n"
        .. "ngx.header[\"Content-Type\"] = \"application/json\"\n"
        .. "ngx.print(require(\"pandan.json\").encode(result))\n}"):format(
            module, module == "bench_db" and "sqlite" or "sqlite()", code)
end

local function row(name, expect, ours, luasql)
    return {
        name = name,
        expect = expect,
        pandan = page("bench_db", ours),
        peer = page("bench_luasql", luasql),
    }
end

local function fetch(sql)
    return ([[
        local cursor = assert(db:execute(%s))
        local one = cursor:fetch({}, "a")
        cursor:close()
    ]]):format(sql)
end

local TWENTY = [[
    result = {}
    for i = 1, 20 do
        %s
        result[i] = one
    end
]]

local twenty = TWENTY:format(fetch(('"%s" .. math.random(100)'):format(POST)))

sqlite.rows = {
    row("sqlite-20", '"title":"Post', TWENTY:format(([[
        local one = assert(db:row("%s$1", math.random(100)))
    ]]):format(POST)), twenty),
    row("sqlite-batch", '"title":"Post', ([[
        local list = {}
        for i = 1, 20 do
            list[i] = { "%s$1", math.random(100) }
        end
        result = assert(db:batch(list))
        for i = 1, 20 do
            result[i] = result[i][1]
        end
    ]]):format(POST), twenty),
    row("sqlite-1000", "1000", [[
        result = { #assert(db:query("SELECT id, title, body FROM many")) }
    ]], [[
        local cursor = assert(db:execute("SELECT id, title, body FROM many"))
        local rows = {}
        local one = cursor:fetch({}, "a")
        while one do
            rows[#rows + 1] = one
            one = cursor:fetch({}, "a")
        end
        cursor:close()
        result = { #rows }
    ]]),
    row("sqlite-insert", '"affected":1', [[
        result = { affected = assert(db:query(
            "INSERT INTO notes (title) VALUES ($1)", "a note")).affected }
    ]], [[
        result = { affected = assert(db:execute(
            "INSERT INTO notes (title) VALUES ('" .. db:escape("a note")
            .. "')")) }
    ]]),
}

-- The peer's connection writes as safely as ours does, no more.
sqlite.setup = "PRAGMA synchronous = normal"

sqlite.schema = [[
    PRAGMA journal_mode = wal;
    CREATE TABLE many AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL
        SELECT i + 1 FROM c WHERE i < 1000) SELECT i AS id,
        'Post ' || i AS title, 'The body of post ' || i AS body FROM c;
    CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT);
]]

return sqlite
