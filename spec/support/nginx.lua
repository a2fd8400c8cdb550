-- SPDX-License-Identifier: MIT
--- A real nginx in a folder of its own, with the modules that we built.
---
---     local server = nginx.start { server = [[ location / { ... } ]] }
---     server:get("/").body
---
--- It ends with the spec file, which fails when the error log tells of a
--- crash that the spec did not allow.
local cleanup = require("support.cleanup")
local conf = require("support.nginx_conf")
local files = require("support.files")
local http = require("support.http")
local paths = require("support.paths")
local process = require("support.process")
local valgrind = require("support.valgrind")

local nginx = {}

local Server = {}

Server.__index = Server

--- What no log may hold.
local FATAL = {
    "%[alert%]",
    "%[emerg%]",
    "exited on signal",
    "AddressSanitizer",
    "LeakSanitizer",
    "%.[ch]:%d+:%d+: runtime error: ",
}

local function environment(options)
    local env = {
        ASAN_OPTIONS = false,
        LD_PRELOAD = false,
    }

    if paths.sanitized then
        env.LD_PRELOAD = os.getenv("PANDAN_SAN_LIBS")
        env.ASAN_OPTIONS = os.getenv("PANDAN_ASAN_OPTIONS")
    end

    for name, value in pairs(options.env or {}) do
        env[name] = value
    end

    return env
end

local function launch(server)
    files.write(server.dir .. "/nginx.conf", conf.render(server))
    server.process = process.start(
        valgrind.wrap({ conf.program, "-p", server.dir .. "/",
            "-c", "nginx.conf", "-e", server.dir .. "/error.log" },
            server.dir),
        {
            stdout = server.dir .. "/output.log",
            env = environment(server.options),
            cwd = server.dir,
            dies_by = "TERM",
        }
    )
end

local function ready(server)
    return process.wait_until(10, function()
        if not server.process:running() then
            return "dead"
        end

        -- written when all of its ports are bound
        return files.exists(server.dir .. "/nginx.pid") and "up"
    end)
end

local function prepare(options)
    local server = setmetatable({
        dir = process.folder("pandan-nginx"),
        options = options,
        allowed = {},
        ports = {},
    }, Server)

    server.socket = server.dir .. "/nginx.sock"
    server.port = conf.port(server, "port")
    os.execute("mkdir -p '" .. server.dir .. "/temp'")

    for name, text in pairs(options.files or {}) do
        files.write(server.dir .. "/" .. name, conf.fill(server, text))
    end

    return server
end

---Starts nginx; raises when it does not come up.
---@param options table
---  main, events, http, server   pieces of the configuration
---  stream     what stream { } holds; without it there is none
---  files      name → text, written into its folder
---  env        name → value, also told to nginx by `env`
---  workers    how many; default 1
---  connections  of a worker, at most; default 2048
---  log_level  default "info"
---  modules    false: without ours
---  allow      patterns of log lines that are no failure
--- In the texts {{dir}}, {{port}}, {{socket}}, {{root}}, {{build}} stand for
--- the server's folder, port and unix socket, the project's folder, and what
--- was built; {{port_x}} for another free port, server.ports.port_x.
---@return table server  with dir, port, socket
function nginx.start(options)
    local server = prepare(options or {})

    for _, pattern in ipairs(server.options.allow or {}) do
        server:allow(pattern)
    end

    cleanup.add(function(failed)
        return server:finish(failed)
    end)

    launch(server)

    if ready(server) ~= "up" then
        local log = server:output() .. server:error_log()

        server.broken = true
        server:stop()
        error("nginx did not start:\n" .. log, 2)
    end

    return server
end

---Does nginx refuse this configuration?
---@return boolean ok
---@return string log
function nginx.test(options)
    local server = prepare(options)

    files.write(server.dir .. "/nginx.conf", conf.render(server))

    local result = require("support.shell").run(
        ("%s -t -p %s/ -c nginx.conf -e %s/error.log"):format(
            conf.program, server.dir, server.dir
        ), { env = environment(options) }
    )

    files.remove(server.dir)

    return result.code == 0, result.stderr
