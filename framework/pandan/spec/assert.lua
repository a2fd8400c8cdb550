-- SPDX-License-Identifier: MIT
--- The word `assert` of specs: assert.equal(1, x), assert.is_not.same(a, b),
--- assert.has_error(fn, "text"), and assert(value, message) as in plain Lua.
---
--- A name is read from left to right: words that only please the ear are
--- dropped, "not" turns the sense, and the rest names an assertion.
local assertions = require("pandan.spec.assertions")
local failure = require("pandan.spec.failure")

local FILLERS = {
    is = true,
    are = true,
    was = true,
    has = true,
    have = true,
    does = true,
    be = true,
    to = true,
}

local NEGATIONS = { ["not"] = true, ["no"] = true }

--- What was read so far: the fields are never nil, for __index is taken.
local Chain = {}

local START = { _name = false, _negated = false, _subject = false }

local function follow(state, word)
    local name, negated = state._name, state._negated

    word = word:lower()

    if name then
        name = name .. "_" .. word
    elseif NEGATIONS[word] then
        negated = not negated
    elseif not FILLERS[word] then
        name = word
    end

    return setmetatable({
        _name = name,
        _negated = negated,
        _subject = state._subject,
    }, Chain)
end

function Chain:__index(key)
    local state = self

    for word in key:gmatch("[^_]+") do
        state = follow(state, word)
    end

    return state
end

local function refuse(assertion, negated, result, ...)
    local text = assertion.explain(negated, result, ...)
    local arity = assertion.arity

    if arity and select("#", ...) > arity then
        local message = select(arity + 1, ...)

        if message ~= nil then
            text = tostring(message) .. "\n" .. text
        end
    end

    failure.raise(text)
end

local function run(state, ...)
    local assertion = assertions[state._name]

    if not assertion then
        error("assert knows no '" .. tostring(state._name) .. "'", 3)
    end

    local ok, result = assertion.check(...)

    if (not ok) ~= state._negated then
        return refuse(assertion, state._negated, result, ...)
    end

    if result ~= nil then
        return result
    end

    return ...
end

function Chain:__call(...)
    if self._name == "spy" or self._name == "stub" then
        return setmetatable({
            _name = false,
            _negated = self._negated,
            _subject = (...),
        }, Chain)
    end

    if self._subject then
        return run(self, self._subject, ...)
    end

    return run(self, ...)
end

local Word = {}

function Word.__index(_, key)
    return Chain.__index(START, key)
end

function Word.__call(_, value, message, ...)
    if not value then
        failure.raise(
            message ~= nil and tostring(message) or "assertion failed!"
        )
    end

    return value, message, ...
end

return setmetatable({}, Word)
