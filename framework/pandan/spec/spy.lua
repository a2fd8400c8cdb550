-- SPDX-License-Identifier: MIT
--- Functions that remember how they were called: spies (which call the real
--- one) and stubs (which do not).
local inspect = require("pandan.spec.inspect")

local spy = {}

local Spy = {}

Spy.__index = Spy

--- `match._` stands for any argument; `match.is_string()` for any string.
local match = {}
local Matcher = {}

match._ = setmetatable({
    accepts = function()
        return true
    end,
}, Matcher)

setmetatable(match, {
    __index = function(_, key)
        local kind = key:match("^is_(%w+)$")

        return function()
            return setmetatable({
                accepts = function(value)
                    return type(value) == kind
                end,
            }, Matcher)
        end
    end,
})

local function pack(...)
    return { n = select("#", ...), ... }
end

function Spy:__call(...)
    local call = { vals = pack(...) }

    self.calls[#self.calls + 1] = call
    call.returned = pack(self.callback(...))

    return unpack(call.returned, 1, call.returned.n)
end

---Puts back what `on` replaced.
function Spy:revert()
    if self.owner then
        self.owner[self.key] = self.original
        self.owner = nil
    end
end

---Forgets the calls so far.
function Spy:clear()
    self.calls = {}
end

---For stubs: what the next calls return.
function Spy:returns(...)
    local values = pack(...)

    self.callback = function()
        return unpack(values, 1, values.n)
    end

    return self
end

---For stubs: the function that answers instead.
function Spy:invokes(fn)
    self.callback = fn

    return self
end

local function nothing() end

---@param fn? function  called through the spy
---@return table
function spy.new(fn)
    return setmetatable({ calls = {}, callback = fn or nothing }, Spy)
end

local reverts

local function replace(owner, key, fn)
    local one = spy.new(fn)

    one.owner, one.key, one.original = owner, key, owner[key]
    owner[key] = one

    if reverts then
        reverts[#reverts + 1] = one
    end

    return one
end

---Replaces owner[key] by a spy on it.
function spy.on(owner, key)
    return replace(owner, key, owner[key])
end

---@return boolean
function spy.is_spy(value)
    return getmetatable(value) == Spy
end

local stub = setmetatable({
    new = function(owner, key, ...)
        if owner == nil then
            return spy.new()
        end

        return replace(owner, key, nothing):returns(...)
    end,
}, {
    __call = function(self, ...)
        return self.new(...)
    end,
})

---Every function of a table becomes a spy, or a stub if `stubbed`.
local function mock(object, stubbed)
    for key, value in pairs(object) do
        if type(value) == "function" then
            replace(object, key, not stubbed and value or nil)
        elseif type(value) == "table" and not spy.is_spy(value) then
            mock(value, stubbed)
        end
    end

    return object
end

---Runs from here on note what they replace; `fn()` puts all of it back.
---@return function
function spy.scope()
    local outer, mine = reverts, {}

    reverts = mine

    return function()
        for i = #mine, 1, -1 do
            mine[i]:revert()
        end

        reverts = outer
    end
end

local function accepts(want, got)
    if getmetatable(want) == Matcher then
        return want.accepts(got)
    end

    return inspect.same(want, got)
end

local function was_called_with(one, ...)
    local want = pack(...)

    for _, call in ipairs(one.calls) do
        local all = call.vals.n == want.n

        for i = 1, want.n do
            all = all and accepts(want[i], call.vals[i])
        end

        if all then
            return true
        end
    end

    return false
end

local function calls_text(one)
    local rows = {}

    for i, call in ipairs(one.calls) do
        local values = {}

        for j = 1, call.vals.n do
            values[j] = inspect.value(call.vals[j])
        end

        rows[i] = "    (" .. table.concat(values, ", ") .. ")"
    end

    return ("it was called %d times\n%s"):format(
        #rows, table.concat(rows, "\n")
    )
end

local function about(what, check)
    return {
        check = check,
        explain = function(negated, _, one)
            return ("expected %s%s, %s"):format(
                negated and "anything but " or "", what, calls_text(one)
            )
        end,
    }
end

local function was_called(one, times)
    if times then
        return #one.calls == times
    end

    return #one.calls > 0
end

local function has_returned(one, ...)
    local want = pack(...)

    for _, call in ipairs(one.calls) do
        if inspect.same(want, call.returned) then
            return true
        end
    end

    return false
end

spy.assertions = {
    called = about("a call, or as many as said", was_called),
    called_with = about("a call with these arguments", was_called_with),
    returned_with = about("these results", has_returned),
    called_at_least = about("more calls", function(one, times)
        return #one.calls >= times
    end),
}

spy.stub = stub
spy.mock = mock
spy.match = match

return spy
