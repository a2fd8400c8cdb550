-- SPDX-License-Identifier: MIT
--- The pages that are measured, once for each server that has them:
---
---   nginx   nginx's own `return 200`
---   peer    Debian's libnginx-mod-http-lua
---   pandan  we
---   app     our framework, a controller's page
---   resty   we, with our module of lua-resty-mysql's interface
---   moon    we, with our module of pgmoon's interface
---   node    Node's http and pg
---   node_mysql  the same with mysql2
---   node_redis  the same with redis
---
--- A page's code for `peer` and `pandan` is the same text wherever it can be;
--- where a library of ours does not run there, it is the one Debian has.
local caching = require("caching")
local mysql = require("mysql")
local platform = require("platform")
local postgres = require("postgres")
local sqlite = require("sqlite")
local stores = require("stores")

local pages = {}

local SQL = "SELECT id, title, body FROM posts WHERE id = $1"

local HELLO = "Hello, world"

local function content(code)
    return "content_by_lua_block {\n" .. code .. "\n}"
end

local function ours(name)
    return content(([[
        local db = require("bench_db").%s
        local row, err = db:row("%s", 7)

        if not row then
            ngx.log(ngx.ERR, err)
            return ngx.exit(500)
        end

        ngx.header["Content-Type"] = "application/json"
        ngx.print(require("pandan.json").encode(row))
    ]]):format(name, SQL))
end

local function luasql(name)
    return content(([[
        local connection = require("bench_luasql").%s()
        local cursor = connection:execute("%s")
        local row = cursor:fetch({}, "a")

        cursor:close()
        ngx.header["Content-Type"] = "application/json"
        ngx.print(require("pandan.json").encode(row))
    ]]):format(name, (SQL:gsub("%$1", "7"))))
end

local plain = content(('ngx.print("%s")'):format(HELLO))

local json = content([[
    ngx.header["Content-Type"] = "application/json"
    ngx.print(require("pandan.json").encode({
        message = "Hello, world", items = { 1, 2, 3 }, ok = true,
    }))
]])

local template = content([[
    ngx.header["Content-Type"] = "text/html"
    ngx.print(require("bench_template")())
]])

pages.list = {
    {
        name = "plain",
        expect = HELLO,
        nginx = ('default_type text/plain; return 200 "%s";'):format(HELLO),
        peer = plain,
        pandan = plain,
        app = "/",
    },
    { name = "json", expect = '"ok":true', peer = json, pandan = json },
    {
        name = "template",
        expect = "<li>Row 12 &lt;b&gt;</li>",
        peer = template,
        pandan = template,
    },
    {
        name = "sqlite",
        expect = '"title":"Post 7"',
        peer = luasql("sqlite"),
        pandan = ours("sqlite"),
    },
    {
        name = "postgres",
        expect = '"title":"Post 7"',
        peer = luasql("postgres"),
        pandan = ours("postgres"),
        node = true,
    },
}

for _, rows in ipairs({ sqlite.rows, postgres.rows, mysql.rows, platform.rows,
    caching.rows, stores.rows }) do
    for _, row in ipairs(rows) do
        pages.list[#pages.list + 1] = row
    end
end

pages.http = platform.http .. caching.http
pages.server = platform.server

--- Lua modules in the servers' folder.
pages.files = {
    ["bench_db.lua"] = [[
        local db = require("pandan.db")

        return {
            sqlite = db.open("sqlite:" .. os.getenv("SQLITE")),
            postgres = db.open(os.getenv("DATABASE")),
        }
    ]],
    ["bench_luasql.lua"] = [[
        local connections = {}

        return {
            sqlite = function()
                local found = connections.sqlite
                if not found then
                    found = require("luasql.sqlite3").sqlite3()
                        :connect(os.getenv("SQLITE") .. "-peer")
                    found:execute("]] .. sqlite.setup .. [[")
                    connections.sqlite = found
                end
                return found
            end,
            postgres = function()
                connections.postgres = connections.postgres
                    or require("luasql.postgres").postgres()
                        :connect(os.getenv("CONNINFO"))
                return connections.postgres
            end,
        }
    ]],
    ["bench_template.lua"] = [[
        local views = require("pandan.view").new("{{dir}}", false)
        local rows = {}

        for i = 1, 12 do
            rows[i] = { title = "Row " .. i .. " <b>" }
        end

        return function()
            return views:render("rows", { rows = rows })
        end
    ]],
    ["application/views/rows.html"] = [[
<!doctype html>
<title>Rows</title>
<ul>
{% for _, row in ipairs(rows) do %}
  <li>{{ row.title }}</li>
{% end %}
</ul>
]],
}

for _, list in ipairs({ mysql.files, postgres.files }) do
    for name, text in pairs(list) do
        pages.files[name] = text
    end
end

--- The framework's own page, in an app of its own.
pages.app = {
    ["config/routes.lua"] = [[
        return function(r)
            r:get("/", "hello@index")
        end
    ]],
    ["application/controllers/hello.lua"] = ([[
        local Hello = {}

        function Hello:index()
            return "%s"
        end

        return Hello
    ]]):format(HELLO),
}

---What fills both databases.
pages.schema = [[
    CREATE TABLE posts (id integer PRIMARY KEY, title text, body text);
]]

for i = 1, 100 do
    pages.schema = pages.schema .. ([[
        INSERT INTO posts VALUES (%d, 'Post %d', 'The body of post %d.');
    ]]):format(i, i, i)
end

return pages
