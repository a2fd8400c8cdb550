-- SPDX-License-Identifier: MIT
--- A name server for specs: answers questions for A from a table.
local bit = require("bit")
local socket = require("socket")

local files = require("support.files")
local peer = require("support.peer")

local dns = {}

local TYPE_A, TYPE_AAAA = 1, 28
local NXDOMAIN = 3

local function u16(n)
    return string.char(bit.rshift(n, 8), bit.band(n, 255))
end

--- The question's name, its type, and its bytes.
local function question(query)
    local labels, at = {}, 13

    while query:byte(at) ~= 0 do
        local len = query:byte(at)

        labels[#labels + 1] = query:sub(at + 1, at + len)
        at = at + len + 1
    end

    local kind = query:byte(at + 1) * 256 + query:byte(at + 2)

    return table.concat(labels, "."):lower(), kind, query:sub(13, at + 4)
end

local function ipv4(text)
    return string.char(text:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$"))
end

---The answer to one query.
---@param query string
---@param names table  name → { "127.0.0.1", ... }, or false: say nothing
---@param ttl integer
---@return string?
function dns.answer(query, names, ttl)
    local name, kind, asked = question(query)
    local addrs = names[name]

    if addrs == false then
        return nil
    end

    local records = {}

    for _, text in ipairs(kind == TYPE_A and addrs or {}) do
        records[#records + 1] = "\192\12" .. u16(TYPE_A) .. u16(1)
            .. u16(0) .. u16(ttl) .. u16(4) .. ipv4(text)
    end

    local flags = string.char(0x81, 0x80 + (addrs and 0 or NXDOMAIN))

    return query:sub(1, 2) .. flags .. u16(1) .. u16(#records) .. u16(0)
        .. u16(0) .. asked
        .. table.concat(records)
end

--- resolv.conf names no ports, so the server has an address of its own.
local function some_address()
    local n = math.floor(socket.gettime() * 1000) % 0x3fffff

    return ("127.%d.%d.%d"):format(64 + bit.rshift(n, 16),
        bit.band(bit.rshift(n, 8), 255), 1 + bit.band(n, 127))
end

---@param names table
---@param options? table  ttl; log: a file that gets a line a question
---@return table? peer  with address; nil where port 53 may not be bound
function dns.start(names, options)
    options = options or {}

    local address = some_address()

    local server = peer.udp(function(query)
        if options.log then
            local name, kind = question(query)
            local f = assert(io.open(options.log, "a"))

            f:write(kind == TYPE_AAAA and "AAAA " or "A ", name, "\n")
            f:close()
        end

        return dns.answer(query, names, options.ttl or 60)
    end, address, 53)

    if server then
        server.address = address
    end

    return server
end

---Writes a resolv.conf that names the server.
---@param path string
---@param server table
---@param more? string
function dns.write_conf(path, server, more)
    files.write(path, "nameserver " .. server.address .. "\n" .. (more or ""))
end

return dns
