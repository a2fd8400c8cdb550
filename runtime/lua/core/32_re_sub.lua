-- SPDX-License-Identifier: MIT
--
-- ngx.re.sub and ngx.re.gsub.  A replacement is a function, or a template
-- that is read once and kept: a list of texts and numbers of captures.

local ngx, pdn = ...

local ffi = require("ffi")
local string_buffer = require("string.buffer")

local C = ffi.C
local exec = C.ngx_pdn_re_exec
local ffi_cast = ffi.cast
local find = string.find
local match = string.match
local re = pdn.re
local state = re.state
local sub = string.sub
local tonumber = tonumber
local tostring = tostring
local type = type

local advance = re.advance
local collect = re.collect
local get = re.get
local release = re.release

local NOMATCH = -1
local MAX_TEMPLATES = 1024
local BAD_TEMPLATE = "failed to compile the replacement template"

local bytes_type = ffi.typeof("const char *")
local shared_buffer = string_buffer.new()
local templates = {}
local ntemplates = 0


-- Reads what follows a "$" at `at`; answers a text or a number, and where
-- the template goes on.
local function read_variable(template, at)
    local open, name, close = match(template, "^({?)([%w_]*)(}?)", at + 1)
    local number = match(name, "^%d+")

    if sub(template, at + 1, at + 1) == "$" then
        return "$", at + 2
    end

    if open == "{" and name ~= "" and close == "" then
        return nil, nil, "the closing bracket in \"" .. name
            .. "\" variable is missing"
    end

    if name == "" then
        return nil, nil, "lua script: invalid capturing variable name found "
            .. "in \"" .. template .. "\""
    end

    if not number or (open == "{" and number ~= name) then
        return nil, nil, "attempt to use named capturing variable \"" .. name
            .. "\" (named captures not supported yet)"
    end

    if open == "{" then
        return tonumber(number), at + #name + 3
    end

    return tonumber(number), at + #number + 1
end


local function read_template(template)
    local parts = {}
    local pos = 1

    while pos <= #template do
        local at = find(template, "$", pos, true)

        if at ~= pos then
            parts[#parts + 1] = sub(template, pos, at and at - 1)
        end

        if not at then
            break
        end

        local part, after, err = read_variable(template, at)

        if not part then
            return nil, err
        end

        parts[#parts + 1] = part
        pos = after
    end

    return parts
end


local function template_of(text)
    local parts = templates[text]

    if parts then
        return parts
    end

    local err
    parts, err = read_template(text)

    if not parts then
        ngx.log(ngx.ERR, err)

        return nil
    end

    if ntemplates >= MAX_TEMPLATES then
        templates, ntemplates = {}, 0
    end

    templates[text] = parts
    ntemplates = ntemplates + 1

    return parts
end


local function put_parts(out, parts, entry, bytes)
    local captures = entry.captures

    for i = 1, #parts do
        local part = parts[i]

        if type(part) == "string" then
            out:put(part)
        elseif part <= entry.ncaptures then
            local from = captures[2 * part]
            local len = captures[2 * part + 1] - from

            if from >= 0 and len > 0 then
                out:putcdata(bytes + from, len)
            end
        end
    end
end


-- The matches of `entry` replaced, the first or all; answers how many, or
-- nil and an error.  The result is left in `out`.
local function replace(out, entry, subject, with, global)
    local bytes = ffi_cast(bytes_type, subject)
    local call = type(with) == "function"
    local size = #subject
    local count, copied, pos = 0, 0, 0

    while pos <= size do
        local rc = exec(state, entry.c, subject, size, pos)

        if rc == NOMATCH then
            break
        end

        if rc < 0 then
            return nil, "pcre_exec() failed: " .. rc
        end

        local from, to = entry.captures[0], entry.captures[1]

        count = count + 1

        if from > copied then
            out:putcdata(bytes + copied, from - copied)
        end

        if call then
            out:put(tostring(with(collect(entry, subject))))
        else
            put_parts(out, with, entry, bytes)
        end

        copied = to
        pos = to > from and to or advance(entry, subject, to)

        if not global then
            break
        end
    end

    if count > 0 and copied < size then
        out:putcdata(bytes + copied, size - copied)
    end

    return count
end


local function substitute(subject, regex, with, opts, global)
    local out = shared_buffer
    local call = type(with) == "function"

    subject = tostring(subject)

    local entry, err = get(regex, opts)
    if not entry then
        return nil, nil, err
    end

    if call then
        -- the function may well use ngx.re.gsub too, and may raise
        out = string_buffer.new()
    else
        with = template_of(tostring(with))

        if not with then
            release(entry)

            return nil, nil, BAD_TEMPLATE
        end

        out:reset()
    end

    local count
    count, err = replace(out, entry, subject, with, global)

    if not call then
        release(entry)
    end

    if not count then
        return nil, nil, err
    end

    if count == 0 then
        return subject, 0
    end

    return out:get(), count
end


function ngx.re.sub(subject, regex, with, opts)
    return substitute(subject, regex, with, opts, false)
end


function ngx.re.gsub(subject, regex, with, opts)
    return substitute(subject, regex, with, opts, true)
end
