-- SPDX-License-Identifier: MIT
--- Tags of entries: a list of names in Lua, a row of {length, bytes} in shared
--- memory.

local tags = {}

local MAX_LENGTH = 200
local MAX_TAGS = 32

---Raises what is wrong with a list of tags.
---@param list? string[]
---@param level integer  as of error(), from the caller
function tags.check(list, level)
    if list == nil then
        return
    end

    if #list > MAX_TAGS then
        error("an entry has " .. MAX_TAGS .. " tags at most", level + 1)
    end

    for _, tag in ipairs(list) do
        if type(tag) ~= "string" or tag == "" or #tag > MAX_LENGTH then
            error("a tag is a string of 1 to " .. MAX_LENGTH .. " bytes",
                level + 1)
        end
    end
end

---@param list? string[]
---@return string
function tags.pack(list)
    if not list or #list == 0 then
        return ""
    end

    local parts = {}

    for i, tag in ipairs(list) do
        parts[i] = string.char(#tag) .. tag
    end
    return table.concat(parts)
end

---@param bytes ffi.cdata*
---@param len integer
---@return string[]?
function tags.unpack(bytes, len)
    if len == 0 then
        return nil
    end

    local list, text = {}, require("ffi").string(bytes, len)
    local at = 1

    while at <= len do
        local n = text:byte(at)

        list[#list + 1] = text:sub(at + 1, at + n)
        at = at + 1 + n
    end
    return list
end

---Is one of them in the set?
---@param list string[]
---@param set table<string, boolean>
function tags.any(list, set)
    for i = 1, #list do
        if set[list[i]] then
            return true
        end
    end
    return false
end

return tags
