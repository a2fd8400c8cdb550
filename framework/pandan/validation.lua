-- SPDX-License-Identifier: MIT
--- Checks input by rules, and gives back only what the rules speak of, in the
--- types they ask for.
---
---     local input, errors = validation.check(params, {
---         title = "required|max:120",
---         ["items.*.count"] = "required|integer|min:1",
---     })
---
--- A rule text is words with arguments, `in:a,b`, between bars; a list may mix
--- words and functions `fn(value, data)`, which return whether the value is
--- good, what to say if not, and the value in another form if it has one.
--- `regex:` and `pattern:` take the rest of the text as it is, so they stand
--- last.

local messages = require("pandan.validation.messages")
local rules = require("pandan.validation.rules")

local null = require("pandan.native").null
local text_length = require("pandan.native").text.length

---@class pandan.validation
local validation = { messages = messages, rules = rules }

-- What an empty text means when a value of another type was asked for.
local typed = {
    integer = true, number = true, float = true, numeric = true,
    boolean = true, date = true, datetime = true, json = true, array = true,
    uuid = true,
}

local numeric = { integer = true, number = true, float = true, numeric = true }

local whole_argument = { regex = true, pattern = true }

-- Words that are no checks of their own.
local flags = { required = true, nullable = true, sometimes = true }

local parsed = {}

