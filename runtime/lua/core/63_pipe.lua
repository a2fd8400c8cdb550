-- SPDX-License-Identifier: MIT
--
-- The module `ngx.pipe`: programs that run beside the worker, and their
-- standard streams.

local ngx, pdn = ...

local concat = table.concat
local error = error
local find = string.find
local ipairs = ipairs
local tonumber = tonumber
local tostring = tostring
local type = type

local child = pdn.child

local STDOUT, STDERR = 1, 2
local ALL, BYTES, LINE, ANY = 0, 1, 2, 3
local TIMEOUT = 10000
local MAX_TIMEOUT = 0xffffffff

local ends = { stdin = 0, stdout = STDOUT, stderr = STDERR }

local process = {
    pid = child.pid,
    wait = child.wait,
}


local function check_timeout(ms, name)
    if ms and (ms < 0 or ms > MAX_TIMEOUT) then
        error("bad " .. name .. " option", 4)
    end

    return ms
end


local function set_timeouts(self, write, stdout, stderr, wait)
    child.set_timeouts(self, check_timeout(write, "write_timeout"),
                       check_timeout(stdout, "stdout_read_timeout"),
                       check_timeout(stderr, "stderr_read_timeout"),
                       check_timeout(wait, "wait_timeout"))
end


---In milliseconds; 0 waits for ever, nil leaves one as it is.
function process:set_timeouts(write, stdout, stderr, wait)
    set_timeouts(self, write, stdout, stderr, wait)
end


---@param direction "stdin"|"stdout"|"stderr"
function process:shutdown(direction)
    local which = ends[direction]

    if not which then
        error("bad shutdown arg: " .. tostring(direction), 2)
    end

    return child.shutdown(self, which)
end


---@param signal integer
function process:kill(signal)
    if type(signal) ~= "number" then
        error("bad signal arg: number expected, got " .. tostring(signal), 2)
    end

    return child.kill(self, signal)
end


---@param data string|number|table
---@return integer? bytes
---@return string? err
function process:write(data)
    if type(data) == "table" then
        data = concat(data)

    elseif type(data) == "number" then
        data = tostring(data)

    elseif type(data) ~= "string" then
        error("bad data arg: string, number, or table expected, got "
              .. type(data), 2)
    end

    return child.write(self, data)
end


local function add_readers(name, which)
    process[name .. "_read_all"] = function(self)
        return child.read(self, which, ALL, 0)
    end

    process[name .. "_read_line"] = function(self)
        return child.read(self, which, LINE, 0)
    end

    process[name .. "_read_bytes"] = function(self, n)
        if n < 0 then
            error("bad len argument", 2)
        end

        if n == 0 then
            return ""
        end

        return child.read(self, which, BYTES, n)
    end

    process[name .. "_read_any"] = function(self, max)
        max = tonumber(max)

        if not max or max <= 0 then
            error("bad max argument", 2)
        end

        return child.read(self, which, ANY, max)
    end
end

add_readers("stdout", STDOUT)
add_readers("stderr", STDERR)

child.metatable.__index = process


local function read_args(args)
    if type(args) == "string" then
        return { "/bin/sh", "-c", args }
    end

    if type(args) ~= "table" then
        error("bad args arg: table expected, got " .. type(args), 3)
    end

    local list = {}

    for i, arg in ipairs(args) do
        list[i] = tostring(arg)
    end

    if #list == 0 then
        error("bad args arg: non-empty table expected", 3)
    end

    return list
end


local function read_environ(environ)
    if not environ then
        return nil
    end

    if type(environ) ~= "table" then
        error("bad environ option: table expected, got " .. type(environ), 3)
    end

    local list = {}

    for i, entry in ipairs(environ) do
        local where = "bad value at index " .. i .. " of environ option: "

        if type(entry) ~= "string" then
            error(where .. "string expected, got " .. type(entry), 3)
        end

        if not find(entry, "=", 2, true) then
            error(where .. "'name=[value]' format expected, got '" .. entry
                  .. "'", 3)
        end

        list[i] = entry
    end

    return list[1] and list
end


local function read_buffer_size(size)
    size = size and tonumber(size) or not size and 4096

    if not size or size < 1 then
        error("bad buffer_size option", 3)
    end

    return size
end


local pipe = { version = "0.1.25" }


---@param args string|string[]  a line for the shell, or program and arguments
---@param opts table?  merge_stderr, buffer_size, environ, write_timeout,
---                    stdout_read_timeout, stderr_read_timeout, wait_timeout
---@return table? process
---@return string? err
function pipe.spawn(args, opts)
    if ngx.get_phase() == "init" then
        error("API disabled in the current context", 2)
    end

    opts = opts or {}

    local list = read_args(args)
    local environ = read_environ(opts.environ)
    local size = read_buffer_size(opts.buffer_size)
    local timeouts = {}

    for i, name in ipairs({ "write", "stdout_read", "stderr_read", "wait" }) do
        name = name .. "_timeout"
        timeouts[i] = check_timeout(opts[name] or TIMEOUT, name)
    end

    local self, err = child.spawn(list, environ, opts.merge_stderr, size)

    if not self then
        return nil, err
    end

    set_timeouts(self, timeouts[1], timeouts[2], timeouts[3], timeouts[4])

    return self
end


package.preload["ngx.pipe"] = function()
    return pipe
end
