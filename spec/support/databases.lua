-- SPDX-License-Identifier: MIT
--- An nginx that runs pieces of Lua against a database, for each of the three.
---
---     for name, start in databases.each() do
---         local app = start()
---         app:run [[ assert(db:value("SELECT 1") == 1) ]]
---
--- The pieces see `db`, its `url`, and the module `Db`.
local mariadb = require("support.mariadb")
local pieces = require("support.pieces")
local postgres = require("support.postgres")

local databases = {}

--- For specs of modules with the interface of other drivers: `http` puts them
--- on the path, and `code` has options(more), what they connect with.
databases.COMPAT = {
    http = [[
        lua_check_client_abort on;
        lua_package_path "{{root}}/framework/migration/?.lua;]]
        .. [[{{root}}/framework/?.lua;{{root}}/framework/?/init.lua;;";
    ]],
    code = [[
        function options(more)
            local user, password, host, port, database = url:match(
                "^%w+://(.-):(.-)@(.-):(%d+)/(.+)$")
            local given = {
                host = host, port = tonumber(port), user = user,
                password = password, database = database,
            }
            for k, v in pairs(more or {}) do given[k] = v end
            return given
        end
    ]],
}

local PRELUDE = [[
    Db = require("pandan.db")
    url = %q
    db = Db.open(url, { root = dir })
]]

-- What is only ours is stopped with the nginx.
local function stop(app)
    app.nginx:stop()

    if app.postgres then
        app.postgres:stop()
    end
    if app.mariadb then
        app.mariadb:stop()
    end
end

local function start(dialect, options)
    options = options or {}

    local own = { dialect = dialect, stop = stop }

    if dialect == "postgres" then
        own.postgres = postgres.start({
            auth = "scram", settings = options.settings,
            hba = options.hba,
        })
        own.url = own.postgres:url()
    elseif dialect == "mysql" then
        own.mariadb = mariadb.start({ settings = options.settings })
        own.url = own.mariadb:url()
    else
        own.url = options.url or "sqlite:app.sqlite3"
    end

    own.server = own.postgres or own.mariadb

    if options.query then
        own.url = own.url .. "?" .. options.query
    end

    local app = pieces.start(PRELUDE:format(own.url), options)

    for name, value in pairs(own) do
        app[name] = value
    end
    return app
end

local function each(names)
    local i = 0

    return function()
        i = i + 1

        local name = names[i]
        return name, name and function(options)
            return start(name, options)
        end
    end
end

---Iterates over name and a function that starts an app with this database;
---options: code (run before each piece), query (of the URL), server, http,
---settings (of the server), hba (lines of PostgreSQL's pg_hba.conf).
function databases.each()
    return each({ "sqlite", "postgres", "mysql" })
end

---Only those that are servers; app.server is theirs, whatever its kind.
function databases.servers()
    return each({ "postgres", "mysql" })
end

---@param options? table
function databases.sqlite(options)
    return start("sqlite", options)
end

---@param options? table
function databases.postgres(options)
    return start("postgres", options)
end

---@param options? table
function databases.mysql(options)
    return start("mysql", options)
end

---For random values: SEED=n repeats a run.
function databases.seed()
    return tonumber(os.getenv("SEED")) or os.time()
end

return databases
