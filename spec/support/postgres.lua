-- SPDX-License-Identifier: MIT
--- A PostgreSQL server of our own: in a temporary folder, on a free port and
--- a unix socket, without durability.  It ends with the spec file.
local cleanup = require("support.cleanup")
local files = require("support.files")
local ports = require("support.ports")
local process = require("support.process")
local shell = require("support.shell")

local postgres = {}

local Postgres = {}

Postgres.__index = Postgres

local USER = "pandan"
local PASSWORD = "secret"
local DATABASE = "pandan_test"
local SYSTEM_USER = "postgres"

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

local function run_or_fail(command)
    local result = shell.run(command, { timeout = 60 })

    if result.code ~= 0 then
        error(command .. "\n" .. result.stdout .. result.stderr, 0)
    end

    return result.stdout
end

--- PostgreSQL refuses to run as root.
local function as_user(words)
    if not process.is_root() then
        return words
    end

    local list = { "setpriv", "--reuid=" .. SYSTEM_USER,
        "--regid=" .. SYSTEM_USER, "--clear-groups", "--pdeathsig", "QUIT" }

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

local function own(path)
    if process.is_root() then
        run_or_fail("chown -R " .. SYSTEM_USER .. " " .. path)
    end
end

local function init(dir)
    files.write(dir .. "/password", PASSWORD)
    own(dir)
    run_or_fail(quoted(as_user({
        program("initdb"), "-D", dir .. "/data", "-U", USER, "-E", "UTF8",
        "--locale=C", "-N", "--wal-segsize=1", "-A", "scram-sha-256",
        "--pwfile=" .. dir .. "/password",
    })))
end

--- initdb takes a second; a run of many files makes the folder once.
local function template()
    local base = os.getenv("PANDAN_SPEC_TMP")

    if not base then
        return nil
    end

    local ready = base .. "/postgres-template"

    if not files.exists(ready .. "/data/PG_VERSION") then
        local fresh = process.folder("postgres-template")

        init(fresh)

        -- when another file was faster, its folder is as good
        shell.run(("mv -T %s %s || rm -rf %s"):format(fresh, ready, fresh))
    end

    return ready
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
]]):format(auth, auth))
end

function Postgres:launch()
    self.process = process.start(
        as_user({ program("postgres"), "-D", self.dir .. "/data" }),
        {
            stdout = self.dir .. "/postgres.log",
            env = { LD_PRELOAD = false, ASAN_OPTIONS = false },
            dies_by = "QUIT",
        }
    )

    local state = process.wait_until(30, function()
        if not self.process:running() then
            return "dead"
        end

        return self:log():find("ready to accept connections", self.mark, true)
            and "up"
    end)

    if state ~= "up" then
        error("PostgreSQL did not start:\n" .. self:log(), 3)
    end
end

---Starts a server with one empty database.
---@param options? table
---  auth      "trust" (default), "scram", or any word of pg_hba.conf
---  settings  more lines of postgresql.conf
---  hba       lines of pg_hba.conf before those of `auth`
---@return table  with dir, port, user, password, database
function postgres.start(options)
    options = options or {}

    local ready = template()
    local server = setmetatable({
        dir = process.folder("pandan-postgres"),
        port = ports.free(),
        user = USER,
        password = PASSWORD,
        database = DATABASE,
        mark = 1,
    }, Postgres)

    cleanup.add(function(failed)
        return server:finish(failed)
    end)

    if ready then
        run_or_fail(("cp -a %s/data %s/data"):format(ready, server.dir))
    else
        init(server.dir)
    end

    configure(server, options)
    own(server.dir)
    server:launch()
    server:psql("CREATE DATABASE " .. DATABASE, "postgres")

    return server
end

---@return string
function Postgres:log()
    return files.read(self.dir .. "/postgres.log") or ""
end

---postgres://user:password@127.0.0.1:port/database
---@param options? table  socket = true: through the unix socket; database,
---                       password
---@return string
function Postgres:url(options)
    options = options or {}

    local head = ("postgres://%s:%s@"):format(self.user,
        options.password or self.password)
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
    local result = shell.run(
        ("psql -X -q -A -t -v ON_ERROR_STOP=1 -h %s -p %d -U %s -d %s")
        :format(self.dir, self.port, self.user, database or self.database),
        { input = sql, env = { PGPASSWORD = self.password } }
    )

    if result.code ~= 0 then
        error(result.stderr, 2)
    end

    return (result.stdout:gsub("\n$", ""))
end

---Ends it, cutting off its clients.
function Postgres:stop()
    self.process:stop("INT", 10)
end

---Kills it and all of its processes, as a crash would.
function Postgres:kill()
    self.process:kill()
end

---Makes all of its processes stand still, as behind a cut wire, until
---continue().
function Postgres:pause()
    self.paused = self:psql("SELECT string_agg(pid::text, ' ') FROM "
        .. "pg_stat_activity WHERE pid <> pg_backend_pid()")
    run_or_fail("kill -STOP " .. self.process.pid .. " " .. self.paused)
end

function Postgres:continue()
    run_or_fail("kill -CONT " .. self.process.pid .. " " .. self.paused)
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

---Starts it again after stop() or kill(), on the same port.
function Postgres:restart()
    if not self.process.code then
        self:stop()
    end

    self.mark = #self:log() + 1
    self:launch()
end

---At the end of the spec file.
function Postgres:finish(failed)
    if self.process and not self.process.code then
        self.process:stop("QUIT", 10)
    end

    if failed then
        io.stdout:write("kept: ", self.dir, "\n")
    else
        files.remove(self.dir)
    end
end

return postgres
