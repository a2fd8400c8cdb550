-- SPDX-License-Identifier: MIT
--- A value as it lies on a server that others may write to: with what says how
--- long it is fresh, and which versions its tags had. What does not read as
--- one is as good as missing.

local codec = require("pandan.cache.codec")

local envelope = {}

local MAGIC = "pdn1"

-- More than this around a value is none of ours.
local ROOM = 16 * 1024

---@class pandan.cache.envelope
---@field kind integer       of pandan.cache.codec
---@field data string
---@field fresh number       seconds since the epoch
---@field stored number
---@field versions table<string, string>  of its tags; "" is all entries

---@param e pandan.cache.envelope
---@return string
function envelope.pack(e)
    return MAGIC .. codec.encode({
        e.kind, e.fresh, e.stored, e.versions, e.data,
    })
end

local function is_one(list)
    if type(list) ~= "table" or type(list[1]) ~= "number"
        or type(list[2]) ~= "number" or type(list[3]) ~= "number"
        or type(list[4]) ~= "table" or type(list[5]) ~= "string"
    then
        return false
    end

    for tag, version in pairs(list[4]) do
        if type(tag) ~= "string" or type(version) ~= "string" then
            return false
        end
    end
    return true
end

---@param text any
---@param max_value number  bytes
---@return pandan.cache.envelope?
function envelope.unpack(text, max_value)
    if type(text) ~= "string" or #text > max_value + ROOM
        or text:sub(1, #MAGIC) ~= MAGIC
    then
        return nil
    end

    local bytes = text:sub(#MAGIC + 1)
    local ok, list = codec.decode(codec.VALUE, bytes, #bytes)

    if not ok or not is_one(list) then
        return nil
    end
    return {
        kind = list[1], fresh = list[2], stored = list[3],
        versions = list[4], data = list[5],
    }
end

return envelope
