-- SPDX-License-Identifier: MIT
--- Archives as an enemy makes them: every field as it is given.
local bit = require("bit")

local archive = {}

local function field(text, size)
    return text .. ("\0"):rep(size - #text)
end

local function octal(n, size)
    return ("%0" .. (size - 1) .. "o\0"):format(n)
end

---One entry of a tar: its head and its bytes.
---@param entry table  name, data, type ("0"), mode, link, size (instead of the
---  real one), raw (bytes instead of all this)
local function tar_entry(entry)
    if entry.raw then
        return entry.raw
    end

    local data = entry.data or ""
    local head = field(entry.name or "", 100) .. octal(entry.mode or 420, 8)
        .. octal(0, 8) .. octal(0, 8) .. octal(entry.size or #data, 12)
        .. octal(0, 12) .. "        " .. (entry.type or "0")
        .. field(entry.link or "", 100) .. "ustar\00000" .. field("root", 32)
        .. field("root", 32) .. octal(0, 8) .. octal(0, 8)
        .. field(entry.prefix or "", 155) .. ("\0"):rep(12)
    local sum = 0

    for i = 1, #head do
        sum = sum + head:byte(i)
    end

    if entry.sum then
        sum = entry.sum
    end

    return head:sub(1, 148) .. ("%06o\0 "):format(sum) .. head:sub(157)
        .. data .. ("\0"):rep(-#data % 512)
end

function archive.tar(entries)
    local out = {}

    for i, entry in ipairs(entries) do
        out[i] = tar_entry(entry)
    end

    return table.concat(out) .. ("\0"):rep(1024)
end

---The head of a long or odd name, by a pax record.
function archive.pax(key, value)
    local record = " " .. key .. "=" .. value .. "\n"
    local length = #record + #tostring(#record)

    length = #record + #tostring(length)
    return { name = "pax", type = "x", data = length .. record }
end

local function crc32(text)
    local crc = bit.bnot(0)

    for i = 1, #text do
        crc = bit.bxor(crc, text:byte(i))
        for _ = 1, 8 do
            crc = bit.bxor(bit.rshift(crc, 1),
                bit.band(0xedb88320, -bit.band(crc, 1)))
        end
    end

    return bit.bnot(crc)
end

local function u16(n)
    return string.char(n % 256, math.floor(n / 256) % 256)
end

local function u32(n)
    n = n % 2 ^ 32
    return u16(n % 65536) .. u16(math.floor(n / 65536))
end

---Stored entries. entry: name, data, mode, hidden (not in the table),
---local_name, before (bytes in front of it), method, size.
---@param options? table  tail: bytes behind the end; comment; count
function archive.zip(entries, options)
    local files, rows, at, count = {}, {}, 0, 0

    options = options or {}

    for _, entry in ipairs(entries) do
        local data = entry.data or ""
        local sizes = u32(crc32(data)) .. u32(#data)
            .. u32(entry.size or #data)
        local name = entry.local_name or entry.name
        local piece = "PK\3\4" .. u16(20) .. u16(0) .. u16(entry.method or 0)
            .. u32(0) .. sizes .. u16(#name) .. u16(0) .. name .. data

        at = at + #(entry.before or "")

        if not entry.hidden then
            count = count + 1
            rows[count] = "PK\1\2" .. u16(3 * 256 + 20) .. u16(20) .. u16(0)
                .. u16(entry.method or 0) .. u32(0) .. sizes
                .. u16(#entry.name) .. u16(0) .. u16(0) .. u16(0) .. u16(0)
                .. u32((entry.mode or 33188) * 65536) .. u32(at) .. entry.name
        end

        files[#files + 1] = (entry.before or "") .. piece
        at = at + #piece
    end

    local central = table.concat(rows)
    local comment = options.comment or ""

    return table.concat(files) .. central .. "PK\5\6" .. u32(0)
        .. u16(options.count or count) .. u16(options.count or count)
        .. u32(#central) .. u32(at) .. u16(#comment) .. comment
        .. (options.tail or "")
end

return archive
