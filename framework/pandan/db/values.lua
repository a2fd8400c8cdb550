-- SPDX-License-Identifier: MIT
--- Values that a statement takes as texts: arrays of PostgreSQL, and JSON.

local json = require("pandan.json")
local native = require("pandan.db.native")

---@class pandan.db.values
local values = {}

local null = ngx.null

-- In an array each has quotes, so that a text may be "NULL".
local function quoted(text)
    return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

local function hexadecimal(bytes)
    return (bytes:gsub(".", function(byte)
        return ("%02x"):format(byte:byte())
    end))
end

-- Numbers that PostgreSQL reads back as they were.
local function number_text(number)
    if number ~= number then
        return "NaN"
    elseif number == math.huge or number == -math.huge then
        return number > 0 and "Infinity" or "-Infinity"
    end
    return ("%.17g"):format(number)
end

local append

local function item_text(value)
    local kind = type(value)

    if value == nil or value == null then
        return "NULL"
    elseif kind == "number" then
        return number_text(value)
    elseif kind == "boolean" then
        return value and "t" or "f"
    elseif kind == "string" then
        return quoted(value)
    elseif kind == "cdata" then
        local digits = tostring(value):match("^(-?%d+)U?LL$")
        if digits then
            return digits
        end
    elseif kind == "table" and getmetatable(value) == native.binary then
        return quoted("\\x" .. hexadecimal(value[1]))
    elseif kind == "table" then
        return append(value)
    end
    return nil, "an array cannot hold a " .. kind
end

function append(list)
    local parts = {}

    for i = 1, list.n or #list do
        local text, err = item_text(list[i])
        if not text then
            return nil, err
        end
        parts[i] = text
    end
    return "{" .. table.concat(parts, ",") .. "}"
end

---The text of an array: `db:query("... = ANY($1)", db.array({ 1, 2 }))`.
---Lists in it are its further dimensions; `n` says how many values there are
---when some are nil.
---@param list any[]
---@return string
function values.array(list)
    if type(list) ~= "table" then
        error("array() takes a table", 2)
    end

    local text, err = append(list)
    if not text then
        error(err, 2)
    end
    return text
end

---The text of a value in JSON.
---@param value any
---@return string
function values.json(value)
    local text, err = json.encode(value)
    if not text then
        error(err, 2)
    end
    return text
end

return values
