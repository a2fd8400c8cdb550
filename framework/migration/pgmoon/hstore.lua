-- SPDX-License-Identifier: MIT
--- The extension hstore, with the interface of pgmoon's module of this name.

local hstore = {}

local PostgresHstore = {}
PostgresHstore.__index = PostgresHstore

hstore.PostgresHstore = setmetatable(PostgresHstore, {
    __call = function(_, values)
        return setmetatable(values, PostgresHstore)
    end,
})

local function quoted(text)
    return '"' .. tostring(text):gsub('[\\"]', "\\%0") .. '"'
end

---A literal, for the text of a statement.
---@param values table<string, string>
---@param escape? fun(value: any): string
---@return string
function hstore.encode_hstore(values, escape)
    local parts = {}

    for key, value in pairs(values) do
        parts[#parts + 1] = quoted(key) .. "=>" .. quoted(value)
    end

    escape = escape or function(text)
        return require("pgmoon").Postgres.escape_literal(nil, text)
    end
    return escape(table.concat(parts, ", "))
end

-- What stands in quotes at `at`, and where it ends.
local function read_quoted(text, at)
    local from = at + 1

    at = from
    while at <= #text and text:sub(at, at) ~= '"' do
        at = at + (text:sub(at, at) == "\\" and 2 or 1)
    end
    return (text:sub(from, at - 1):gsub("\\(.)", "%1")), at + 1
end

---A value without one is "NULL".
---@param text string
---@return table<string, string>
function hstore.decode_hstore(text)
    local values, at = setmetatable({}, PostgresHstore), 1

    while at <= #text do
        local key, value
        key, at = read_quoted(text, at)
        at = assert(select(2, text:find("^=>", at)),
            "failed to parse postgresql hstore") + 1

        if text:sub(at, at) == '"' then
            value, at = read_quoted(text, at)
        else
            value, at = "NULL", at + #"NULL"
        end

        values[key] = value
        at = (select(2, text:find("^, ?", at)) or #text) + 1
    end
    return values
end

return hstore
