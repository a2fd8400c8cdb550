-- SPDX-License-Identifier: MIT
--- Rows for MariaDB: ours, lua-resty-mysql on Debian's Lua module, and Node's
--- mysql2. Debian has no lua-resty-mysql: LUA_RESTY_MYSQL is the folder of one
--- that lies beside the project (with lib/resty/mysql.lua in it).
local mariadb = require("support.mariadb")
local sql = require("sql")

local mysql = {}

local RESTY = os.getenv("LUA_RESTY_MYSQL")

-- The application's code, the same for both modules of that interface.
local function resty(code, finish)
    return sql.page(([[
        local options = require("bench_mysql").options
        local db = assert(require("resty.mysql"):new())

        db:set_timeout(5000)
        assert(db:connect(options))

        local result
        %s
        db:set_keepalive(60000, 32)
    ]]):format(code), finish)
end

mysql.rows = sql.rows("mysql-", "mysql-te-", "ngx.quote_sql_str",
    function(name, expect, native, text, finish)
        return {
            name = name,
            expect = expect,
            database = "mysql",
            peer = RESTY and resty(text, finish),
            pandan = sql.ours("bench_mysql", native, finish),
            resty = resty(text, finish),
            node_mysql = true,
        }
    end)

-- One row again, where each request has a connection of its own.
mysql.rows[#mysql.rows + 1] = sql.alone("mysql-alone", "bench_mysql", "mysql")

-- Of the library's own needs only what MySQL 8 asks for by default.
mysql.files = {
    ["bench_mysql.lua"] = [[
        package.preload["resty.sha256"] = package.preload["resty.sha256"]
            or function() return {} end
    ]] .. sql.module("mysql", "MYSQL"),
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
    local server = mariadb.start({ settings = { "max_connections = 300" } })

    server:mysql("USE " .. server.database .. ";" .. schema .. [[
        CREATE TABLE many AS SELECT seq AS id, concat('Post ', seq) AS title,
            concat('The body of post ', seq) AS body FROM seq_1_to_1000;
        CREATE TABLE notes (id integer PRIMARY KEY AUTO_INCREMENT,
            title varchar(100));
        CREATE TABLE world (id integer PRIMARY KEY, randomnumber integer)
            AS SELECT seq AS id, seq AS randomnumber FROM seq_1_to_10000;
        CREATE TABLE fortune (id integer, message text) AS SELECT seq AS id,
            concat('Fortune ', seq) AS message FROM seq_1_to_11;
        INSERT INTO fortune VALUES (12, '<script>alert("no");</script>');
    ]])

    return server
end

return mysql
