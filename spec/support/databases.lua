-- SPDX-License-Identifier: MIT
--- An nginx that runs pieces of Lua against a database, for each of the three.
---
---     for name, start in databases.each() do
---         local app = start()
---         app:run [[ assert(db:value("SELECT 1") == 1) ]]
---
--- The pieces see `db`, its `url`, and the module `Db`.
local files = require("support.files")
local mariadb = require("support.mariadb")
local nginx = require("support.nginx")
local postgres = require("support.postgres")

local databases = {}

local App = {}

App.__index = App

local PIECES = 40

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

-- A piece is read from its file each time, so it needs no reload.
local LOCATION = [[
    location = /piece%d {
        content_by_lua_block {
            local Db = require("pandan.db")
            local env = setmetatable({
                Db = Db, url = %q, db = Db.open(%q, { root = "{{dir}}" }),
                dir = "{{dir}}",
            }, { __index = _G })

            setfenv(assert(loadfile("{{dir}}/shared.lua")), env)()

            local piece = assert(loadfile("{{dir}}/piece%d.lua"))
            local ok, result = xpcall(setfenv(piece, env), debug.traceback)
            ngx.print(ok and tostring(result or "ok")
                or "FAILED " .. tostring(result))
        }
    }
]]

local function locations(url)
    local list = {}

    for i = 1, PIECES do
        list[i] = LOCATION:format(i, url, url, i)
    end

    return table.concat(list)
end

local function start(dialect, options)
    options = options or {}

    local app = setmetatable({ dialect = dialect, pieces = 0 }, App)

    if dialect == "postgres" then
        app.postgres = postgres.start({
            auth = "scram", settings = options.settings,
            hba = options.hba,
        })
        app.url = app.postgres:url()
    elseif dialect == "mysql" then
        app.mariadb = mariadb.start({ settings = options.settings })
        app.url = app.mariadb:url()
    else
        app.url = options.url or "sqlite:app.sqlite3"
    end

    if options.query then
        app.url = app.url .. "?" .. options.query
    end

    app.nginx = nginx.start({
        main = options.main,
        server = locations(app.url) .. (options.server or ""),
        http = options.http,
        workers = options.workers,
        files = { ["shared.lua"] = options.code or "" },
    })

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

---Writes a piece of Lua to be run at the path that is returned.
function App:piece(code)
    self.pieces = self.pieces % PIECES + 1

    local name = "piece" .. self.pieces

    files.write(self.nginx.dir .. "/" .. name .. ".lua", code)

    return "/" .. name
end

---Runs it in a request; gives what it returned, as a string.
---@param code string
---@return string
function App:run(code)
    local response = self.nginx:get(self:piece(code), { timeout = 40 })

    if response.status ~= 200 or response.body:find("^FAILED") then
        error(response.body .. (response.status ~= 200
            and self.nginx:error_log():sub(-2000) or ""), 2)
    end

    return response.body
end

function App:stop()
    self.nginx:stop()

    if self.postgres then
        self.postgres:stop()
    end
    if self.mariadb then
        self.mariadb:stop()
    end
end

return databases
