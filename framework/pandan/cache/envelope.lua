-- SPDX-License-Identifier: MIT
--- A value as it lies on a server that others may write to: with what says how
--- long it is fresh, and which versions its tags had. What does not read as
--- one is as good as missing.
---
---     "pdn2" ── head ── for each tag {length, tag, length, version} ── value

local ffi = require("ffi")

local envelope = {}

local head_t = ffi.typeof([[
    struct {
        char magic[4];
        uint8_t kind;
        uint8_t tags;
        double fresh;
        double stored;
    } __attribute__((packed))
]])

local MAGIC = "pdn2"
local HEAD = ffi.sizeof(head_t)

-- More than this around a value is none of ours.
local ROOM = 16 * 1024
local MAX_PART = 255

local head = head_t()

---@class pandan.cache.envelope
---@field kind integer       of pandan.cache.codec
---@field data string
---@field fresh number       seconds since the epoch
---@field stored number
---@field versions table<string, string>  of its tags; "" is all entries

---@param e pandan.cache.envelope
---@return string
function envelope.pack(e)
    local parts, count = { "" }, 0

    for tag, version in pairs(e.versions) do
        count = count + 1
        parts[count + 1] = string.char(#tag) .. tag .. string.char(#version)
            .. version
    end

    ffi.copy(head.magic, MAGIC, #MAGIC)
    head.kind, head.tags = e.kind, count
    head.fresh, head.stored = e.fresh, e.stored

    parts[1] = ffi.string(head, HEAD)
    parts[count + 2] = e.data
    return table.concat(parts)
end

-- A part with its length before it, and where the next begins.
local function part(text, at)
    local len = text:byte(at)
    local last = at + (len or 0)

    if len and last <= #text then
        return text:sub(at + 1, last), last + 1
    end
end

local function versions_of(text, count, at)
    local versions = {}

    for _ = 1, count do
        local tag, version

        tag, at = part(text, at)
        if tag then
            version, at = part(text, at)
        end
        if not version then
            return nil
        end
        versions[tag] = version
    end
    return versions, at
end

---@param text any
---@param max_value number  bytes
---@return pandan.cache.envelope?
function envelope.unpack(text, max_value)
    if type(text) ~= "string" or #text < HEAD or #text > max_value + ROOM
        or text:sub(1, #MAGIC) ~= MAGIC
    then
        return nil
    end

    ffi.copy(head, text, HEAD)

    local e = { kind = head.kind, fresh = head.fresh, stored = head.stored }
    local versions, at = versions_of(text, head.tags, HEAD + 1)

    if not versions then
        return nil
    end
    e.versions, e.data = versions, text:sub(at)
    return e
end

---Can this be a version?
---@param value any  of a server
---@return string?
function envelope.version(value)
    return type(value) == "string" and value ~= "" and #value <= MAX_PART
        and value or nil
end

return envelope