end

---One request; options: method, headers, body, timeout.  Raises when no
---answer comes.
---@return table response  { status, headers, body }
function Server:get(path, options)
    local response, err = http.get(self.port, path, options)

    if not response then
        error("no response to " .. path .. ": " .. tostring(err), 2)
    end

    return response
end

---@return table connection  see support.http
function Server:connect(timeout)
    local conn, err = http.connect(self.port, timeout)

    return conn or error("cannot connect: " .. err, 2)
end

---@return string
function Server:error_log()
    return files.read(self.dir .. "/error.log") or ""
end

---What nginx wrote to its standard output and error.
---@return string
function Server:output()
    return files.read(self.dir .. "/output.log") or ""
end

---Waits until a line of the error log matches; raises when none comes.
---@param pattern string
---@param seconds? number
---@return string ...  the captures
function Server:wait_log(pattern, seconds)
    local found = process.wait_until(seconds or 5, function()
        local captures = { self:error_log():match(pattern) }

        return #captures > 0 and captures
    end)

    if not found then
        error("the log never told of '" .. pattern .. "':\n"
            .. self:error_log():sub(-2000), 2)
    end

    return unpack(found)
end

---A log line that matches is no failure of the file.
function Server:allow(pattern)
    self.allowed[#self.allowed + 1] = pattern
end

---@param signal string  "HUP", "USR1" ...
function Server:signal(signal)
    self.process:signal(signal)
end

---The pids of the worker processes.
---@return integer[]
function Server:workers()
    local pid = self.process.pid
    local text = files.read(("/proc/%d/task/%d/children"):format(pid, pid))
    local list = {}

    for word in (text or ""):gmatch("%d+") do
        list[#list + 1] = tonumber(word)
    end

    return list
end

---Loads the configuration again, waits until the old workers are gone.
---@param changes? table  pieces of the configuration that are new
---@param seconds? number
function Server:reload(changes, seconds)
    for key, value in pairs(changes or {}) do
        self.options[key] = value
    end

    files.write(self.dir .. "/nginx.conf", conf.render(self))

    local old = {}

    for _, pid in ipairs(self:workers()) do
        old[pid] = true
    end

    self:signal("HUP")

    local done = process.wait_until(seconds or 10, function()
        local new

        for _, pid in ipairs(self:workers()) do
            if old[pid] then
                return false
            end

            new = true
        end

        return new
    end)

    if not done then
        error("nginx did not reload:\n" .. self:error_log():sub(-2000), 2)
    end
end

---Ends nginx, gracefully with "QUIT".
---@return integer code
function Server:stop(signal)
    if not self.process.code then
        self.process:stop(signal or "TERM", 10)
        self.process:kill()
    end

    return self.process.code
end

local function is_allowed(server, line)
    for _, pattern in ipairs(server.allowed) do
        if line:find(pattern) then
            return true
        end
    end

    return false
end

local function crimes(server)
    local lines = valgrind.findings(server.dir)

    for line in (server:error_log() .. server:output()):gmatch("[^\n]+") do
        for _, pattern in ipairs(FATAL) do
            if line:find(pattern) and not is_allowed(server, line) then
                lines[#lines + 1] = line
                break
            end
        end
    end

    return lines
end

---At the end of the spec file: stops it, looks at its log.
function Server:finish(failed)
    self:stop()

    local bad = self.broken and {} or crimes(self)

    if self.broken or (#bad == 0 and not failed) then
        files.remove(self.dir)

        return nil
    end

    io.stdout:write("kept: " .. self.dir .. "\n",
        self:output():sub(-6000), self:error_log():sub(-3000), "\n")

    return #bad > 0
        and "the log tells of:\n    " .. table.concat(bad, "\n    ") or nil
end

return nginx
