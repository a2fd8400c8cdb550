-- SPDX-License-Identifier: MIT
--- What is asked of a database in the same way whatever database it is: the
--- rows with ours, by parameters, and with libraries that take whole texts.
local sql = {}

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

local WORLD = "SELECT id, randomnumber FROM world WHERE id = "
local POST = "SELECT id, title, body FROM posts WHERE id = "

local TWENTY = [[
    result = {}
    for i = 1, 20 do
        result[i] = assert(db:query("%s" .. math.random(%d)))[1]
    end
]]

---A page whose code leaves what it answers in `result`.
---@param code string
---@param finish? string  makes `body` of `result`; JSON without it
---@return string
function sql.page(code, finish)
    return ([[content_by_lua_block {
        %s
        %s
        ngx.header["Content-Type"] = %q
        ngx.print(body)
    }]]):format(code, finish or JSON,
        finish and "text/html" or "application/json")
end

---The same with our own interface.
---@param name string  of the module below
---@param code string
---@param finish? string
---@return string
function sql.ours(name, code, finish)
    return sql.page(([[
        local db = require("%s").db
        local result
        %s
    ]]):format(name, code), finish)
end

---One row over connections that no requests share.
---@param name string
---@param module string
---@param database? string  that has to be started for it
---@return table
function sql.alone(name, module, database)
    return {
        name = name,
        expect = '"title":"Post 7"',
        database = database,
        pandan = sql.page(([[
            local result = assert(require("%s").alone:row("%s$1", 7))
        ]]):format(module, POST)),
    }
end

---A module of the servers: `db`, the same for `alone`, and `options` for the
---other libraries.
---@param scheme string
---@param variable string  the environment's, with the URL
---@return string
function sql.module(scheme, variable)
    return ([[
        local url = os.getenv("%s")
        local user, password, host, port, database = url:match(
            "^%s://(.-):(.-)@(.-):(%%d+)/(.+)$")

        local open = package.preload["pandan.db.native"]
            and require("pandan.db").open or function() end

        return {
            db = open(url, { limit = 32 }),
            alone = open(url, { limit = 32, share_reads = false }),
            options = {
                host = host, port = tonumber(port), user = user,
                password = password, database = database,
            },
        }
    ]]):format(variable, scheme)
end

---@param small string  what the names of the simple rows begin with
---@param great string  and TechEmpower's
---@param quote string  the function that makes a text part of a statement
---@param row fun(name: string, expect: string, native: string, text: string,
---               finish?: string): table
---@return table[]
function sql.rows(small, great, quote, row)
    return {
        row(small .. "row", '"title":"Post 7"', ([[
            result = assert(db:row("%s$1", 7))
        ]]):format(POST), ([[
            result = assert(db:query("%s" .. %s("7")))[1]
        ]]):format(POST, quote)),
        row(small .. "20", '"title":"Post', ([[
            result = {}
            for i = 1, 20 do
                result[i] = assert(db:row("%s$1", math.random(100)))
            end
        ]]):format(POST), TWENTY:format(POST, 100)),
        row(small .. "batch", '"title":"Post', ([[
            local list = {}
            for i = 1, 20 do
                list[i] = { "%s$1", math.random(100) }
            end
            result = assert(db:batch(list))
            for i = 1, 20 do
                result[i] = result[i][1]
            end
        ]]):format(POST), TWENTY:format(POST, 100)),
        row(small .. "1000", "1000", [[
            result = { #assert(db:query("SELECT id, title, body FROM many")) }
        ]], [[
            result = { #assert(db:query("SELECT id, title, body FROM many")) }
        ]]),
        row(small .. "insert", '"affected":1', [[
            result = { affected = assert(db:query(
                "INSERT INTO notes (title) VALUES ($1)", "a note")).affected }
        ]], ([[
            result = { affected = assert(db:query(
                "INSERT INTO notes (title) VALUES ("
                .. %s("a note") .. ")")).affected_rows }
        ]]):format(quote)),
        row(great .. "db", '"randomnumber"', ([[
            result = assert(db:row("%s$1", math.random(10000)))
        ]]):format(WORLD), ([[
            result = assert(db:query("%s" .. math.random(10000)))[1]
        ]]):format(WORLD)),
        row(great .. "queries", '"randomnumber"', ([[
            local list = {}
            for i = 1, 20 do
                list[i] = { "%s$1", math.random(10000) }
            end
            result = assert(db:batch(list))
            for i = 1, 20 do
                result[i] = result[i][1]
            end
        ]]):format(WORLD), TWENTY:format(WORLD, 10000)),
        row(great .. "fortunes", "&lt;script&gt;", [[
            result = assert(db:query("SELECT id, message FROM fortune"))
        ]], [[
            result = assert(db:query("SELECT id, message FROM fortune"))
        ]], FORTUNES),
        row(great .. "updates", '"randomnumber"', ([[
            local list, changes = {}, {}
            for i = 1, 20 do
                list[i] = { "%s$1", i * 500 - math.random(0, 499) }
            end
            result = assert(db:batch(list))
            for i = 1, 20 do
                result[i] = result[i][1]
                result[i].randomnumber = math.random(10000)
                changes[i] = { "UPDATE world SET randomnumber = $1 "
                    .. "WHERE id = $2", result[i].randomnumber, result[i].id }
            end
            assert(db:batch(changes))
        ]]):format(WORLD), ([[
            result = {}
            for i = 1, 20 do
                result[i] = assert(db:query("%s"
                    .. i * 500 - math.random(0, 499)))[1]
                result[i].randomnumber = math.random(10000)
                assert(db:query("UPDATE world SET randomnumber = "
                    .. result[i].randomnumber .. " WHERE id = "
                    .. result[i].id))
            end
        ]]):format(WORLD)),
    }
end

return sql
