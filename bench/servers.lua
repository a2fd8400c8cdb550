-- SPDX-License-Identifier: MIT
--- Starts who is measured: one nginx each for nginx's own page, Debian's Lua
--- module and Pandan, and Node.  All have one worker, and the same settings.
local app = require("support.app")
local http = require("support.http")
local mysql = require("mysql")
local nginx = require("support.nginx")
local pages = require("pages")
local paths = require("support.paths")
local ports = require("support.ports")
local postgres = require("postgres")
local process = require("support.process")

local servers = {}

local SETTINGS = [[
    keepalive_requests 1000000000;
    keepalive_time 24h;
]]

local function locations(kind)
    local list = {}

    for _, page in ipairs(pages.list) do
        if page[kind] then
            list[#list + 1] = ("location = /%s { %s }"):format(page.name,
                page[kind])
        end
    end

    return table.concat(list, "\n")
end

local function described(server)
    return {
        pid = process.wait_until(5, function()
            return server:workers()[1]
        end),
        url = ("http://127.0.0.1:%d/"):format(server.port),
        port = server.port,
        log = function()
            return server:error_log()
        end,
    }
end

local function start(kind, options)
    options.server = locations(kind) .. (options.server or "")

    if kind ~= "nginx" then
        options.http = pages.http .. (options.http or "")
        options.server = options.server .. pages.server
    end

    options.log_level = "error"
    options.files = pages.files
    options.http = SETTINGS .. (options.http or "")

    return described(nginx.start(options))
end

---@param env table<string, string>
---@param more? table  { http, server, connections } of support.nginx
local function start_peer(env, more)
    local peer = paths.build .. "/bench/debian/usr"

    more = more or {}

    return start("peer", {
        modules = false,
        env = env,
        main = ("load_module %s/lib/nginx/modules/ndk_http_module.so;\n"
            .. "load_module %s/lib/nginx/modules/ngx_http_lua_module.so;")
            :format(peer, peer),
        connections = more.connections,
        server = more.server,
        http = ([[
            lua_package_path "{{dir}}/?.lua;{{root}}/framework/?.lua;]]
            .. mysql.path .. postgres.path .. [[%s/share/lua/5.1/?.lua;;";
            lua_package_cpath "{{build}}/lib/?.so;]]
            .. [[%s/lib/x86_64-linux-gnu/lua/5.1/?.so;;";
        ]]):format(peer, peer) .. (more.http or ""),
    })
end

local function start_node(script, env)
    local port = ports.free()
    local folder = paths.build .. "/bench/node"
    local server = process.start({ "node", folder .. "/" .. script }, {
        stdout = folder .. "/output.log",
        cwd = folder,
        env = {
            PORT = port, DATABASE = env.DATABASE, MYSQL = env.MYSQL,
            REDIS = "redis://127.0.0.1:" .. env.REDIS_PORT,
        },
    })

    require("support.cleanup").add(function()
        server:stop("TERM", 5)
    end)

    process.wait_until(10, function()
        return http.get(port, "/")
    end)

    return {
        pid = server.pid,
        port = port,
        url = ("http://127.0.0.1:%d/"):format(port),
        log = function()
            return ""
        end,
    }
end

---Debian's module and ours alone, with more of the configuration.
---@param more table  { http, server, connections } of support.nginx
---@return table  kind → as of servers.start()
function servers.start_pair(more)
    return {
        peer = start_peer({}, more),
        pandan = start("pandan", {
            connections = more.connections,
            http = more.http,
            server = more.server,
        }),
    }
end

---@param database table  of support.postgres
---@param sqlite string   the file
---@param mariadb? table  of support.mariadb
---@param store table     of support.redis
---@param memory table    of support.memcached
---@return table  kind → { pid, port, url, log() }
function servers.start(database, sqlite, mariadb, store, memory)
    local plain = start("nginx", { modules = false })
    local env = {
        ECHO = tostring(plain.port),
        DATABASE = database:url(),
        CONNINFO = ("host=127.0.0.1 port=%d user=%s dbname=%s"):format(
            database.port, database.user, database.database),
        SQLITE = sqlite,
        MYSQL = mariadb and mariadb:url() or "",
        REDIS_PORT = tostring(store.port),
        MEMCACHED_PORT = tostring(memory.port),
    }

    -- our modules of other drivers' interfaces
    local migration = [[lua_package_path "{{dir}}/?.lua;]]
        .. [[{{root}}/framework/migration/?.lua;]]
        .. [[{{root}}/framework/?.lua;;";]]

    return {
        nginx = plain,
        peer = start_peer(env),
        pandan = start("pandan", { env = env }),
        resty = mariadb and start("resty", { env = env, http = migration }),
        moon = start("moon", { env = env, http = migration }),
        node = start_node("server.mjs", env),
        node_mysql = mariadb and start_node("mysql.mjs", env),
        node_redis = start_node("redis.mjs", env),
        app = described(app.start({
            files = pages.app,
            env = "production",
            http = SETTINGS,
        })),
    }
end

return servers
