-- SPDX-License-Identifier: MIT
--- Rows for MariaDB: ours, lua-resty-mysql on Debian's Lua module, and Node's
--- mysql2. Debian has no lua-resty-mysql: LUA_RESTY_MYSQL is the folder of one
--- that lies beside the project (with lib/resty/mysql.lua in it).
local mariadb = require("support.mariadb")

local mysql = {}

local RESTY = os.getenv("LUA_RESTY_MYSQL")

local function page(code)
    return "content_by_lua_block {\n" .. code .. "\n}"
end

-- The application's code, the same for both modules of that interface.
local function resty(code)
    return page(([[
        local options = require("bench_mysql").options
        local db = assert(require("resty.mysql"):new())

        db:set_timeout(5000)
        assert(db:connect(options))

        local result
        %s
        db:set_keepalive(60000, 16)
        ngx.header["Content-Type"] = "application/json"
        ngx.print(require("pandan.json").encode(result))
    ]]):format(code))
end

local function ours(code)
    return page(([[
        local db = require("bench_mysql").db
        local result
        %s
        ngx.header["Content-Type"] = "application/json"
        ngx.print(require("pandan.json").encode(result))
    ]]):format(code))
end

local function row(name, expect, native, text)
    return {
        name = "mysql-" .. name,
        expect = expect,
        database = "mysql",
        peer = RESTY and resty(text),
        pandan = ours(native),
        resty = resty(text),
        node_mysql = true,
    }
end

mysql.rows = {
    row("row", '"title":"Post 7"', [[
        result = assert(db:row(
            "SELECT id, title, body FROM posts WHERE id = $1", 7))
    ]], [[
        result = assert(db:query(
            "SELECT id, title, body FROM posts WHERE id = "
            .. ngx.quote_sql_str("7")))[1]
    ]]),
    row("20", '"title":"Post', [[
        result = {}
        for i = 1, 20 do
            result[i] = assert(db:row(
                "SELECT id, title, body FROM posts WHERE id = $1",
                math.random(100)))
        end
    ]], [[
        result = {}
        for i = 1, 20 do
            result[i] = assert(db:query(
                "SELECT id, title, body FROM posts WHERE id = "
                .. math.random(100)))[1]
        end
    ]]),
    row("1000", "1000", [[
        result = { #assert(db:query("SELECT id, title, body FROM many")) }
    ]], [[
        result = { #assert(db:query("SELECT id, title, body FROM many")) }
    ]]),
    row("insert", '"affected":1', [[
        result = { affected = assert(db:query(
            "INSERT INTO notes (title) VALUES ($1)", "a note")).affected }
    ]], [[
        result = { affected = assert(db:query(
            "INSERT INTO notes (title) VALUES ("
            .. ngx.quote_sql_str("a note") .. ")")).affected_rows }
    ]]),
}

mysql.files = {
    ["bench_mysql.lua"] = [[
        -- only what MySQL 8 asks for by default needs it
        package.preload["resty.sha256"] = package.preload["resty.sha256"]
            or function() return {} end

        local url = os.getenv("MYSQL")
        local user, password, host, port, database = url:match(
            "^mysql://(.-):(.-)@(.-):(%d+)/(.+)$")

        return {
            db = package.preload["pandan.db.native"]
                and require("pandan.db").open(url),
            options = {
                host = host, port = tonumber(port), user = user,
                password = password, database = database,
            },
        }
    ]],
}

--- For lua_package_path of Debian's module.
mysql.path = RESTY and RESTY .. "/lib/?.lua;" or ""

function mysql.say()
    if not RESTY then
        io.stdout:write("no lua-resty-mysql to measure: LUA_RESTY_MYSQL is "
            .. "its folder\n")
    end
end

---@param schema string  what fills every database
---@return table  of support.mariadb
function mysql.start(schema)
    local server = mariadb.start()

    server:mysql("USE " .. server.database .. ";" .. schema .. [[
        CREATE TABLE many AS SELECT seq AS id, concat('Post ', seq) AS title,
            concat('The body of post ', seq) AS body FROM seq_1_to_1000;
        CREATE TABLE notes (id integer PRIMARY KEY AUTO_INCREMENT,
            title varchar(100));
    ]])

    return server
end

return mysql