local function parse_word(word, out)
    local name, rest = word:match("^%s*([%a_]+)%s*:?(.*)$")

    if not name then
        error("cannot read the rule '" .. word .. "'", 0)
    end
    if flags[name] then
        out[name] = true
        return
    end
    if not rules[name] then
        error("unknown validation rule '" .. name .. "'", 0)
    end

    local args = { whole = rest }
    if not whole_argument[name] and rest ~= "" then
        for arg in (rest .. ","):gmatch("([^,]*),") do
            args[#args + 1] = arg
        end
    end

    out.typed = out.typed or typed[name]
    out.numeric = out.numeric or numeric[name]
    out.tables = out.tables or name == "array" or name == "json"
    out[#out + 1] = { name = name, check = rules[name], args = args }
end

local function parse_text(text, out)
    local at = 1
    while at <= #text do
        local name = text:match("^%s*([%a_]+):", at)
        if name and whole_argument[name] then
            return parse_word(text:sub(at), out)
        end

        local bar = text:find("|", at, true) or #text + 1
        if bar > at then
            parse_word(text:sub(at, bar - 1), out)
        end
        at = bar + 1
    end
end

-- Rule texts are the program's, so there are few of them to remember.
local function parse(rule)
    if type(rule) == "string" then
        if not parsed[rule] then
            local out = {}
            parse_text(rule, out)
            parsed[rule] = out
        end
        return parsed[rule]
    end

    local out = {}
    for _, item in ipairs(type(rule) == "function" and { rule } or rule) do
        if type(item) == "function" then
            out[#out + 1] = { name = "custom", fn = item, args = {} }
        else
            parse_text(item, out)
        end
    end
    return out
end

---Whether a rule text or list has this word.
function validation.has_rule(rule, name)
    for _, item in ipairs(parse(rule)) do
        if item.name == name then
            return true
        end
    end
    return false
end

local function argument_number(s)
    return tonumber(s) or error("a rule wants a number, not '"
        .. tostring(s) .. "'", 0)
end

local function fill(text, args)
    return (text:gsub("{(%w+)}", function(key)
        if key == "all" then
            return table.concat(args, ", ")
        end
        return args[tonumber(key)] or ""
    end))
end

local function message(field, name, args, kind)
    local own = field.options.messages
    local text = own and (own[field.pattern .. "." .. name] or own[name])
        or messages[name]

    if type(text) == "table" then
        text = text[kind or "text"]
    end
    return fill(text, args or {})
end

local function is_blank(value)
    return value == nil or value == null
        or type(value) == "string" and not value:find("%S")
end

-- What stands for an empty value: NULL where a type was asked for.
local function empty(value, rule)
    if value == nil then
        return nil
    end
    if value == null or rule.typed or rule.nullable then
        return null
    end
    return value
end

local function run(item, value, field)
    if item.fn then
        local ok, text, converted = item.fn(value, field.data)
        if ok then
            return true, converted
        end
        return false, text or message(field, "custom")
    end

    local ok, converted, kind = item.check(value, item.args, field)
    if ok then
        return true, converted
    end
    return false, message(field, item.name, item.args, kind)
end

-- Checks one value: the value to keep, or nil and the messages.
local function check_value(value, rule, field, has_children)
    if is_blank(value) then
        if rule.required then
            return nil, { message(field, "required") }
        end
        return empty(value, rule)
    end

    if type(value) == "table" and not rule.tables and not has_children
        and not (#rule == 1 and rule[1].fn)
    then
        return nil, { message(field, "single") }
    end

    if type(value) == "string"
        and (not text_length(value) or value:find("\0", 1, true))
    then
        return nil, { message(field, "text") }
    end

    local broken
    for _, item in ipairs(rule) do
        local ok, result = run(item, value, field)
        if not ok then
            broken = broken or {}
            broken[#broken + 1] = result
            if typed[item.name] then
                break
            end
        elseif result ~= nil then
            value = result
        end
    end

    if broken then
        return nil, broken
    end
    return value
end

local function split(name)
    local parts = {}
    for part in name:gmatch("[^.]+") do
        parts[#parts + 1] = part
    end
    return parts
end

local function child(value, key)
    if type(value) ~= "table" then
        return nil
    end
    local found = value[key]
    if found == nil and tonumber(key) then
        found = value[tonumber(key)]
    end
    return found
end

-- Calls `fn(value, path)` for each place that the parts name.
local function each_place(value, parts, at, path, fn)
    if at > #parts then
        return fn(value, path)
    end

    local part = parts[at]
    if part ~= "*" then
        path[at] = tonumber(part) or part
        each_place(child(value, part), parts, at + 1, path, fn)
        path[at] = nil
        return
    end

    if type(value) ~= "table" then
        return
    end
    for key, inner in pairs(value) do
        path[at] = key
        each_place(inner, parts, at + 1, path, fn)
        path[at] = nil
    end
end

local function put(root, path, value)
    local place = root
    for i = 1, #path - 1 do
        local next_place = place[path[i]]
        if type(next_place) ~= "table" then
            next_place = {}
            place[path[i]] = next_place
        end
        place = next_place
    end
    place[path[#path]] = value
end

-- Parents before children, so that a child is put into what is kept.
local function ordered(all)
    local names = {}
    for name in pairs(all) do
        names[#names + 1] = name
    end
    table.sort(names)
    return names
end

local function children_of(names)
    local parents = {}
    for _, name in ipairs(names) do
        local parent = name
        repeat
            parent = parent:match("^(.*)%.[^.]+$")
            if parent then
                parents[parent] = true
            end
        until not parent
    end
    return parents
end

---Checks `data`; names of rules may reach inside: `address.city`,
---`items.*.name`.
---@param data table
---@param all table<string, string|function|table>
---@param options? table  { messages = { ["title.required"] = "..." },
---  ignore = record or id for unique, database = db }
---@return table? checked  only what rules name; nil if a rule is broken
---@return table<string, string[]>? errors
function validation.check(data, all, options)
    if type(data) ~= "table" then
        error("validation wants a table of input", 2)
    end

    local checked, errors = {}, nil
    local names = ordered(all)
    local parents = children_of(names)

    for _, name in ipairs(names) do
        local rule = parse(all[name])
        local has_children = parents[name]

        each_place(data, split(name), 1, {}, function(value, path)
            local field = {
                data = data, name = table.concat(path, "."), pattern = name,
                numeric = rule.numeric, options = options or {},
                number = argument_number,
            }
            local kept, broken = check_value(value, rule, field, has_children)

            if broken then
                errors = errors or {}
                errors[field.name] = broken
            elseif kept ~= nil then
                put(checked, path, has_children and type(kept) == "table"
                    and {} or kept)
            end
        end)
    end

    if errors then
        return nil, errors
    end
    return checked
end

return validation
