-- SPDX-License-Identifier: MIT
--- Commands of the shell, their output caught, with a limit in time.
local files = require("support.files")
local paths = require("support.paths")
local process = require("support.process")

local shell = {}

---One word for the shell.
---@return string
function shell.quote(word)
    return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

local function assignments(env)
    local words = { "env" }

    for name, value in pairs(env) do
        if value == false then
            table.insert(words, 2, "-u " .. name)
        else
            words[#words + 1] = shell.quote(name .. "=" .. tostring(value))
        end
    end

    return table.concat(words, " ")
end

---Runs a command of /bin/sh and waits for it.
---@param command string
---@param options? table  cwd, env (false unsets), input, timeout (seconds,
---                       default 30; slow programs get a multiple of that)
---@return table  { code, stdout, stderr }; code 124 when time was up
function shell.run(command, options)
    options = options or {}

    local dir = process.folder("pandan-shell")
    local seconds = (options.timeout or 30) * paths.slowness
    local env = { LD_PRELOAD = false }

    for name, value in pairs(options.env or {}) do
        env[name] = value
    end

    if options.input then
        files.write(dir .. "/in", options.input)
    end

    local code = os.execute(
        ("cd %s && timeout -k 2 %g %s /bin/sh -c %s <%s >%s/out 2>%s/err")
        :format(shell.quote(options.cwd or "."), seconds, assignments(env),
            shell.quote(command),
            options.input and dir .. "/in" or "/dev/null", dir, dir)
    )
    local result = {
        -- what system() gives is the wait status
        code = code >= 256 and math.floor(code / 256) or code,
        stdout = files.read(dir .. "/out") or "",
        stderr = files.read(dir .. "/err") or "",
    }

    files.remove(dir)

    return result
end

return shell
