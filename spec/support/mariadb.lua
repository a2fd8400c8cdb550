-- SPDX-License-Identifier: MIT
--- A MariaDB server of our own: in a temporary folder, on a free port and a
--- unix socket, without durability.  It ends with the spec file.
local cleanup = require("support.cleanup")
local files = require("support.files")
local ports = require("support.ports")
local process = require("support.process")
local shell = require("support.shell")

local mariadb = {}

local MariaDB = {}

MariaDB.__index = MariaDB

local USER = "pandan"
local PASSWORD = "secret"
local DATABASE = "pandan_test"
local SYSTEM_USER = "mysql"

local SETTINGS = {
    "innodb_flush_log_at_trx_commit = 0",
    "innodb_buffer_pool_size = 16M",
    "innodb_log_file_size = 4M",
    "innodb_fast_shutdown = 2",
    "aria_pagecache_buffer_size = 1M",
    "key_buffer_size = 1M",
    "max_connections = 100",
    "skip_name_resolve",
    "log_warnings = 1",
}

local function run_or_fail(command)
    local result = shell.run(command, { timeout = 60 })

    if result.code ~= 0 then
        error(command .. "\n" .. result.stdout .. result.stderr, 0)
    end
end

--- It refuses to run as root, unless it is told to give that up.
local function user_option()
    return process.is_root() and "--user=" .. SYSTEM_USER or ""
end

local function own(path)
    if process.is_root() then
        run_or_fail("chown -R " .. SYSTEM_USER .. " " .. path)
    end
end

local function init(dir)
    run_or_fail(("mkdir -p %s/data"):format(dir))
    own(dir)
    run_or_fail(("mariadb-install-db --no-defaults --datadir=%s/data "
        .. "--auth-root-authentication-method=normal --skip-test-db "
        .. "--tmpdir=%s/data --innodb-log-file-size=4M %s")
        :format(dir, dir, user_option()))
end

--- It takes seconds; a run of many files makes the folder once.
local function template()
    local base = os.getenv("PANDAN_SPEC_TMP")

    if not base then
        return nil
    end

    local ready = base .. "/mariadb-template"

    if not files.exists(ready .. "/data/mysql") then
        local fresh = process.folder("mariadb-template")

        init(fresh)

        -- when another file was faster, its folder is as good
        shell.run(("mv -T %s %s || rm -rf %s"):format(fresh, ready, fresh))
    end

    return ready
end

local function configure(server, settings)
    local lines = {
        "[mariadbd]", "datadir = " .. server.dir .. "/data",
        "tmpdir = " .. server.dir .. "/data",
        "port = " .. server.port, "bind_address = 127.0.0.1",
        "socket = " .. server.dir .. "/socket",
        "pid_file = " .. server.dir .. "/data/pid",
    }

    for _, list in ipairs({ SETTINGS, settings or {} }) do
        for _, line in ipairs(list) do
            lines[#lines + 1] = line
        end
    end

    files.write(server.dir .. "/my.cnf", table.concat(lines, "\n") .. "\n")
end

function MariaDB:launch()
    self.process = process.start(
        { "mariadbd", "--defaults-file=" .. self.dir .. "/my.cnf",
            process.is_root() and user_option() or nil },
        {
            stdout = self.dir .. "/mariadb.log",
            env = { LD_PRELOAD = false, ASAN_OPTIONS = false },
        }
    )

    local state = process.wait_until(30, function()
        if not self.process:running() then
            return "dead"
        end

        return self:log():find("ready for connections", self.mark, true)
            and "up"
    end)

    if state ~= "up" then
        error("MariaDB did not start:\n" .. self:log(), 3)
    end
end

---Starts a server with one empty database and one user.
---@param options? table
---  settings  more lines of its configuration
---@return table  with dir, port, user, password, database
function mariadb.start(options)
    options = options or {}

    local ready = template()
    local server = setmetatable({
        dir = process.folder("pandan-mariadb"),
        port = ports.free(),
        user = USER,
        password = PASSWORD,
        database = DATABASE,
        mark = 1,
    }, MariaDB)

    cleanup.add(function(failed)
        return server:finish(failed)
    end)

    if ready then
        run_or_fail(("cp -a %s/data %s/data"):format(ready, server.dir))
    else
        init(server.dir)
    end

    configure(server, options.settings)
    own(server.dir)
    server:launch()
    server:mysql(([[
        CREATE DATABASE %s CHARACTER SET utf8mb4;
        CREATE USER %s@'%%' IDENTIFIED BY '%s';
        GRANT ALL ON *.* TO %s@'%%'
    ]]):format(DATABASE, USER, PASSWORD, USER))

    return server
end

---@return string
function MariaDB:log()
    return files.read(self.dir .. "/mariadb.log") or ""
end

---mysql://user:password@127.0.0.1:port/database
---@param options? table  socket = true: through the unix socket; user,
---                       password, database
---@return string
function MariaDB:url(options)
    options = options or {}

    local head = ("mysql://%s:%s@"):format(options.user or self.user,
        options.password or self.password)
    local database = options.database or self.database

    if options.socket then
        return ("%s/%s?socket=%s/socket"):format(head, database, self.dir)
    end

    return ("%s127.0.0.1:%d/%s"):format(head, self.port, database)
end

---Runs SQL as root; raises when it fails.
---@param sql string
---@return string  the values, a line a row, columns parted by tabs
function MariaDB:mysql(sql)
    local result = shell.run(
        ("mariadb --no-defaults -N -B -u root -S %s/socket"):format(self.dir),
        { input = sql }
    )

    if result.code ~= 0 then
        error(result.stderr, 2)
    end

    return (result.stdout:gsub("\n$", ""))
end

---Ends it, cutting off its clients.
function MariaDB:stop()
    self.process:stop("TERM", 20)
end

---Kills it, as a crash would.
function MariaDB:kill()
    self.process:kill()
end

---Makes it stand still, as behind a cut wire, until continue().
function MariaDB:pause()
    self.process:signal("STOP")
end

function MariaDB:continue()
    self.process:signal("CONT")
end

---Starts it again after stop() or kill(), on the same port.
function MariaDB:restart()
    if not self.process.code then
        self:stop()
    end

    self.mark = #self:log() + 1
    self:launch()
end

---At the end of the spec file.
function MariaDB:finish(failed)
    if self.process and not self.process.code then
        self.process:stop("TERM", 20)
    end

    if failed then
        io.stdout:write("kept: ", self.dir, "\n")
    else
        files.remove(self.dir)
    end
end

return mariadb
