-- SPDX-License-Identifier: MIT
--
-- ngx.var: the variables of HTTP, or of stream, whichever the code runs for;
-- and when the request began.

local ngx, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
typedef struct {
    size_t                len;
    const unsigned char  *data;
} ngx_pdn_str_t;

intptr_t ngx_pdn_ffi_var(const char *name, size_t len, ngx_pdn_str_t *value,
    void **known);
intptr_t ngx_pdn_ffi_capture(intptr_t n, ngx_pdn_str_t *value);
intptr_t ngx_pdn_ffi_set_var(const char *name, size_t len,
    const char *value, size_t value_len);
double ngx_pdn_ffi_start_time(void);
]])

local C = ffi.C
local ffi_new = ffi.new
local ffi_string = ffi.string
local tonumber = tonumber
local tostring = tostring
local type = type

local DECLINED = -5

local str = ffi_new("ngx_pdn_str_t[1]")

-- The configurations' variables by the names they were asked for with: a
-- place for HTTP's and one for stream's.
local found_t = ffi.typeof("void *[2]")
local found = found_t()
local known = {}

local var_errors = {
    'variable "%s" not found for writing; maybe it is a built-in variable '
        .. 'that is not changeable or you forgot to use "set $%s \'\';" in '
        .. "the config file to define it first",
    'variable "%s" not changeable',
    'variable "%s" cannot be assigned a value',
}


local function get_var(_, name)
    local rc

    if type(name) == "string" then
        local places = known[name]

        if places then
            rc = C.ngx_pdn_ffi_var(name, #name, str, places)

        else
            rc = C.ngx_pdn_ffi_var(name, #name, str, found)

            if found[0] ~= nil or found[1] ~= nil then
                known[name] = found
                found = found_t()
            end
        end

    elseif type(name) == "number" then
        rc = C.ngx_pdn_ffi_capture(name, str)

    else
        error("bad variable name", 2)
    end

    if rc == 0 then
        return ffi_string(str[0].data, str[0].len)
    end

    if rc ~= DECLINED then
        pdn.raise(rc)
    end
end


local function set_var(_, name, value)
    if type(name) ~= "string" then
        error("bad variable name", 2)
    end

    local rc

    if value == nil then
        rc = C.ngx_pdn_ffi_set_var(name, #name, nil, 0)

    else
        if type(value) ~= "string" then
            value = tostring(value)
        end

        rc = C.ngx_pdn_ffi_set_var(name, #name, value, #value)
    end

    if rc == 0 then
        return
    end

    local text = var_errors[tonumber(rc)]

    if text then
        name = name:lower()
        error(text:format(name, name), 2)
    end

    pdn.raise(rc)
end


ngx.var = setmetatable({}, { __index = get_var, __newindex = set_var })


function ngx.req.start_time()
    local seconds = C.ngx_pdn_ffi_start_time()

    if seconds < 0 then
        pdn.raise(seconds)
    end

    return seconds
end
