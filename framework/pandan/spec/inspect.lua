-- SPDX-License-Identifier: MIT
--- Values as people read them, and what differs between two of them.
local inspect = {}

local MAX_DEPTH = 8
local MAX_STRING = 2000
local MAX_DIFFERENCES = 10

local ESCAPES = {
    ["\n"] = "\\n",
    ["\r"] = "\\r",
    ["\t"] = "\\t",
    ['"'] = '\\"',
    ["\\"] = "\\\\",
}

local RANK = { number = 1, string = 2, boolean = 3 }

local function quoted(text)
    local tail = ""

    if #text > MAX_STRING then
        tail = ("... (%d bytes)"):format(#text)
        text = text:sub(1, MAX_STRING)
    end

    return '"' .. text:gsub('[%c"\\]', function(byte)
        return ESCAPES[byte] or ("\\%03d"):format(byte:byte())
    end) .. '"' .. tail
end

local function before(a, b)
    local x, y = RANK[type(a)] or 4, RANK[type(b)] or 4

    if x ~= y then
        return x < y
    end

    if x <= 2 then
        return a < b
    end

    return tostring(a) < tostring(b)
end

local function sorted_keys(t)
    local keys = {}

    for key in pairs(t) do
        keys[#keys + 1] = key
    end

    table.sort(keys, before)

    return keys
end

local function is_name(key)
    return type(key) == "string" and key:find("^[%a_][%w_]*$") ~= nil
end

local function key_text(key)
    if is_name(key) then
        return key
    end

    return "[" .. (type(key) == "string" and quoted(key) or tostring(key))
        .. "]"
end

local render

local function render_table(t, depth, seen)
    if seen[t] then
        return "<cycle>"
    end

    if next(t) == nil then
        return "{}"
    end

    if depth >= MAX_DEPTH then
        return "{ ... }"
    end

    seen[t] = true

    local rows, width = {}, 0
    local length = #t

    for _, key in ipairs(sorted_keys(t)) do
        local row = render(t[key], depth + 1, seen)
        local listed = type(key) == "number" and key >= 1 and key <= length
            and key % 1 == 0

        if not listed then
            row = key_text(key) .. " = " .. row
        end

        rows[#rows + 1] = row
        width = width + #row + 2
    end

    seen[t] = nil

    if width + depth * 4 < 70 then
        return "{ " .. table.concat(rows, ", ") .. " }"
    end

    local indent = ("    "):rep(depth + 1)

    return "{\n" .. indent .. table.concat(rows, ",\n" .. indent)
        .. ",\n" .. ("    "):rep(depth) .. "}"
end

function render(value, depth, seen)
    local kind = type(value)

    if kind == "string" then
        return quoted(value)
    end

    if kind == "table" then
        return render_table(value, depth, seen)
    end

    if kind == "number" then
        local short = ("%.14g"):format(value)

        return tonumber(short) == value and short or ("%.17g"):format(value)
    end

    return tostring(value)
end

---One value as Lua would write it, tables with sorted keys.
---@param value any
---@return string
function inspect.value(value)
    return render(value, 0, {})
end

---Deep equality: tables by what they hold, all else by `==`.
---@param a any
---@param b any
---@param seen? table  pairs being compared already
---@return boolean
function inspect.same(a, b, seen)
    if a == b then
        return true
    end

    if type(a) ~= "table" or type(b) ~= "table" then
        return a ~= a and b ~= b
    end

    seen = seen or {}

    if seen[a] == b then
        return true
    end

    seen[a] = b

    for key, value in pairs(a) do
        if not inspect.same(value, b[key], seen) then
            return false
        end
    end

    for key in pairs(b) do
        if a[key] == nil then
            return false
        end
    end

    return true
end

local function path_of(path, key)
    if is_name(key) then
        return path .. "." .. key
    end

    return path .. key_text(key)
end

local function compare(list, path, a, b, seen)
    if #list >= MAX_DIFFERENCES or inspect.same(a, b) then
        return
    end

    if type(a) ~= "table" or type(b) ~= "table" or seen[a] then
        list[#list + 1] = ("%s: expected %s, got %s"):format(
            path, inspect.value(a), inspect.value(b)
        )
        return
    end

    seen[a] = true

    local keys = {}

    for key in pairs(a) do
        keys[key] = true
    end

    for key in pairs(b) do
        keys[key] = true
    end

    for _, key in ipairs(sorted_keys(keys)) do
        compare(list, path_of(path, key), a[key], b[key], seen)
    end
end

---Where two tables differ, a line for each place: ".a[2]: expected 1, got 2".
---@param expected table
---@param actual table
---@return string[]
function inspect.differences(expected, actual)
    local list = {}

    compare(list, "", expected, actual, {})

    return list
end

return inspect
