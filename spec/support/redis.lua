-- SPDX-License-Identifier: MIT
--- A Redis of our own, in a temporary folder on a free port, and an nginx
--- that runs pieces of Lua against it.
---
---     local server = redis.start()
---     local app = redis.app(server:url())
---     app:run [[ assert(r:set("a", 1) == "OK") ]]
---
--- The pieces see `r`, its `url`, and the module `Redis`.
local cleanup = require("support.cleanup")
local files = require("support.files")
local pieces = require("support.pieces")
local ports = require("support.ports")
local process = require("support.process")
local shell = require("support.shell")

local redis = {}

local Server = {}

Server.__index = Server

local PRELUDE = [[
    Redis = require("pandan.redis")
    url = %q
    r = url ~= "" and Redis.open(url) or nil

    -- waits until `is()` is true
    function wait_until(is, what)
        for _ = 1, 400 do
            if is() then return end
            ngx.sleep(0.01)
        end
        error("in vain: " .. (what or "waited"), 2)
    end

    -- waits until nothing is in use
    function settle(of)
        local s
        wait_until(function()
            s = (of or r):stats()
            return s.lent == 0 and s.waiting == 0 and s.pending == 0
        end, "the pool never settled")
    end

    function fails(text, fn, ...)
        local ok, err = pcall(fn, ...)
        if ok or not tostring(err):find(text, 1, true) then
            error("expected '" .. text .. "', got " .. tostring(err), 2)
        end
    end
]]

local function write_conf(server)
    local lines = {
        "port " .. (server.options.tls and 0 or server.port),
        "bind 127.0.0.1",
        "dir " .. server.dir,
        "unixsocket " .. server.dir .. "/redis.sock",
        "unixsocketperm 777",
        'save ""',
        "appendonly no",
        "daemonize no",
        "protected-mode no",
        "repl-diskless-sync-delay 0",
    }

    if server.options.tls then
        lines[#lines + 1] = "tls-port " .. server.port
    end

    for _, line in ipairs(server.options.settings or {}) do
        lines[#lines + 1] = line
    end

    files.write(server.dir .. "/redis.conf", table.concat(lines, "\n") .. "\n")
end

---@return boolean
function Server:answers()
    local socket = require("socket")
    local conn = socket.connect("127.0.0.1", self.port)

    if conn then
        conn:close()
    end

    return conn ~= nil
end

function Server:launch()
    local args = { "redis-server", self.dir .. "/redis.conf" }

    if self.options.sentinel then
        args[#args + 1] = "--sentinel"
    end

    self.process = process.start(args, {
        stdout = self.dir .. "/log",
        env = { LD_PRELOAD = false, ASAN_OPTIONS = false },
    })

    local up = process.wait_until(10, function()
        return not self.process:running() or self:answers()
    end)

    if not up or not self.process:running() then
        error("redis-server did not start:\n"
            .. (files.read(self.dir .. "/log") or ""), 3)
    end
end

---Starts a server.
---@param options? table
---  settings  more lines of redis.conf
---  tls       its port speaks TLS; the settings say with what
---  conf      the whole text of redis.conf, {{port}} and {{dir}} filled in
---  sentinel  it is one
---  port      which one
---@return table  with dir, port
function redis.start(options)
    local server = setmetatable({
        options = options or {},
        dir = process.folder("pandan-redis"),
        port = options and options.port or ports.free(),
    }, Server)

    cleanup.add(function(failed)
        return server:finish(failed)
    end)

    if server.options.conf then
        files.write(server.dir .. "/redis.conf", (server.options.conf
            :gsub("{{port}}", server.port):gsub("{{dir}}", server.dir)))
    else
        write_conf(server)
    end

    server:launch()

    return server
end

---@param query? string  options
---@return string
function Server:url(query)
    return ("redis://127.0.0.1:%d%s"):format(self.port,
        query and "?" .. query or "")
end

---Runs redis-cli; gives what it printed.
---@param words string
---@return string
function Server:cli(words)
    local result = shell.run(("redis-cli -s %s/redis.sock %s")
        :format(self.dir, words))

    return (result.stdout:gsub("\n$", ""))
end

function Server:stop()
    self.process:stop("TERM", 10)
end

---As a crash would end it.
function Server:kill()
    self.process:kill()
end

---Holds it, as an overloaded machine would; resume() lets it go on.
function Server:pause()
    shell.run("kill -STOP " .. self.process.pid)
end

function Server:resume()
    shell.run("kill -CONT " .. self.process.pid)
end

---Starts it again, on the same port.
function Server:restart()
    if not self.process.code then
        self:stop()
    end

    self:launch()
end

---At the end of the spec file.
function Server:finish(failed)
    if self.process and not self.process.code then
        self:resume()
        self.process:stop("TERM", 5)
        self.process:kill()
    end

    if failed then
        io.stdout:write("kept: ", self.dir, "\n")
    else
        files.remove(self.dir)
    end
end

---An nginx whose pieces see `r`.
---@param url? string
---@param options? table  see support.pieces
function redis.app(url, options)
    return pieces.start(PRELUDE:format(url or ""), options)
end

return redis
