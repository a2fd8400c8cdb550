-- SPDX-License-Identifier: MIT
--- How a transaction begins: what its options mean in each dialect.

---@class pandan.db.begin
local begin = {}

local RETRIES = 3
local RETRIES_MAX = 100

local LEVELS = {
    ["read uncommitted"] = true, ["read committed"] = true,
    ["repeatable read"] = true, serializable = true,
}

local known = {
    foreign_keys = true, isolation = true, read_only = true, retry = true,
}

local write = {}

-- There is one level, the strictest. A reader sees one state of the file.
-- SQLite takes the order not to look after foreign keys outside of
-- transactions only; its connection is made new when it comes back.
function write.sqlite(options)
    return (options.foreign_keys == false and "PRAGMA foreign_keys = OFF; "
            or "")
        .. (options.read_only and "BEGIN" or "BEGIN IMMEDIATE")
end

function write.postgres(options)
    return "BEGIN"
        .. (options.isolation and " ISOLATION LEVEL " .. options.isolation
            or "")
        .. (options.read_only and " READ ONLY" or "")
end

function write.mysql(options)
    return (options.isolation and "SET TRANSACTION ISOLATION LEVEL "
            .. options.isolation .. "; " or "")
        .. "START TRANSACTION" .. (options.read_only and " READ ONLY" or "")
end

local plain = {}

for dialect, fn in pairs(write) do
    plain[dialect] = { sql = fn({}), retry = 0 }
end

local function retries(value)
    if value == nil or value == false then
        return 0
    elseif value == true then
        return RETRIES
    elseif type(value) ~= "number" or value % 1 ~= 0 or value < 0
        or value > RETRIES_MAX
    then
        return nil
    end
    return value
end

---Checks the options `isolation`, `read_only`, `retry`, and SQLite's
---`foreign_keys`, which false leaves unchecked, to make tables anew.
---@param dialect string
---@param given? table
---@return table? options  { sql, retry, read_only }
---@return string? err
function begin.read(dialect, given)
    if given == nil then
        return plain[dialect]
    elseif type(given) ~= "table" then
        return nil, "the options of a transaction must be a table"
    end

    for name in pairs(given) do
        if not known[name] then
            return nil, "a transaction has no option '" .. tostring(name) .. "'"
        end
    end

    local level = given.isolation
    if level ~= nil and not LEVELS[type(level) == "string" and level:lower()]
    then
        return nil, "isolation must be 'read uncommitted', 'read committed', "
            .. "'repeatable read' or 'serializable'"
    end

    if given.foreign_keys ~= nil and dialect ~= "sqlite" then
        return nil, "foreign_keys is an option of SQLite alone"
    end

    local retry = retries(given.retry)
    if not retry then
        return nil, "retry must be true or a whole number from 0 to "
            .. RETRIES_MAX
    end

    return {
        sql = write[dialect](given), retry = retry,
        read_only = given.read_only and true or false,
    }
end

return begin
