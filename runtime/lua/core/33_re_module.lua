-- SPDX-License-Identifier: MIT
--
-- The module `ngx.re`: split() and opt().

local _, pdn = ...

local ffi = require("ffi")

local C = ffi.C
local error = error
local exec = C.ngx_pdn_re_exec
local re = pdn.re
local state = re.state
local sub = string.sub
local tonumber = tonumber
local tostring = tostring
local type = type

local NOMATCH = -1
local DECLINED = -5

local module = { version = "0.1.25" }


-- Fills in the pieces; answers how many, and where the rest begins.
local function fill(entry, subject, start, max, res)
    local captures = entry.captures
    local size = #subject
    local n, pieces = 0, 1
    local pos, rest = start - 1, start
    local seen_empty = false

    while (max <= 0 or pieces < max) and rest <= size and pos <= size do
        local rc = exec(state, entry.c, subject, size, pos)

        if rc == NOMATCH then
            break
        end

        if rc < 0 then
            return nil, nil, "pcre_exec() failed: " .. rc
        end

        local from, to = captures[0] + 1, captures[1] + 1

        pos = to - 1

        if from == to then
            seen_empty = true
            pos = re.advance(entry, subject, pos)
        end

        -- Once nothing at all may separate, empty pieces would be noise.
        if from > rest or not seen_empty then
            n = n + 1
            res[n] = sub(subject, rest, from - 1)
            pieces = pieces + 1

            if entry.ncaptures > 0 and captures[2] >= 0 then
                n = n + 1
                res[n] = sub(subject, captures[2] + 1, captures[3])
            end

            rest = to
        end
    end

    return n, rest
end


local function finish(subject, n, rest, max, res)
    if max > 0 or rest <= #subject then
        n = n + 1
        res[n] = sub(subject, rest)
    else
        while n > 0 and res[n] == "" do
            res[n] = nil
            n = n - 1
        end
    end

    res[n + 1] = nil

    return res
end


---Splits a text where the regex matches; see lua-resty-core's ngx.re.
---@return table? pieces
---@return string? err
function module.split(subject, regex, opts, ctx, max, res)
    subject = tostring(subject)
    max = max or 0
    res = res or {}

    if type(res) ~= "table" then
        error("res is not a table", 2)
    end

    local start = ctx and ctx.pos or 1

    if start < 1 then
        start = 1
    end

    if start > #subject then
        res[1] = nil

        return res
    end

    local entry, err = re.get(regex, opts)
    if not entry then
        return nil, err
    end

    local n, rest
    n, rest, err = fill(entry, subject, start, max, res)
    re.release(entry)

    if not n then
        return nil, err
    end

    return finish(subject, n, rest, max, res)
end


---@param option string  "jit_stack_size"
---@param value integer
function module.opt(option, value)
    if option ~= "jit_stack_size" then
        error("unrecognized option name", 2)
    end

    if not re.is_cache_empty() then
        error("changing jit stack size is not allowed when some "
            .. "regexs have already been compiled and cached", 2)
    end

    local rc = C.ngx_pdn_re_set_jit_stack(state, tonumber(value))

    if rc == DECLINED then
        error("no pcre jit support found", 2)
    elseif rc ~= 0 then
        error("pcre jit stack allocation failed", 2)
    end
end


package.preload["ngx.re"] = function()
    return module
end
