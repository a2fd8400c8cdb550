-- SPDX-License-Identifier: MIT
--
-- ndk.set_var.DIRECTIVE(text), where nginx has the development kit loaded.

local _, pdn = ...

if not pdn.has_ndk then
    return
end

local ffi = require("ffi")

ffi.cdef([[
typedef struct ngx_http_pdn_ndk_s ngx_http_pdn_ndk_t;

ngx_http_pdn_ndk_t *ngx_http_pdn_ffi_ndk_find(const char *name, size_t len);
intptr_t ngx_http_pdn_ffi_ndk_call(ngx_http_pdn_ndk_t *func,
    const char *arg, size_t len, ngx_http_pdn_str_t *value);
]])

local C = ffi.C
local error = error
local ffi_string = ffi.string
local tonumber = tonumber
local tostring = tostring

local str = ffi.new("ngx_http_pdn_str_t[1]")
local setters = {}


local function setter(name)
    local func = C.ngx_http_pdn_ffi_ndk_find(name, #name)

    if func == nil then
        error('ndk.set_var: directive "' .. name
              .. '" not found or does not use ndk_set_var_value', 3)
    end

    return function(arg)
        arg = tostring(arg)

        local rc = tonumber(C.ngx_http_pdn_ffi_ndk_call(func, arg, #arg, str))

        if rc == -100 or rc == -101 then
            pdn.raise(rc)
        end

        if rc ~= 0 then
            error("calling directive " .. name .. " failed with code " .. rc,
                  2)
        end

        return ffi_string(str[0].data, str[0].len)
    end
end


local set_var = setmetatable({}, {
    __index = function(_, name)
        name = tostring(name)

        local set = setters[name]

        if not set then
            set = setter(name)
            setters[name] = set
        end

        return set
    end,

    __newindex = function()
        error("not allowed", 2)
    end,
})

local ndk = { set_var = set_var }

rawset(_G, "ndk", ndk)
package.loaded.ndk = ndk
