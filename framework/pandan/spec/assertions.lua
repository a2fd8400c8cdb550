-- SPDX-License-Identifier: MIT
--- The assertions, as a table.
---
---   check    arguments → does it hold?, what the assertion returns then
---   explain  negated, check's second result, arguments → the message
---   arity    how many arguments it takes; one more is the caller's message
local inspect = require("pandan.spec.inspect")
local spy = require("pandan.spec.spy")

local show = inspect.value

local assertions = {}

--- An assertion about one value: "expected WHAT, got: VALUE".
local function about(what, check)
    return {
        arity = 1,
        check = check,
        explain = function(negated, _, value)
            return ("expected %s%s, got: %s"):format(
                negated and "anything but " or "", what, show(value)
            )
        end,
    }
end

--- An assertion about two values, each shown behind its label.
local function between(intro, first, second, check)
    return {
        arity = 2,
        check = check,
        explain = function(negated, _, a, b)
            return ("expected %s%s\n%-9s %s\n%-9s %s"):format(
                negated and "not " or "", intro, first, show(a), second,
                show(b)
            )
        end,
    }
end

for _, name in ipairs({
    "number", "string", "table", "boolean", "function", "thread", "userdata",
    "cdata",
}) do
    assertions[name] = about("a " .. name, function(value)
        return type(value) == name
    end)
end

assertions["true"] = about("true", function(value)
    return value == true
end)

assertions["false"] = about("false", function(value)
    return value == false
end)

assertions["nil"] = about("nil", function(value)
    return value == nil
end)

assertions.truthy = about("a true value", function(value)
    return not not value
end)

assertions.falsy = about("a false value", function(value)
    return not value
end)

assertions.callable = about("something to call", function(value)
    local meta = debug.getmetatable(value)

    return type(value) == "function"
        or type(meta) == "table" and meta.__call ~= nil
end)

assertions.empty = about("something empty", function(value)
    if type(value) == "table" then
        return next(value) == nil
    end

    return value == ""
end)

assertions.equal = between("equal values", "expected:", "got:",
    function(a, b)
        return a == b
    end)

assertions.matches = between("a text that matches", "pattern:", "text:",
    function(pattern, text, init, plain)
        return type(text) == "string"
            and text:find(pattern, tonumber(init) or 1, plain) ~= nil
    end)

local plain_matches = assertions.matches.explain

--- As string.find it takes a start and "plain" too, before the message.
assertions.matches.arity = 4

function assertions.matches.explain(negated, result, pattern, text, init)
    local lines = plain_matches(negated, result, pattern, text)

    return type(init) == "string" and init .. "\n" .. lines or lines
end

assertions.contains = between("to find", "part:", "in:",
    function(part, whole)
        if type(whole) == "string" then
            return whole:find(part, 1, true) ~= nil
        end

        for _, value in pairs(type(whole) == "table" and whole or {}) do
            if inspect.same(part, value) then
                return true
            end
        end

        return false
    end)

assertions.same = between("the same values", "expected:", "got:",
    inspect.same)

local plain_same = assertions.same.explain

function assertions.same.explain(negated, result, a, b)
    local text = plain_same(negated, result, a, b)

    if negated or type(a) ~= "table" or type(b) ~= "table" then
        return text
    end

    return text .. "\ndifferences:\n    "
        .. table.concat(inspect.differences(a, b), "\n    ")
end

assertions.near = {
    arity = 3,
    check = function(want, got, tolerance)
        return type(got) == "number" and math.abs(want - got) <= tolerance
    end,
    explain = function(negated, _, want, got, tolerance)
        return ("expected %s %sto be within %s of %s"):format(
            show(got), negated and "not " or "", show(tolerance), show(want)
        )
    end,
}

local function find_twin(list, deep)
    for i = 1, #list do
        for j = i + 1, #list do
            local twin = list[i] == list[j]

            if twin or deep and inspect.same(list[i], list[j]) then
                return list[i]
            end
        end
    end

    return nil
end

assertions.unique = {
    arity = 2,
    check = function(list, deep)
        return find_twin(list, deep == true) == nil
    end,
    explain = function(negated, _, list, deep)
        if negated then
            return "expected a value twice in: " .. show(list)
        end

        return "expected no value twice: "
            .. show(find_twin(list, deep == true))
    end,
}

--- The message without the place that error() puts before it.
local function bare(err)
    if type(err) ~= "string" then
        return err
    end

    return (err:gsub("^[^\n]-:%d+: ", "", 1))
end

--- An assertion about what a function raises; `fits(err, want)` decides.
local function raising(fits)
    return {
        arity = 2,
        check = function(fn, want)
            if not assertions.callable.check(fn) then
                error("an assertion about errors needs a function", 0)
            end

            local ok, err = pcall(fn)

            if ok then
                return false
            end

            return want == nil or fits(err, want), err
        end,
        explain = function(negated, err, _, want)
            if negated then
                return "expected no such error, got: " .. show(err)
            end

            if want == nil or err == nil then
                return "expected an error, none was raised"
            end

            return ("expected another error\n%-9s %s\n%-9s %s"):format(
                "expected:", show(want), "got:", show(err)
            )
        end,
    }
end

assertions.error = raising(function(err, want)
    return inspect.same(want, err) or inspect.same(want, bare(err))
end)

assertions.error_matches = raising(function(err, pattern)
    return tostring(err):find(pattern) ~= nil
end)

--- Other names of the same.
for alias, name in pairs({
    equals = "equal",
    falsey = "falsy",
    match = "matches",
    errors = "error",
    error_match = "error_matches",
    match_error = "error_matches",
    matches_error = "error_matches",
}) do
    assertions[alias] = assertions[name]
end

for name, assertion in pairs(spy.assertions) do
    assertions[name] = assertion
end

return assertions
