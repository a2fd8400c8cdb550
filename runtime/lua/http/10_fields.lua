-- SPDX-License-Identifier: MIT
--
-- Fields of `ngx` that are computed from the response: ngx.status and the
-- like, see core/45_fields.lua.

local _, pdn = ...

local bit = require("bit")
local ffi = require("ffi")

ffi.cdef([[
typedef struct {
    size_t                len;
    const unsigned char  *data;
} ngx_http_pdn_str_t;

typedef struct {
    ngx_http_pdn_str_t    key;
    ngx_http_pdn_str_t    value;
} ngx_http_pdn_pair_t;

intptr_t ngx_http_pdn_ffi_flags(void);
intptr_t ngx_http_pdn_ffi_status(void);
intptr_t ngx_http_pdn_ffi_set_status(intptr_t status);
]])

local C = ffi.C
local band = bit.band

local getters = pdn.getters
local setters = pdn.setters


function getters.status()
    local status = tonumber(C.ngx_http_pdn_ffi_status())

    if status < 0 then
        pdn.raise(status)
    end

    return status
end


function setters.status(value)
    local status = tonumber(value)

    if not status then
        error("bad status: number expected, got " .. type(value), 3)
    end

    local rc = C.ngx_http_pdn_ffi_set_status(status)
    if rc ~= 0 then
        pdn.raise(rc)
    end
end


local function flag(mask)
    return function()
        local flags = tonumber(C.ngx_http_pdn_ffi_flags())

        if flags < 0 then
            pdn.raise(flags)
        end

        return band(flags, mask) ~= 0
    end
end


getters.is_subrequest = flag(2)
getters.headers_sent = flag(4)
