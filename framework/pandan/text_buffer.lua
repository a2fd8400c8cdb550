-- SPDX-License-Identifier: MIT
--- Bytes that gather outside of Lua's heap: many texts become one without a
--- string for each step, which would be made, hashed and collected.

local ffi = require("ffi")

---@class pandan.text_buffer
---@field bytes ffi.cdata*
---@field room integer
---@field length integer
local text_buffer = {}
text_buffer.__index = text_buffer

local bytes_t = ffi.typeof("char[?]")

local FIRST_ROOM = 4096

---@return pandan.text_buffer
function text_buffer.new()
    return setmetatable({
        bytes = bytes_t(FIRST_ROOM), room = FIRST_ROOM, length = 0,
    }, text_buffer)
end

local function grow(self, wanted)
    while self.room < wanted do
        self.room = self.room * 2
    end

    local bytes = bytes_t(self.room)
    ffi.copy(bytes, self.bytes, self.length)
    self.bytes = bytes
end

---Adds a text.
---@param text string
function text_buffer:put(text)
    local length = #text
    local after = self.length + length

    if after > self.room then
        grow(self, after)
    end
    ffi.copy(self.bytes + self.length, text, length)
    self.length = after
end

---All of it; the buffer is empty then.
---@return string
function text_buffer:take()
    local text = ffi.string(self.bytes, self.length)
    self.length = 0
    return text
end

return text_buffer
