-- SPDX-License-Identifier: MIT
--- What servers of databases of our own have in common: a temporary folder
--- with `data` in it, copied from one that a run of many files makes once, a
--- free port, a user and a database, and an end with the spec file.
local cleanup = require("support.cleanup")
local files = require("support.files")
local ports = require("support.ports")
local process = require("support.process")
local shell = require("support.shell")

local database_server = {
    USER = "pandan",
    PASSWORD = "secret",
    DATABASE = "pandan_test",
}

local Server = {}

---Runs a command; raises with what it said when it fails.
---@param command string
---@return string  what it wrote
function database_server.run(command)
    local result = shell.run(command, { timeout = 60 })

    if result.code ~= 0 then
        error(command .. "\n" .. result.stdout .. result.stderr, 0)
    end

    return result.stdout
end

local function template(class)
    local base = os.getenv("PANDAN_SPEC_TMP")

    if not base then
        return nil
    end

    local ready = base .. "/" .. class.name .. "-template"

    if not files.exists(ready .. "/" .. class.made) then
        local fresh = process.folder(class.name .. "-template")

        class.init(fresh)

        -- when another file was faster, its folder is as good
        shell.run(("mv -T %s %s || rm -rf %s"):format(fresh, ready, fresh))
    end

    return ready
end

---A class of servers.
---@param class table
---  name         begins the names of its folders, and its log's
---  system_user  who owns the files, where we are root
---  init(dir)    makes the folder `data` in it
---  made         a file that there is then
---  ready        what its log says when it is up
---  stopped_by   the signal that ends it, cutting off its clients
---@return table
function database_server.class(class)
    class.__index = class

    return setmetatable(class, { __index = Server })
end

---A server that has its files, and was not launched yet.
---@param class table
---@param init? fun(dir: string)  makes them, instead of the class's
---@return table  with dir, port, user, password, database
function database_server.new(class, init)
    local ready = not init and template(class)
    local server = setmetatable({
        dir = process.folder("pandan-" .. class.name),
        port = ports.free(),
        user = database_server.USER,
        password = database_server.PASSWORD,
        database = database_server.DATABASE,
        mark = 1,
    }, class)

    cleanup.add(function(failed)
        return server:finish(failed)
    end)

    if ready then
        database_server.run(("cp -a %s/data %s/data"):format(ready, server.dir))
    else
        (init or class.init)(server.dir)
    end

    return server
end

---Gives files to the user that a server must run as, where we are root.
---@param class table
---@param path string
function database_server.own(class, path)
    if process.is_root() then
        database_server.run("chown -R " .. class.system_user .. " " .. path)
    end
end

---Starts the program and waits until it is up.
---@param words string[]
---@param options? table  of process.start
function Server:run(words, options)
    options = options or {}
    options.stdout = self:log_file()
    options.env = { LD_PRELOAD = false, ASAN_OPTIONS = false }
    self.process = process.start(words, options)

    local state = process.wait_until(30, function()
        if not self.process:running() then
            return "dead"
        end

        return self:log():find(self.ready, self.mark, true) and "up"
    end)

    if state ~= "up" then
        error(self.name .. " did not start:\n" .. self:log(), 4)
    end
end

function Server:log_file()
    return self.dir .. "/" .. self.name .. ".log"
end

---@return string
function Server:log()
    return files.read(self:log_file()) or ""
end

---The beginning of its URLs: scheme://user:password@
---@param scheme string
---@param options table  user, password
---@return string
function Server:head(scheme, options)
    return ("%s://%s:%s@"):format(scheme, options.user or self.user,
        options.password or self.password)
end

---Runs SQL in a client of its own; raises when it fails.
---@param command string
---@param options table  of shell.run
---@return string  what it wrote
function Server:client(command, options)
    local result = shell.run(command, options)

    if result.code ~= 0 then
        error(result.stderr, 3)
    end

    return (result.stdout:gsub("\n$", ""))
end

---Ends it, cutting off its clients.
function Server:stop()
    self.process:stop(self.stopped_by, 20)
end

---Kills it, with all of its processes, as a crash would.
function Server:kill()
    self.process:kill()
end

---Starts it again after stop() or kill(), on the same port.
function Server:restart()
    if not self.process.code then
        self:stop()
    end

    self.mark = #self:log() + 1
    self:launch()
end

---At the end of the spec file.
function Server:finish(failed)
    if self.process and not self.process.code then
        self:stop()
    end

    if failed then
        io.stdout:write("kept: ", self.dir, "\n")
    else
        files.remove(self.dir)
    end
end

return database_server
