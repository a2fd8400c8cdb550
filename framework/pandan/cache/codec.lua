-- SPDX-License-Identifier: MIT
--- Values of any Lua shape as bytes, and back. Strings stay what they are;
--- the rest is written by LuaJIT's string.buffer, which knows numbers,
--- booleans, tables without metatables, pandan.null and 64-bit integers.

local buffer = require("string.buffer")
local check = require("pandan.native").serial.check
local ffi_string = require("ffi").string

local codec = {}

---How the bytes are to be read.
codec.STRING, codec.VALUE, codec.NIL = 0, 1, 2

local out, from = buffer.new(), buffer.new()

-- LuaJIT 2.1 of 2023 crashes when string.buffer raises in compiled code, so
-- what may raise is not compiled.
local function write(value)
    return out:reset():encode(value):get()
end
jit.off(write)

---@param value any
---@return string? bytes   nil for what cannot be kept: functions, threads ...
---@return integer|string kind_or_err
function codec.encode(value)
    if type(value) == "string" then
        return value, codec.STRING
    elseif value == nil then
        return "", codec.NIL
    end

    local ok, bytes = pcall(write, value)
    if not ok then
        return nil, "cannot keep the value: "
            .. tostring(bytes):gsub("^.-:%d+: ", "")
    end
    return bytes, codec.VALUE
end

local function read(bytes, len)
    from:set(bytes, len)
    return from:decode()
end

---What `encode` wrote, and nothing else, at `bytes`: a string, or memory and
---its length.
---@param kind integer
---@param bytes string|ffi.cdata*
---@param len integer
---@return boolean ok   false: there is no such kind
---@return any value
function codec.decode(kind, bytes, len)
    if kind == codec.STRING then
        return true, ffi_string(bytes, len)
    elseif kind == codec.NIL then
        return true, nil
    elseif kind ~= codec.VALUE then
        return false
    end
    return pcall(read, bytes, len)
end

local function read_foreign(bytes)
    from:set(bytes)
    return from:decode()
end
jit.off(read_foreign)

---The same with bytes that anybody may have written: they are looked through
---first, for they could ask for a table of gigabytes.
---@param kind integer
---@param bytes string
---@return boolean ok
---@return any value
function codec.decode_foreign(kind, bytes)
    if kind == codec.VALUE then
        if not check(bytes) then
            return false
        end
        return pcall(read_foreign, bytes)
    end
    return codec.decode(kind, bytes, #bytes)
end

return codec
