-- SPDX-License-Identifier: MIT
--- Measures each page on each server that has it, in turns, and prints the
--- medians with their ratios: luajit bench/main.lua [PAGE ...]
local root = assert(os.getenv("PANDAN_ROOT"), "use `make bench`")

package.path = table.concat({
    root .. "/bench/?.lua",
    root .. "/framework/?.lua",
    root .. "/spec/?.lua",
    package.path,
}, ";")
package.cpath = (os.getenv("PANDAN_BUILD") or root .. "/build")
    .. "/lib/?.so;" .. package.cpath

local cleanup = require("support.cleanup")
local files = require("support.files")
local http = require("support.http")
local measure = require("measure")
local memcached = require("support.memcached")
local memory = require("memory")
local mysql = require("mysql")
local packages = require("packages")
local pages = require("pages")
local pg_rows = require("postgres")
local postgres = require("support.postgres")
local process = require("support.process")
local redis = require("support.redis")
local servers = require("servers")
local shell = require("support.shell")
local sqlite_rows = require("sqlite")
local stream = require("stream")

local ROUNDS = tonumber(os.getenv("ROUNDS")) or 5
local SECONDS = tonumber(os.getenv("SECONDS_EACH")) or 1

local KINDS = { "nginx", "peer", "pandan", "resty", "moon", "app", "node",
    "node_mysql", "node_redis" }

local TITLES = {
    nginx = "nginx return 200",
    peer = "libnginx-mod-http-lua",
    pandan = "Pandan",
    app = "Pandan, framework",
    resty = "Pandan as resty.mysql",
    moon = "Pandan as pgmoon",
    node = "Node, pg",
    node_mysql = "Node, mysql2",
    node_redis = "Node, redis",
}

local function wanted(page, names)
    if #names == 0 then
        return true
    end

    for _, name in ipairs(names) do
        if name == page.name then
            return true
        end
    end

    return false
end

--- Rows for `ngx.*` use nginx's server as the other end, never as a peer.
local function is_measured(page, kind)
    return page[kind] and not (page.share and kind == "nginx")
end

--- Only a page that says the right thing is measured.
local function runners_of(page, running)
    local list = {}

    for _, kind in ipairs(KINDS) do
        local server = is_measured(page, kind) and running[kind]

        if server then
            local path = "/" .. page.name

            if kind == "app" then
                path = "/"
            end

            local response, err = http.get(server.port, path)
            local body = response and response.body or tostring(err)

            if body:find(page.expect, 1, true) then
                list[#list + 1] = { kind = kind, server = server,
                    url = server.url .. path:sub(2), rates = {} }
            else
                io.stdout:write(("%s has no page '%s': %s\n%s\n"):format(
                    TITLES[kind], page.name, body:sub(1, 200),
                    server.log():sub(-600)))
            end
        end
    end

    return list
end

local function measure_page(page, running)
    local runners = runners_of(page, running)

    for _, runner in ipairs(runners) do
        measure.once(runner.server.pid, runner.url, 1)
    end

    for _ = 1, ROUNDS do
        for _, runner in ipairs(runners) do
            table.insert(runner.rates, measure.once(runner.server.pid,
                runner.url, SECONDS))
        end
    end

    return runners
end

--- Of the rows for `ngx.*`: our requests for each CPU-second to the peer's.
local ratios = {}

local function print_mean()
    local sum = 0

    for _, ratio in ipairs(ratios) do
        sum = sum + math.log(ratio)
    end

    if #ratios > 0 then
        io.stdout:write(("geometric mean of %d rows, Pandan to %s: %.2f\n")
            :format(#ratios, TITLES.peer, math.exp(sum / #ratios)))
    end
end

local function print_page(page, runners)
    local base

    for _, runner in ipairs(runners) do
        runner.rate = measure.median(runner.rates)

        if runner.kind == "pandan" then
            base = runner.rate
        end
    end

    for _, runner in ipairs(runners) do
        if page.share and runner.kind == "peer" and base then
            ratios[#ratios + 1] = base / runner.rate
        end

        io.stdout:write(("%-10s %-24s %9.0f %s\n"):format(page.name,
            TITLES[runner.kind], runner.rate,
            base and ("%6.2f"):format(runner.rate / base) or ""))
    end

    io.stdout:flush()
end

local function measure_memory(names)
    for _, row in ipairs(memory.rows) do
        if wanted(row, names) then
            local pair = servers.start_pair(memory)
            local peer = memory.measure(row, pair.peer)
            local ours = memory.measure(row, pair.pandan)

            io.stdout:write(("%-10s bytes each: %s %.0f, Pandan %.0f, "
                .. "Pandan to it %.2f\n"):format(row.name, TITLES.peer, peer,
                ours, ours / peer))
            io.stdout:flush()
        end
    end
end

--- MariaDB takes its time, so it is started for its own rows only.
local function start_mysql(names)
    for _, page in ipairs(pages.list) do
        if page.database == "mysql" and wanted(page, names) then
            mysql.say()
            return mysql.start(pages.schema)
        end
    end
end

--- Those that measure themselves, and share no server with others.
local function measure_apart(names)
    local rest = #names

    for _, rows in ipairs({ packages.rows, stream.rows }) do
        for _, row in ipairs(rows) do
            if wanted(row, names) then
                row.measure(ROUNDS, SECONDS)
                rest = rest - 1
            end
        end
    end

    return rest ~= 0 or #names == 0
end

local function main(names)
    if not measure_apart(names) then
        return
    end

    local folder = process.folder("pandan-bench")
    local database = postgres.start({
        settings = { "max_connections = 200" },
    })
    local sqlite = folder .. "/bench.sqlite3"

    cleanup.add(function()
        files.remove(folder)
    end)
    database:psql(pages.schema)
    database:psql(pg_rows.schema)
    pg_rows.say()
    for _, path in ipairs({ sqlite, sqlite .. "-peer" }) do
        shell.run("sqlite3 " .. path,
            { input = pages.schema .. sqlite_rows.schema })
    end

    local running = servers.start(database, sqlite, start_mysql(names),
        redis.start(), memcached.start())

    io.stdout:write(("%-10s %-24s %9s %s\n"):format("page", "server",
        "req/CPU-s", "of Pandan"))

    for _, page in ipairs(pages.list) do
        if wanted(page, names) then
            print_page(page, measure_page(page, running))
        end
    end

    print_mean()
    measure_memory(names)
end

local ok, err = xpcall(main, debug.traceback, arg)

for _, problem in ipairs(cleanup.run(false)) do
    io.stderr:write(problem, "\n")
end

if not ok then
    io.stderr:write(tostring(err), "\n")
end

os.exit(ok and 0 or 1)
