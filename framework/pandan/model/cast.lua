-- SPDX-License-Identifier: MIT
--- What a column is in Lua and in the database. Both ways take what the other
--- gives, and nil (NULL) stays nil.

local json = require("pandan.json")

local floor, format = math.floor, string.format

---@class pandan.model.cast
local cast = {}

local truths = {
    [true] = true, [1] = true, ["1"] = true, t = true, ["true"] = true,
    on = true, yes = true,
}

local function boolean(value)
    return truths[value] or false
end

local function integer(value)
    local n = tonumber(value)
    if n == nil then
        return value
    end
    return n == floor(n) and n or (n < 0 and math.ceil(n) or floor(n))
end

---A time as "2026-07-01 12:00:00" in UTC, from seconds since 1970, or from
---what ISO 8601, an HTML form or a database write.
local function datetime(value)
    if type(value) == "number" then
        return os.date("!%Y-%m-%d %H:%M:%S", value)
    end
    if type(value) ~= "string" then
        return value
    end

    local date, hour, minute, rest = value:match(
        "^(%d%d%d%d%-%d%d%-%d%d)[T ](%d%d):(%d%d)(.*)$")
    if not date then
        return value
    end

    local second = rest:match("^:(%d%d)") or "00"
    local sign, h, m = rest:match("([+-])(%d%d):?(%d*)$")
    if not sign then
        return format("%s %s:%s:%s", date, hour, minute, second)
    end

    local year, month, day = date:match("(%d+)%-(%d+)%-(%d+)")
    local offset = (h * 60 + (tonumber(m) or 0)) * 60
    local at = cast.epoch(tonumber(year), tonumber(month), tonumber(day),
        tonumber(hour), tonumber(minute), tonumber(second))
    return os.date("!%Y-%m-%d %H:%M:%S",
        sign == "+" and at - offset or at + offset)
end

---Seconds since 1970 of a date in UTC; the rule is that of the Gregorian
---calendar with years that start in March.
function cast.epoch(year, month, day, hour, minute, second)
    if month <= 2 then
        year, month = year - 1, month + 12
    end

    local days = 365 * year + floor(year / 4) - floor(year / 100)
        + floor(year / 400) + floor((153 * (month - 3) + 2) / 5) + day - 719469
    return ((days * 24 + (hour or 0)) * 60 + (minute or 0)) * 60
        + (second or 0)
end

local function date(value)
    if type(value) == "number" then
        return os.date("!%Y-%m-%d", value)
    end
    return type(value) == "string" and value:sub(1, 10) or value
end

local function from_json(value)
    if type(value) ~= "string" then
        return value
    end

    local decoded, err = json.decode(value)
    if err then
        error("a json column holds no JSON: " .. err, 0)
    end
    return decoded
end

local function to_json(value)
    local text, err = json.encode(value, { sort = true })
    if not text then
        error(err, 0)
    end
    return text
end

local function same(value)
    return value
end

local kinds = {
    boolean = { read = boolean, write = boolean },
    integer = { read = integer, write = integer },
    float = { read = tonumber, write = tonumber },
    string = { read = tostring, write = tostring },
    datetime = { read = datetime, write = datetime },
    date = { read = date, write = date },
    json = { read = from_json, write = to_json },
    none = { read = same, write = same },
}

---@return { read: fun(v: any): any, write: fun(v: any): any }
function cast.of(kind)
    local found = kinds[kind or "none"]
    if not found then
        error("unknown cast '" .. tostring(kind) .. "'", 3)
    end
    return found
end

---@return string now  in UTC, as a datetime column holds it
function cast.now()
    return os.date("!%Y-%m-%d %H:%M:%S", os.time())
end

return cast
