-- SPDX-License-Identifier: MIT
--- The rules by name. Each is given the value, its arguments and what else is
--- known, and returns true (with the value in another form, if it has one), or
--- false with what to say when that is not the rule's own message.

local cast = require("pandan.model.cast")
local json = require("pandan.json")
local text = require("pandan.native").text

local null = json.null

local floor = math.floor

---@class pandan.validation.field
---@field data table      all of the input
---@field name string     "items.2.title"
---@field numeric boolean whether sizes are those of a number
---@field options table
---@field number fun(s: string): number  an argument as a number

---@alias pandan.validation.rule fun(value: any, args: string[],
---  field: pandan.validation.field): boolean, any

---@type table<string, pandan.validation.rule>
local rules = {}

local function matches(pattern)
    return function(value)
        return type(value) == "string" and value:find(pattern) ~= nil
    end
end

-- Conversions

function rules.integer(value)
    local n = tonumber(value)
    if type(value) == "string" and not value:find("^%s*[+-]?%d+%s*$") then
        return false
    end
    if not n or n ~= floor(n) or n > 2 ^ 53 or n < -2 ^ 53 then
        return false
    end
    return true, n
end

function rules.number(value)
    if type(value) == "string" and value:find("[^%s%d.eE+-]") then
        return false
    end
    local n = tonumber(value)
    if not n or n ~= n or n == math.huge or n == -math.huge then
        return false
    end
    return true, n
end

rules.float = rules.number
rules.numeric = rules.number

local truths = {
    [true] = true, [1] = true, ["1"] = true, ["true"] = true, on = true,
    yes = true, [false] = false, [0] = false, ["0"] = false,
    ["false"] = false, off = false, no = false,
}

function rules.boolean(value)
    local truth = truths[value]
    return truth ~= nil, truth
end

function rules.accepted(value)
    return truths[value] == true, true
end

function rules.string(value)
    return type(value) == "string" or type(value) == "number",
        tostring(value)
end

function rules.trim(value)
    if type(value) ~= "string" then
        return true
    end
    -- Patterns that end with "%s+$" need the square of a long text's time.
    local first = value:find("%S")
    return true, first and value:match("^.*%S", first) or ""
end

function rules.array(value)
    return type(value) == "table"
end

function rules.json(value)
    if type(value) == "table" then
        return true
    end
    local decoded, err = json.decode(tostring(value))
    return err == nil, decoded
end

local function valid_date(year, month, day)
    year, month, day = tonumber(year), tonumber(month), tonumber(day)
    if month < 1 or month > 12 or day < 1 then
        return false
    end
    local next_year, next_month = year, month + 1
    if next_month == 13 then
        next_year, next_month = year + 1, 1
    end
    return day <= (cast.epoch(next_year, next_month, 1)
        - cast.epoch(year, month, 1)) / 86400
end

function rules.date(value)
    local year, month, day = tostring(value):match(
        "^(%d%d%d%d)%-(%d%d)%-(%d%d)$")
    return year ~= nil and valid_date(year, month, day)
end

function rules.datetime(value)
    local year, month, day, hour, minute, rest = tostring(value):match(
        "^(%d%d%d%d)%-(%d%d)%-(%d%d)[T ](%d%d):(%d%d)(.*)$")

    if not year or not valid_date(year, month, day) or tonumber(hour) > 23
        or tonumber(minute) > 59
    then
        return false
    end

    local second, zone = rest:match("^:(%d%d)%.?%d*(.*)$")
    zone = zone or rest
    if tonumber(second or 0) > 59
        or not (zone == "" or zone == "Z" or zone:find("^[+-]%d%d:?%d%d$"))
    then
        return false
    end
    return true, cast.of("datetime").write(value)
end

-- Forms of text

rules.alpha = matches("^%a+$")
rules.alpha_num = matches("^%w+$")
rules.alpha_dash = matches("^[%w_-]+$")
rules.digits = matches("^%d+$")

function rules.uuid(value)
    if type(value) ~= "string" or #value ~= 36 then
        return false
    end
    local x4 = "%x%x%x%x"
    return value:find("^" .. x4 .. x4 .. "%-" .. x4 .. "%-" .. x4 .. "%-" .. x4
        .. "%-" .. x4 .. x4 .. x4 .. "$") ~= nil, value:lower()
end

