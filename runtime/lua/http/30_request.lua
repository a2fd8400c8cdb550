-- SPDX-License-Identifier: MIT
--
-- ngx.var, and what there is to know of the request's line.

local ngx, pdn = ...

local bit = require("bit")
local ffi = require("ffi")

ffi.cdef([[
intptr_t ngx_http_pdn_ffi_var(const char *name, size_t len,
    ngx_http_pdn_str_t *value, void **known);
intptr_t ngx_http_pdn_ffi_var_of(void *known, ngx_http_pdn_str_t *value);
intptr_t ngx_http_pdn_ffi_capture(intptr_t n, ngx_http_pdn_str_t *value);
intptr_t ngx_http_pdn_ffi_set_var(const char *name, size_t len,
    const char *value, size_t value_len);
intptr_t ngx_http_pdn_ffi_method(ngx_http_pdn_str_t *name);
intptr_t ngx_http_pdn_ffi_set_method(uintptr_t id);
intptr_t ngx_http_pdn_ffi_version(uintptr_t *version);
intptr_t ngx_http_pdn_ffi_start_time(double *seconds);
]])

local C = ffi.C
local ffi_new = ffi.new
local ffi_string = ffi.string
local band = bit.band
local tonumber = tonumber
local tostring = tostring
local type = type

local DECLINED = -5

local str = ffi_new("ngx_http_pdn_str_t[1]")
local number = ffi_new("uintptr_t[1]")
local double = ffi_new("double[1]")
local found = ffi_new("void *[1]")

-- The configuration's variables by the names they were asked for with.
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
        local variable = known[name]

        if variable then
            rc = C.ngx_http_pdn_ffi_var_of(variable, str)

        else
            rc = C.ngx_http_pdn_ffi_var(name, #name, str, found)

            if found[0] ~= nil then
                known[name] = found[0]
            end
        end

    elseif type(name) == "number" then
        rc = C.ngx_http_pdn_ffi_capture(name, str)

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
        rc = C.ngx_http_pdn_ffi_set_var(name, #name, nil, 0)

    else
        if type(value) ~= "string" then
            value = tostring(value)
        end

        rc = C.ngx_http_pdn_ffi_set_var(name, #name, value, #value)
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


function ngx.req.get_method()
    local rc = C.ngx_http_pdn_ffi_method(str)

    if rc ~= 0 then
        pdn.raise(rc)
    end

    return ffi_string(str[0].data, str[0].len)
end


---@param method integer  ngx.HTTP_GET, ...
function ngx.req.set_method(method)
    if type(method) ~= "number" then
        error("bad method number", 2)
    end

    local rc = C.ngx_http_pdn_ffi_set_method(method)

    if rc == DECLINED then
        error("unsupported HTTP method: " .. method, 2)
    end

    if rc ~= 0 then
        pdn.raise(rc)
    end
end


local versions = { [9] = 0.9, [1000] = 1.0, [1001] = 1.1, [2000] = 2.0,
                   [3000] = 3.0 }


---@return number?
function ngx.req.http_version()
    local rc = C.ngx_http_pdn_ffi_version(number)

    if rc ~= 0 then
        pdn.raise(rc)
    end

    return versions[tonumber(number[0])]
end


function ngx.req.start_time()
    local rc = C.ngx_http_pdn_ffi_start_time(double)

    if rc ~= 0 then
        pdn.raise(rc)
    end

    return tonumber(double[0])
end


function ngx.req.is_internal()
    local flags = tonumber(C.ngx_http_pdn_ffi_flags())

    if flags < 0 then
        pdn.raise(flags)
    end

    return band(flags, 1) ~= 0
end
