-- SPDX-License-Identifier: MIT
--- Connections to a port of this machine by plain system calls: LuaSocket
--- takes no descriptor beyond what select() knows, and costs more.
local bit = require("bit")
local ffi = require("ffi")

local connection = {}

ffi.cdef([[
struct bench_address {
    uint16_t family;
    uint16_t port;
    uint8_t host[4];
    uint8_t zero[8];
};

struct bench_time {
    long seconds;
    long microseconds;
};

int socket(int domain, int type, int protocol);
int connect(int fd, const struct bench_address *address, unsigned int size);
int setsockopt(int fd, int level, int name, const void *value,
               unsigned int size);
long write(int fd, const void *bytes, size_t size);
long read(int fd, void *bytes, size_t size);
int close(int fd);
]])

local C = ffi.C

local AF_INET, SOCK_STREAM, SOCK_DGRAM = 2, 1, 2
local SOL_SOCKET, SO_RCVTIMEO = 1, 20
local SIZE = 4096
local PATIENCE = 10 -- seconds

local bytes = ffi.new("char[?]", SIZE)

---@param port integer
---@param udp? boolean
---@return integer fd
function connection.open(port, udp)
    local fd = C.socket(AF_INET, udp and SOCK_DGRAM or SOCK_STREAM, 0)
    local address = ffi.new("struct bench_address", {
        family = AF_INET,
        host = { 127, 0, 0, 1 },
    })
    local time = ffi.new("struct bench_time", { PATIENCE, 0 })

    address.port = bit.bor(bit.lshift(bit.band(port, 255), 8),
        bit.rshift(port, 8))
    assert(fd >= 0 and C.connect(fd, address, 16) == 0, "cannot connect")
    C.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, time, ffi.sizeof(time))

    return fd
end

---@param fd integer
---@param text string
function connection.write(fd, text)
    assert(C.write(fd, text, #text) == #text, "cannot write")
end

---What has come, at least a byte; raises when there is none.
---@param fd integer
---@return string
function connection.read(fd)
    local n = tonumber(C.read(fd, bytes, SIZE))

    assert(n > 0, "the server hung up, or says nothing")
    return ffi.string(bytes, n)
end

---Reads so many bytes, and leaves them where they are.
---@param fd integer
---@param wanted integer
function connection.skip(fd, wanted)
    while wanted > 0 do
        local n = tonumber(C.read(fd, bytes, math.min(wanted, SIZE)))

        assert(n > 0, "the server hung up, or says nothing")
        wanted = wanted - n
    end
end

---@param fd integer
function connection.close(fd)
    C.close(fd)
end

return connection
