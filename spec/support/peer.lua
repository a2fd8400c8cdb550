-- SPDX-License-Identifier: MIT
--- The other end of a connection, as bad as a spec needs it: a child process
--- that serves TCP, a unix socket or UDP with a Lua function.  It ends with
--- the spec file.
local ffi = require("ffi")
local socket = require("socket")

local cleanup = require("support.cleanup")

-- declares what is used of C
require("support.process")

local C = ffi.C

local PR_SET_PDEATHSIG, SIGKILL = 1, 9

local peer = {}

local Peer = {}

Peer.__index = Peer

local function fork(fn)
    io.stdout:flush()

    local pid = C.fork()

    if pid == 0 then
        C.prctl(PR_SET_PDEATHSIG, ffi.cast("unsigned long", SIGKILL))

        local ok, err = pcall(fn)

        if not ok then
            io.stderr:write("peer: ", tostring(err), "\n")
        end

        C._exit(ok and 0 or 1)
    end

    assert(pid > 0, "cannot fork")

    return pid
end

---Ends it; its connections are reset or closed.
function Peer:stop()
    if self.pid then
        C.kill(-self.pid, SIGKILL)
        C.kill(self.pid, SIGKILL)
        C.waitpid(self.pid, nil, 0)
        self.pid = nil
    end
end

local function running(fields)
    local self = setmetatable(fields, Peer)

    cleanup.add(function()
        self:stop()
    end)

    return self
end

--- Each connection has a process of its own, so that none waits for another.
local function serve(listener, handler)
    local count = 0

    C.setpgid(0, 0)

    while true do
        local conn = listener:accept()

        count = count + 1

        if conn then
            fork(function()
                listener:close()
                handler(conn, count)
                conn:close()
            end)

            conn:close()
        end
    end
end

---Serves each connection with handler(conn, count): a LuaSocket client that
---blocks, and which connection it is.
---@param handler function
---@param path? string  of a unix socket; TCP without it
---@return table peer  { port, path }
function peer.start(handler, path)
    local listener, port

    if path then
        listener = assert(require("socket.unix")())
        assert(listener:bind(path))
        assert(listener:listen(64))
    else
        listener = assert(socket.bind("127.0.0.1", 0, 64))
        port = select(2, listener:getsockname())
    end

    local pid = fork(function()
        serve(listener, handler)
    end)

    listener:close()

    return running({ pid = pid, port = tonumber(port), path = path })
end

---A port that never answers a connect: its queue is full.
---@return integer port
function peer.deaf()
    local listener = socket.tcp()

    assert(listener:bind("127.0.0.1", 0))
    assert(listener:listen(0))

    local port = tonumber((select(2, listener:getsockname())))
    local fill = {}

    for i = 1, 4 do
        fill[i] = socket.tcp()
        fill[i]:settimeout(0)
        fill[i]:connect("127.0.0.1", port)
    end

    cleanup.add(function()
        for _, one in ipairs(fill) do
            one:close()
        end

        listener:close()
    end)

    return port
end

---Answers each datagram with what handler(data) returns; nil is silence.
---@param handler function
---@param address string
---@param port integer
---@return table? peer  nil when the address cannot be bound
function peer.udp(handler, address, port)
    local udp = socket.udp()

    if not udp:setsockname(address, port) then
        udp:close()

        return nil
    end

    local pid = fork(function()
        while true do
            local data, from, from_port = udp:receivefrom()
            local answer = data and handler(data)

            if answer then
                udp:sendto(answer, from, from_port)
            end
        end
    end)

    udp:close()

    return running({ pid = pid, port = port })
end

---Sends each byte in a packet of its own.
function peer.send_slowly(conn, data)
    if conn.setoption then
        conn:setoption("tcp-nodelay", true)
    end

    for i = 1, #data do
        conn:send(data:sub(i, i))
        socket.sleep(0.001)
    end
end

---Closes with a reset instead of a goodbye.
function peer.reset(conn)
    conn:setoption("linger", { on = true, timeout = 0 })
    conn:close()
end

---Says nothing until the other side has closed.
function peer.wait_for_end(conn)
    conn:receive("*a")
end

---One that gives back each line.
---@return table peer
function peer.echo()
    return peer.start(function(conn)
        while true do
            local line = conn:receive("*l")

            if not line then
                return
            end

            conn:send(line .. "\n")
        end
    end)
end

return peer
