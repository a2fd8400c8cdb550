-- SPDX-License-Identifier: MIT
--- A MariaDB server of our own: in a temporary folder, on a free port and a
--- unix socket, without durability.  It ends with the spec file.
local database_server = require("support.database_server")
local files = require("support.files")
local process = require("support.process")

local run = database_server.run

local mariadb = {}

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

local MariaDB = database_server.class({
    name = "mariadb",
    system_user = "mysql",
    made = "data/mysql",
    ready = "ready for connections",
    stopped_by = "TERM",
})

--- It refuses to run as root, unless it is told to give that up.
local function user_option()
    return process.is_root() and "--user=" .. MariaDB.system_user or ""
end

--- It takes seconds.
function MariaDB.init(dir)
    run(("mkdir -p %s/data"):format(dir))
    database_server.own(MariaDB, dir)
    run(("mariadb-install-db --no-defaults --datadir=%s/data "
        .. "--auth-root-authentication-method=normal --skip-test-db "
        .. "--tmpdir=%s/data --innodb-log-file-size=4M %s")
        :format(dir, dir, user_option()))
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
    self:run({ "mariadbd", "--defaults-file=" .. self.dir .. "/my.cnf",
        process.is_root() and user_option() or nil })
end

---Starts a server with one empty database and one user.
---@param options? table
---  settings  more lines of its configuration
---@return table  with dir, port, user, password, database
function mariadb.start(options)
    local server = database_server.new(MariaDB)

    configure(server, options and options.settings)
    database_server.own(MariaDB, server.dir)
    server:launch()
    server:mysql(([[
        CREATE DATABASE %s CHARACTER SET utf8mb4;
        CREATE USER %s@'%%' IDENTIFIED BY '%s';
        GRANT ALL ON *.* TO %s@'%%'
    ]]):format(server.database, server.user, server.password, server.user))

    return server
end

---mysql://user:password@127.0.0.1:port/database
---@param options? table  socket = true: through the unix socket; user,
---                       password, database
---@return string
function MariaDB:url(options)
    options = options or {}

    local head = self:head("mysql", options)
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
    return self:client(
        ("mariadb --no-defaults -N -B -u root -S %s/socket"):format(self.dir),
        { input = sql }
    )
end

--- As other servers have it.
MariaDB.ask = MariaDB.mysql

---Makes it stand still, as behind a cut wire, until continue().
function MariaDB:pause()
    self.process:signal("STOP")
end

function MariaDB:continue()
    self.process:signal("CONT")
end

return mariadb
