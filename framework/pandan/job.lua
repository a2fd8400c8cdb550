-- SPDX-License-Identifier: MIT
--- Runs one command inside the application and ends nginx with it. The command
--- line writes a configuration whose init_worker calls `start`; see
--- docs/architecture.md, "An application".

local ffi = require("ffi")

ffi.cdef([[int kill(int pid, int sig);]])

local SIGQUIT = 3
local MAX_CODE = 255

local job = {}

---@class pandan.job.options
---@field root string
---@field env string
---@field name string    "db.migrate" is pandan.command.db_migrate
---@field args string[]
---@field status string  file for the exit code, from the app's folder

local function write_status(options, code)
    local path = options.root .. "/" .. options.status
    local file, err = io.open(path, "w")

    if not file then
        io.stderr:write("cannot write '", path, "': ", tostring(err), "\n")
        return
    end
    file:write(tostring(code), "\n")
    file:close()
end

local function quit()
    ffi.C.kill(ngx.worker.pid(), SIGQUIT)
end

---What was raised, with the way there for what is a text only: errors of a
---class (a statement that failed) speak for themselves.
function job.explain(raised)
    if type(raised) == "table" then
        return tostring(rawget(raised, "message") or raised)
    end
    return debug.traceback(tostring(raised), 3)
end

local function code_of(result)
    if result == nil or result == true then
        return 0
    end
    if type(result) == "number" and result >= 0 and result <= MAX_CODE then
        return math.floor(result)
    end
    return 1
end

-- The process is the command's own: what it prints is for its user, not for
-- nginx's log.
local function print_to_stdout(...)
    local out = {}
    for i = 1, select("#", ...) do
        out[i] = tostring((select(i, ...)))
    end
    io.stdout:write(table.concat(out, "\t"), "\n")
end

local function run(options)
    rawset(_G, "print", print_to_stdout)

    local command = require("pandan.command." .. options.name:gsub("%.", "_"))
    local ok, result = xpcall(command, job.explain, options.args, options)

    io.stdout:flush()

    if ok then
        return code_of(result)
    end
    io.stderr:write(options.name, ": ", result, "\n")
    return 1
end

---Runs the command in a task of its own, where it may wait.
---@param options pandan.job.options
function job.start(options)
    local ok, err = ngx.timer.at(0, function(premature)
        if premature then
            return
        end

        local done, code = xpcall(run, job.explain, options)
        if not done then
            io.stderr:write(options.name, ": ", tostring(code), "\n")
            code = 1
        end

        -- a command that serves (the console) says when it ends
        if code_of(code) ~= 0 or options.name ~= "console" then
            job.finish(options, code)
        end
    end)

    if not ok then
        io.stderr:write("cannot start '", options.name, "': ", err, "\n")
        job.finish(options, 1)
    end
    job.current = options
end

---Notes the exit code and ends nginx.
---@param options pandan.job.options
---@param code integer
function job.finish(options, code)
    write_status(options, code)
    quit()
end

return job
