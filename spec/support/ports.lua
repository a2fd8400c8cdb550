-- SPDX-License-Identifier: MIT
--- Ports for the servers of specs.  They lie where the kernel takes none for
--- connections, so none goes between our choice and a server's bind; and this
--- process has them until it ends, so no other spec takes them either.
local ffi = require("ffi")
local files = require("support.files")
local process = require("support.process")
local socket = require("socket")

ffi.cdef([[
long lseek(int fd, long offset, int whence);
int lockf(int fd, int command, long length);
]])

local C = ffi.C

local O_RDWR, O_CREAT, O_CLOEXEC = 2, 64, 524288
local SEEK_SET, F_TLOCK = 0, 2

local LOWEST, HIGHEST = 10000, 65535

--- Fewer than these are no choice.
local ENOUGH = 1000

local ports = {}

local lock_file, first, count, step
local taken = {}

--- Below the ephemeral ports, or above; among them if they are nearly all.
local function range()
    local text = files.read("/proc/sys/net/ipv4/ip_local_port_range") or ""
    local low, high = text:match("(%d+)%s+(%d+)")

    if low and low - LOWEST >= ENOUGH then
        return LOWEST, low - LOWEST
    end

    if high and HIGHEST - high >= ENOUGH then
        return high + 1, HIGHEST - high
    end

    return LOWEST, HIGHEST - LOWEST + 1
end

-- Byte N of one file stands for port N.  The kernel forgets a lock with its
-- process, however that ends, and a fork does not inherit it.
local function open()
    local path = "/tmp/pandan-ports-" .. process.user()

    lock_file = C.open(path, O_RDWR + O_CREAT + O_CLOEXEC,
        ffi.cast("int", 384))
    assert(lock_file >= 0, "cannot open " .. path)

    -- processes begin at places apart, to meet seldom
    first, count = range()
    step = process.id() * 61 % count
end

local function locked(port)
    C.lseek(lock_file, port, SEEK_SET)

    return C.lockf(lock_file, F_TLOCK, 1) == 0
end

local function unused(port)
    local listener = socket.bind("0.0.0.0", port)
    local datagrams = listener and socket.udp()
    local both = datagrams and datagrams:setsockname("0.0.0.0", port)

    if listener then
        listener:close()
        datagrams:close()
    end

    return both ~= nil
end

---Reserves a port for this process, until it ends.
---@param port integer
---@return boolean  false where it is another's, or has a server
function ports.take(port)
    if not lock_file then
        open()
    end

    if taken[port] or not locked(port) then
        return false
    end

    taken[port] = true

    return unused(port)
end

---@return integer  one that was never given before, where nobody listens
function ports.free()
    if not lock_file then
        open()
    end

    for _ = 1, count do
        step = (step + 1) % count

        if ports.take(first + step) then
            return first + step
        end
    end

    error("no port is free", 2)
end

return ports
