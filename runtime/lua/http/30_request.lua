-- SPDX-License-Identifier: MIT
--
-- What there is to know of the request's line.

local ngx, pdn = ...

local bit = require("bit")
local ffi = require("ffi")

ffi.cdef([[
intptr_t ngx_http_pdn_ffi_method(ngx_http_pdn_str_t *name);
intptr_t ngx_http_pdn_ffi_set_method(uintptr_t id);
intptr_t ngx_http_pdn_ffi_version(uintptr_t *version);
]])

local C = ffi.C
local ffi_new = ffi.new
local ffi_string = ffi.string
local band = bit.band
local tonumber = tonumber
local type = type

local DECLINED = -5

local str = ffi_new("ngx_http_pdn_str_t[1]")
local number = ffi_new("uintptr_t[1]")

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


function ngx.req.is_internal()
    local flags = tonumber(C.ngx_http_pdn_ffi_flags())

    if flags < 0 then
        pdn.raise(flags)
    end

    return band(flags, 1) ~= 0
end
