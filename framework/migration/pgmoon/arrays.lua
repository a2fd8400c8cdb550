-- SPDX-License-Identifier: MIT
--- Arrays of PostgreSQL, in both directions, with the interface of pgmoon's
--- module of this name.

---@class pgmoon.arrays
local arrays = {}

-- The type of an array by that of its first value.
local TYPES = { boolean = 1000, number = 1231, string = 1009 }

-- These stand in an array as they are, others in quotes.
local NESTED = {
    [1000] = true, [1231] = true, [1009] = true, [199] = true, [3807] = true,
}

local PostgresArray = {}
PostgresArray.__index = PostgresArray

local function quoted(text)
    return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

local function item_text(value, pg)
    local kind = type(value)

    if value == pg.NULL or value == ngx.null then
        return "NULL"
    elseif kind == "boolean" then
        return value and "t" or "f"
    elseif kind == "string" then
        return quoted(value)
    elseif kind ~= "table" then
        return tostring(value)
    end

    local meta = getmetatable(value)
    local serialize = meta and meta.pgmoon_serialize
    local oid, text = nil, "table does not implement pgmoon_serialize, can't "
        .. "serialize"
    if serialize then
        oid, text = serialize(value, pg)
    end
    if not oid then
        return nil, text
    end
    return NESTED[oid] and text or quoted(text)
end

---As a parameter: its type and its text.
function PostgresArray.pgmoon_serialize(list, pg)
    local parts, oid = {}, nil

    for i, value in ipairs(list) do
        local text, err = item_text(value, pg)
        if not text then
            return nil, err
        end

        parts[i] = text
        if not oid and text ~= "NULL" then
            oid = TYPES[type(value)]
        end
    end
    return oid or 0, "{" .. table.concat(parts, ",") .. "}"
end

---Makes a list one that can be a parameter; without one it is the class.
arrays.PostgresArray = setmetatable(PostgresArray, {
    __call = function(_, list)
        return setmetatable(list, PostgresArray)
    end,
})

-- The text of an array from `at`: its values, and where it ends.
local function read(text, at, convert, null)
    local list = setmetatable({}, PostgresArray)
    at = at + 1

    while at <= #text do
        local char = text:sub(at, at)

        if char == "}" then
            return list, at + 1
        elseif char == "{" then
            list[#list + 1], at = read(text, at, convert, null)
        elseif char == '"' then
            local from = at + 1
            at = from
            while at <= #text and text:sub(at, at) ~= '"' do
                at = at + (text:sub(at, at) == "\\" and 2 or 1)
            end
            list[#list + 1] = convert((text:sub(from, at - 1)
                :gsub("\\(.)", "%1")))
            at = at + 1
        elseif char == "," then
            at = at + 1
        else
            local word = text:match("^[^,{}\"]+", at)
            list[#list + 1] = word == "NULL" and null or convert(word)
            at = at + #word
        end
    end
    error("failed to parse postgresql array", 0)
end

local function same(text)
    return text
end

---@param text string
---@param convert? fun(text: string): any
---@param pg? table  has NULL
---@return table
function arrays.decode_array(text, convert, pg)
    local list = read(text, text:find("{", 1, true) or #text,
        convert or same, (pg or require("pgmoon").Postgres).NULL)
    return list
end

---What the driver has made of an array, as decode_array() would.
---@param list table
---@param null any
function arrays.adopt(list, null)
    setmetatable(list, PostgresArray)

    for i, value in ipairs(list) do
        if value == ngx.null then
            list[i] = null
        elseif type(value) == "table" then
            arrays.adopt(value, null)
        end
    end
end

local function append(parts, list, escape)
    for _, value in ipairs(list) do
        if type(value) == "table" and not getmetatable(value) then
            local inner = {}
            append(inner, value, escape)
            parts[#parts + 1] = "[" .. table.concat(inner, ",") .. "]"
        else
            parts[#parts + 1] = escape(value)
        end
    end
end

---`ARRAY[1,2]`, for the text of a statement.
---@param list table
---@param escape? fun(value: any): string
---@return string
function arrays.encode_array(list, escape)
    local parts = {}

    append(parts, list, escape or function(value)
        return require("pgmoon").Postgres.escape_literal(nil, value)
    end)
    return "ARRAY[" .. table.concat(parts, ",") .. "]"
end

return arrays
