-- SPDX-License-Identifier: MIT
--- What a connection costs in memory that waits for its next request, and a
--- request whose code sleeps: by how much the worker grows with many of them.
local connection = require("connection")
local files = require("support.files")
local http = require("support.http")
local process = require("support.process")

local memory = {}

local MANY = 2000

--- nginx closes idle ones when few are left.
memory.connections = 2 * MANY

--- For the peer and for us alike.
memory.http = "lua_shared_dict waiting 1m;"

memory.server = [[
    keepalive_timeout 600;

    location = /idle { content_by_lua_block { ngx.print("idle") } }
    location = /suspended { content_by_lua_block {
        ngx.shared.waiting:incr("count", 1, 0)
        ngx.sleep(600)
    } }
    location = /waiting { content_by_lua_block {
        ngx.print(ngx.shared.waiting:get("count") or 0)
    } }
    location = /collect { content_by_lua_block {
        collectgarbage()
        collectgarbage()
        ngx.print("done")
    } }
]]

---@param pid integer
---@return integer bytes
local function resident(pid)
    local status = files.read(("/proc/%d/status"):format(pid))

    return tonumber(status:match("VmRSS:%s+(%d+) kB")) * 1024
end

local function open(port, path)
    local fd = connection.open(port)

    connection.write(fd,
        ("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"):format(path))

    return fd
end

local function open_idle(port)
    local fd = open(port, "/idle")
    local text = ""

    -- the body goes out in chunks, and the last one is empty
    repeat
        text = text .. connection.read(fd)
    until text:find("0\r\n\r\n", 1, true)

    return fd
end

local function open_suspended(port)
    return open(port, "/suspended")
end

local function all_sleep(port)
    return process.wait_until(30, function()
        return tonumber(http.get(port, "/waiting").body) == MANY
    end)
end

local function settle(port)
    assert(http.get(port, "/collect").body == "done")
end

--- Runs what is measured once, so that only the many make it grow.
local function warm(server)
    for _ = 1, 50 do
        connection.close(open_idle(server.port))
    end

    settle(server.port)
end

memory.rows = {
    { name = "idle", open = open_idle },
    { name = "suspended", open = open_suspended, arrived = all_sleep },
}

---@param row table   of memory.rows
---@param server table  { pid, port }, just started
---@return number bytes  for each one
function memory.measure(row, server)
    local opened = {}

    warm(server)

    local before = resident(server.pid)

    for i = 1, MANY do
        opened[i] = row.open(server.port)
    end

    assert(not row.arrived or row.arrived(server.port), "not all arrived")
    settle(server.port)

    local growth = resident(server.pid) - before

    for _, fd in ipairs(opened) do
        connection.close(fd)
    end

    return growth / MANY
end

return memory
