-- SPDX-License-Identifier: MIT
--- Options of a call, checked by one table: name, type, range, default.

local options = {}

local function describe(rule)
    local text = "a " .. rule[1]
    if rule.min then
        text = text .. " from " .. rule.min
    end
    if rule.max then
        text = text .. " to " .. rule.max
    end
    return text
end

local function fits(rule, value)
    if type(value) ~= rule[1] then
        return rule.also == type(value)
    end
    if rule[1] ~= "number" then
        return true
    end
    return value == value and (not rule.min or value >= rule.min)
        and (not rule.max or value <= rule.max)
end

---The options with their defaults; raises what is wrong with one.
---@param given table?
---@param rules table<string, table>  { type, default=, min=, max=, also= }
---@param level? integer  as of error(), from the caller; 2 is who called him
---@return table
function options.check(given, rules, level)
    level = (level or 2) + 1
    given = given or {}

    if type(given) ~= "table" then
        error("options are a table, not a " .. type(given), level)
    end

    local all = {}

    for name, value in pairs(given) do
        local rule = rules[name]

        if not rule then
            error("there is no option '" .. tostring(name) .. "'", level)
        end
        if not fits(rule, value) then
            error("option '" .. name .. "' is to be " .. describe(rule)
                .. ", not " .. tostring(value), level)
        end
        all[name] = value
    end

    for name, rule in pairs(rules) do
        if all[name] == nil then
            all[name] = rule.default
        end
    end

    return all
end

return options
