-- SPDX-License-Identifier: MIT
--- A PostgreSQL server of our own: in a temporary folder, on a free port and
--- a unix socket, without durability.  It ends with the spec file.
local database_server = require("support.database_server")
local files = require("support.files")
local process = require("support.process")
local shell = require("support.shell")

local run = database_server.run

local postgres = {}

local Postgres = database_server.class({
    name = "postgres",
    system_user = "postgres",
    made = "data/PG_VERSION",
    ready = "ready to accept", -- connections, or those that only read
    stopped_by = "INT",
})

local SETTINGS = {
    "fsync = off",
    "full_page_writes = off",
    "shared_buffers = 16MB",
    "max_wal_size = 64MB",
    "min_wal_size = 4MB",
    "max_connections = 60",
    "autovacuum = off",
    "logging_collector = off",
}

local function program(name)
    local found = shell.run(
        "ls -d /usr/lib/postgresql/*/bin/" .. name .. " | sort -V | tail -n 1"
    ).stdout:gsub("%s+$", "")

    return found ~= "" and found or name
end

--- PostgreSQL refuses to run as root.
local function as_user(words)
    if not process.is_root() then
        return words
    end

    local user = Postgres.system_user
    local list = { "setpriv", "--reuid=" .. user, "--regid=" .. user,
        "--clear-groups", "--pdeathsig", "QUIT" }

    for _, word in ipairs(words) do
        list[#list + 1] = word
    end

    return list
end

local function quoted(words)
    local list = {}

    for i, word in ipairs(words) do
        list[i] = shell.quote(word)
    end

    return table.concat(list, " ")
end

--- It takes a second.
function Postgres.init(dir)
    files.write(dir .. "/password", database_server.PASSWORD)
    database_server.own(Postgres, dir)
    run(quoted(as_user({
        program("initdb"), "-D", dir .. "/data", "-U", database_server.USER,
        "-E", "UTF8", "--locale=C", "-N", "--wal-segsize=1",
        "-A", "scram-sha-256", "--pwfile=" .. dir .. "/password",
    })))
end

local function configure(server, options)
    local lines = {
        "port = " .. server.port,
        "listen_addresses = '127.0.0.1'",
        "unix_socket_directories = '" .. server.dir .. "'",
    }

    for _, list in ipairs({ SETTINGS, options.settings or {} }) do
        for _, line in ipairs(list) do
            lines[#lines + 1] = line
        end
    end

    local auth = options.auth == "scram" and "scram-sha-256"
        or options.auth or "trust"

    files.write(server.dir .. "/data/postgresql.auto.conf",
        table.concat(lines, "\n") .. "\n")
    files.write(server.dir .. "/data/pg_hba.conf", (options.hba or "")
        .. ([[
local all all %s
host all all 127.0.0.1/32 %s
local replication all trust
]]):format(auth, auth))
end

function Postgres:launch()
    self:run(as_user({ program("postgres"), "-D", self.dir .. "/data" }),
        { dies_by = "QUIT" })
end

---Starts a server with one empty database.
---@param options? table
---  auth      "trust" (default), "scram", or any word of pg_hba.conf
---  settings  more lines of postgresql.conf
---  hba       lines of pg_hba.conf before those of `auth`
---@return table  with dir, port, user, password, database
function postgres.start(options)
    options = options or {}

    local server = database_server.new(Postgres)

    configure(server, options)
    database_server.own(Postgres, server.dir)
    server:launch()
    server:psql("CREATE DATABASE " .. server.database, "postgres")

    return server
end

---Starts a hot standby that follows this server.
---@return table
function Postgres:standby()
    local from = ("host=%s port=%d user=%s"):format(self.dir, self.port,
        self.user)
    local copy = database_server.new(Postgres, function(dir)
        run(quoted({ program("pg_basebackup"), "--pgdata=" .. dir .. "/data",
            "--dbname=" .. from, "--checkpoint=fast" }))
    end)

    configure(copy, { settings = { "primary_conninfo = '" .. from .. "'" } })
    files.write(copy.dir .. "/data/standby.signal", "")
    database_server.own(Postgres, copy.dir)
    copy:launch()

    return copy
end

---Waits until this standby has all that its primary has committed.
---@param primary table
function Postgres:follow(primary)
    local lsn = primary:psql("SELECT pg_current_wal_lsn()")
    local there = process.wait_until(10, function()
        return self:psql("SELECT pg_last_wal_replay_lsn() >= '" .. lsn
            .. "'") == "t"
    end)

    assert(there, "the standby does not follow")
end

---postgres://user:password@127.0.0.1:port/database
---@param options? table  socket = true: through the unix socket; database,
---                       password
---@return string
function Postgres:url(options)
    options = options or {}

    local head = self:head("postgres", options)
    local database = options.database or self.database

    if options.socket then
        return ("%s/%s?host=%s&port=%d"):format(head, database, self.dir,
            self.port)
    end

    return ("%s127.0.0.1:%d/%s"):format(head, self.port, database)
end

---Runs SQL; raises when it fails.
---@param sql string
---@param database? string
---@return string  the values, a line a row, columns parted by "|"
function Postgres:psql(sql, database)
    return self:client(
        ("psql -X -q -A -t -v ON_ERROR_STOP=1 -h %s -p %d -U %s -d %s")
        :format(self.dir, self.port, self.user, database or self.database),
        { input = sql, env = { PGPASSWORD = self.password } }
    )
end

--- As other servers have it.
Postgres.ask = Postgres.psql

---Makes all of its processes stand still, as behind a cut wire, until
---continue().
function Postgres:pause()
    self.paused = self:psql("SELECT string_agg(pid::text, ' ') FROM "
        .. "pg_stat_activity WHERE pid <> pg_backend_pid()")
    run("kill -STOP " .. self.process.pid .. " " .. self.paused)
end

function Postgres:continue()
    run("kill -CONT " .. self.process.pid .. " " .. self.paused)
end

---Kills the processes that run statements like this one, by SIGKILL; the
---server ends all others then, and goes on.
---@param pattern string  of LIKE
function Postgres:kill_running(pattern)
    local pids = self:psql("SELECT string_agg(pid::text, ' ') "
        .. "FROM pg_stat_activity WHERE state = 'active' AND pid <> "
        .. "pg_backend_pid() AND query LIKE '" .. pattern .. "'")

    assert(pids:find("%d"), "nothing runs that is like " .. pattern)
    -- the first one's death may end the others before their turn
    shell.run("kill -KILL " .. pids)
end

return postgres
