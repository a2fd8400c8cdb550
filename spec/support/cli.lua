-- SPDX-License-Identifier: MIT
--- The command `pandan` as its users run it, and applications made by it.
---
---     local app = cli.app("blog")
---     app:run("generate resource post title:string")
local cleanup = require("support.cleanup")
local files = require("support.files")
local http = require("support.http")
local paths = require("support.paths")
local ports = require("support.ports")
local process = require("support.process")
local shell = require("support.shell")

local cli = {}

local App = {}

App.__index = App

-- Nothing of the one who runs the specs.
local CLEAN = {
    PANDAN_ENV = false, DATABASE_URL = false, TEST_DATABASE_URL = false,
    PORT = false, HOST = false, PANDAN_HOME = false,
}

local function environment(more)
    local env = {}

    for name, value in pairs(CLEAN) do
        env[name] = value
    end

    -- for the nginx that it starts, which is not sanitized itself
    if paths.sanitized then
        env.LD_PRELOAD = os.getenv("PANDAN_SAN_LIBS")
        env.ASAN_OPTIONS = os.getenv("PANDAN_ASAN_OPTIONS")
    end

    for name, value in pairs(more or {}) do
        env[name] = value
    end

    return env
end

---@param words string  for the shell
---@param options? table  as for shell.run; `program` is another pandan's path
---@return table  { code, stdout, stderr }
function cli.run(words, options)
    local all = {}

    for name, value in pairs(options or {}) do
        all[name] = value
    end

    all.env = environment(all.env)

    return shell.run(shell.quote(all.program or paths.pandan) .. " " .. words,
        all)
end

---A folder that goes away with the spec file.
---@return string
function cli.folder()
    local folder = process.folder("pandan-cli")

    cleanup.add(function(failed)
        if not failed then
            files.remove(folder)
        end
    end)

    return folder
end

---A new application.
---@param name string
---@param options? string  for `pandan new`
---@return table app  { root }
function cli.app(name, options)
    local folder = cli.folder()
    local result = cli.run("new " .. shell.quote(name) .. " "
        .. (options or ""), { cwd = folder })

    assert(result.code == 0, result.stderr)

    return setmetatable({ root = folder .. "/" .. name }, App)
end

---Runs a command within the application.
function App:run(words, options)
    options = options or {}
    options.cwd = options.cwd or self.root

    return cli.run(words, options)
end

---Runs a command that is to succeed; gives what it printed.
---@return string
function App:ok(words, options)
    local result = self:run(words, options)

    if result.code ~= 0 then
        error(("pandan %s: code %d\n%s%s"):format(words, result.code,
            result.stdout, result.stderr), 2)
    end

    return result.stdout
end

function App:read(path)
    return files.read(self.root .. "/" .. path)
end

function App:write(path, text)
    files.write(self.root .. "/" .. path, text)
end

function App:has(path)
    return files.exists(self.root .. "/" .. path)
end

---The first file whose name fits a pattern of the shell.
function App:find(pattern)
    return shell.run("ls " .. pattern, { cwd = self.root }).stdout:match("%S+")
end

---Serves it by `pandan dev`; ends with the spec file.
---@return table server  { port, process, log() }
function App:dev()
    local server = {
        port = ports.free(),
        out = self.root .. "/dev.log",
    }

    server.process = process.start({
        paths.pandan, "dev", "--port", tostring(server.port),
    }, { stdout = server.out, cwd = self.root, env = environment() })

    function server.log()
        return files.read(server.out) or ""
    end

    cleanup.add(function()
        server.process:stop("TERM", 10)
    end)

    cli.wait(function()
        return server.log():find("Serving", 1, true)
            or not server.process:running()
    end)

    return server
end

---Starts it in the background; stops with the spec file.
---@param options? string  for `pandan start`
---@return integer port
function App:start(options)
    local port = ports.free()
    local env = (options or ""):match("%-%-env %a+") or ""

    self:ok("start --port " .. port .. " " .. (options or ""))
    cleanup.add(function()
        self:run("stop --timeout 1 " .. env)
    end)

    return port
end

---@return any  what fn gave last, after 10 seconds at most
function cli.wait(fn)
    return process.wait_until(10, fn)
end

---@return table response  { status, headers, body }
function cli.get(port, path, options)
    return assert(http.get(port, path, options))
end

return cli
