-- SPDX-License-Identifier: MIT
--- Turns a template into Lua source of the same number of lines, so that Lua's
--- own messages name the template's lines.
---
---     {{ x }}   escaped        {* x *}   as it is       {# ... #}  nothing
---     {% lua %} a statement    {-raw-} ... {-raw-}  text without tags
---     {% layout "main" %}  {% include "posts/form" %}  {(posts/form.html)}
---     {% block "side" %} ... {% endblock %}

local compiler = {}

-- What ends each tag.
local CLOSING = {
    ["{{"] = "}}", ["{*"] = "*}", ["{%"] = "%}", ["{#"] = "#}", ["{("] = ")}",
    ["{-"] = "-}",
}

-- Beyond this an expression that is not whole is a mistake.
local MAX_EXPRESSION = 4096

local function fail(name, line, message)
    error({ view = name, line = line, message = message }, 0)
end

local function count_lines(text)
    local _, n = text:gsub("\n", "")
    return n
end

---@class pandan.view.writer
---@field out string[]
---@field pieces string[]  the constant texts
---@field line integer

local function put(writer, code)
    writer.out[#writer.out + 1] = code
end

-- A constant; its line feeds keep the source in step.
local function put_text(writer, text)
    if text == "" then
        return
    end

    local pieces = writer.pieces
    pieces[#pieces + 1] = text
    put(writer, "_n=_n+1 _o[_n]=_t[" .. #pieces .. "] "
        .. ("\n"):rep(count_lines(text)))
    writer.line = writer.line + count_lines(text)
end

local function put_value(writer, fn, code)
    put(writer, "_n=_n+1 _o[_n]=" .. fn .. "(" .. code .. ") ")
    writer.line = writer.line + count_lines(code)
end

-- Statements that are the template's own, not Lua's.
local words = {}

function words.layout(writer, rest)
    put_value(writer, "_view:layout", rest)
end

function words.include(writer, rest)
    put_value(writer, "_view:include", rest)
end

function words.block(writer, rest, name)
    writer.blocks[#writer.blocks + 1] = { name = rest, line = writer.line }
    if not rest:match("^%s*[\"'][%w_-]+[\"']%s*$") then
        fail(name, writer.line, "a block wants a name: {% block \"side\" %}")
    end
    put(writer, "_n=_n+1 _o[_n]=_view:block(" .. rest .. ",(function() "
        .. "local _o,_n={},0 ")
end

function words.endblock(writer, _, name)
    local open = table.remove(writer.blocks)
    if not open then
        fail(name, writer.line, "{% endblock %} without a block")
    end
    put(writer, "return _concat(_o,'',1,_n) end)()) ")
end

local function put_statement(writer, code, name)
    local word, rest = code:match("^%s*(%a+)(.*)$")
    local own = word and words[word]

    -- `layout = 1` and `include(x)` are plain Lua
    if own and (rest:match("^%s+[^=%s]") or rest:match("^%s*$")) then
        own(writer, rest, name)
        return
    end

    put(writer, code .. " ")
    writer.line = writer.line + count_lines(code)
end

local tags = {}

tags["{{"] = function(writer, code)
    put_value(writer, "_escape", code)
end

tags["{*"] = function(writer, code)
    put_value(writer, "_raw", code)
end

tags["{%"] = put_statement

tags["{#"] = function(writer, code)
    local n = count_lines(code)
    put(writer, ("\n"):rep(n))
    writer.line = writer.line + n
end

tags["{("] = function(writer, code)
    put_value(writer, "_view:include", ("%q"):format(code:gsub("%.html$", "")))
end

-- Where the next tag begins; CSS and JavaScript are full of other braces.
local function next_tag(text, from)
    local at = from
    while true do
        at = text:find("{[{*%%#(-]", at)
        if not at then
            return nil
        end

        local open = text:sub(at, at + 1)
        if open == "{(" and not text:find("^{%([%w_/.-]+%)}", at)
            or open == "{-" and not text:find("^{%-raw%-}", at)
        then
            at = at + 1
        else
            return at, open
        end
    end
end

-- A statement alone on its line takes the whole line with it: gives the text
-- before it, where to go on, and whether a line feed was swallowed.
local function trim_line(before, text, at, after)
    local indent = before:match("([ \t]*)$")
    local start = at - #indent
    local first = start == 1 or text:sub(start - 1, start - 1) == "\n"
    local _, last = text:find("^[ \t]*\n", after)

    if not first or not last then
        return before, after, false
    end
    return before:sub(1, #before - #indent), last + 1, true
end

-- Where a tag ends. An expression may hold its own end, in a string or a table
-- of tables: the first place counts at which it is whole.
local function closing(text, open, from)
    local first, first_last
    local at = from

    repeat
        local stop, last = text:find(CLOSING[open], at, true)
        if not stop then
            return first, first_last
        end
        if open ~= "{{" and open ~= "{*"
            or loadstring("return " .. text:sub(from, stop - 1))
        then
            return stop, last
        end

        first, first_last = first or stop, first_last or last
        at = stop + 1
    until #text < at or stop - from > MAX_EXPRESSION
    return first, first_last
end

local function compile_tags(writer, text, name)
    local from = 1

    while true do
        local at, open = next_tag(text, from)
        if not at then
            put_text(writer, text:sub(from))
            return
        end

        local before = text:sub(from, at - 1)

        if open == "{-" then
            local stop, last = text:find("{-raw-}", at + 7, true)
            if not stop then
                put_text(writer, before)
                fail(name, writer.line, "{-raw-} is never closed")
            end
            put_text(writer, before .. text:sub(at + 7, stop - 1))
            from = last + 1
        else
            local stop, last = closing(text, open, at + 2)
            if not stop then
                put_text(writer, before)
                fail(name, writer.line, open .. " is never closed by "
                    .. CLOSING[open])
            end

            local code = text:sub(at + 2, stop - 1)
            from = last + 1

            local swallowed = false
            if open == "{%" or open == "{#" then
                before, from, swallowed = trim_line(before, text, at, from)
            end
            put_text(writer, before)
            tags[open](writer, code, name)
            if swallowed then
                put(writer, "\n")
                writer.line = writer.line + 1
            end
        end
    end
end

---@param text string
---@param name string  for messages: "application/views/posts/show.html"
---@return fun(): fun(tools: table): string  gives a fresh function, whose
---  environment the caller sets; raises { view, line, message }
function compiler.compile(text, name)
    local writer = { out = {}, pieces = {}, blocks = {}, line = 1 }

    put(writer, "local _t,_concat=... return function(_escape,_raw,_view) "
        .. "local _o,_n={},0 ")
    compile_tags(writer, text, name)

    local open = writer.blocks[#writer.blocks]
    if open then
        fail(name, open.line, "the block" .. open.name .. " is never closed")
    end
    put(writer, "return _concat(_o,'',1,_n) end")

    local chunk, err = loadstring(table.concat(writer.out), "@" .. name)
    if not chunk then
        local line, message = err:match(":(%d+): (.*)$")
        fail(name, tonumber(line) or 1, message or err)
    end

    local pieces = writer.pieces
    return function()
        return chunk(pieces, table.concat)
    end
end

return compiler
