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
]])

local C = ffi.C
local band = bit.band

local STREAM = 1

local getters = pdn.getters


local function flag(mask)
    return function()
        if C.ngx_pdn_ffi_subsystem() == STREAM then
            return nil
        end

        local flags = tonumber(C.ngx_http_pdn_ffi_flags())

        if flags < 0 then
            pdn.raise(flags)
        end

        return band(flags, mask) ~= 0
    end
end


getters.is_subrequest = flag(2)
getters.headers_sent = flag(4)