function rules.email(value)
    if type(value) ~= "string" or #value > 254 then
        return false
    end
    local name, host = value:match(
        "^([%w!#$%%&'*+/=?^_`{|}~.\128-\255-]+)@([%w.\128-\255-]+)$")
    return name ~= nil and #name <= 64 and not name:find("^%.")
        and not name:find("%.$") and not name:find("..", 1, true)
        and host:find("^%w[%w.\128-\255-]*%.[%w\128-\255-]*%w$") ~= nil
        and not host:find("..", 1, true)
end

function rules.url(value)
    if type(value) ~= "string" or value:find("[%s%c<>\"]") then
        return false
    end
    local host = value:lower():match("^https?://([^/?#]+)")
    if not host then
        return false
    end
    host = host:gsub("^.*@", ""):gsub(":%d*$", "")
    return host:find("^%[[%x:.]+%]$") ~= nil
        or host:find("^[%w.\128-\255-]+$") ~= nil
end

function rules.starts_with(value, args)
    for _, start in ipairs(args) do
        if tostring(value):sub(1, #start) == start then
            return true
        end
    end
    return false
end

function rules.ends_with(value, args)
    for _, stop in ipairs(args) do
        if stop == "" or tostring(value):sub(-#stop) == stop then
            return true
        end
    end
    return false
end

---Perl's syntax, in UTF-8. A $ at the end is the very end: it does not pass
---over a line feed, as it would by itself.
function rules.regex(value, args)
    if not (ngx and ngx.re) then
        error("the rule regex runs inside the server; pattern takes a "
            .. "pattern of Lua", 0)
    end
    local pattern = args.whole:gsub("([^\\])%$$", "%1\\z")
    local from, _, err = ngx.re.find(tostring(value), pattern, "ujo")
    if err then
        error("the rule regex:" .. args.whole .. " is wrong: " .. err, 0)
    end
    return from ~= nil
end

function rules.pattern(value, args)
    return tostring(value):find(args.whole) ~= nil
end

rules["in"] = function(value, args)
    for _, allowed in ipairs(args) do
        if tostring(value) == allowed then
            return true
        end
    end
    return false
end

function rules.not_in(value, args)
    return not rules["in"](value, args)
end

-- Sizes: characters of a text, items of a list, or a number itself

local function size_of(value, field)
    if type(value) == "table" then
        local n = 0
        for _ in pairs(value) do
            n = n + 1
        end
        return n, "items"
    end
    if field.numeric or type(value) == "number" then
        return tonumber(value) or 0, "number"
    end
    return text.length(tostring(value)) or #tostring(value), "text"
end

local function sized(test)
    return function(value, args, field)
        local size, kind = size_of(value, field)
        return test(size, field.number(args[1]), args[2]
            and field.number(args[2])), nil, kind
    end
end

rules.min = sized(function(size, least)
    return size >= least
end)

rules.max = sized(function(size, most)
    return size <= most
end)

rules.size = sized(function(size, wanted)
    return size == wanted
end)

rules.between = sized(function(size, least, most)
    return size >= least and size <= most
end)

-- Other fields

local function other(field, name)
    local value = field.data
    for part in name:gmatch("[^.]+") do
        value = type(value) == "table" and (value[part]
            or value[tonumber(part) or part]) or nil
    end
    return value
end

function rules.same(value, args, field)
    return value == other(field, args[1])
end

function rules.different(value, args, field)
    return value ~= other(field, args[1])
end

function rules.confirmed(value, _, field)
    return value == other(field, field.name .. "_confirmation")
end

-- The database

local function rows_with(value, args, field)
    local connection = require("pandan.model.connection")
    local query = require("pandan.model.query")
    local column = args[2] or field.name:match("[^.]+$")

    local db = field.options.database or connection.database()
    return query.new(db, args[1]):where(column, value)
end

---`unique:posts,slug`; the row of `options.ignore` (a record, or its id) may
---have the value.
function rules.unique(value, args, field)
    local q = rows_with(value, args, field)
    local ignore = field.options.ignore
    local id = ignore

    if type(ignore) == "table" then
        id = ignore.id
    end
    if id ~= nil and id ~= null then
        q:where("id", "<>", id)
    end
    return not q:exists()
end

function rules.exists(value, args, field)
    return rows_with(value, args, field):exists()
end

return rules
