-- SPDX-License-Identifier: MIT
--
-- Fields of `ngx` that are computed: ngx.status and the like.  Later files
-- add theirs to the two tables.

local ngx, pdn = ...

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
int ngx_pdn_ffi_ctx(void);
int ngx_pdn_ffi_ctx_behind(void);
]])

local C = ffi.C
local band = bit.band
local rawset = rawset
local registry = debug.getregistry()
local set_ctx = pdn.ctx_set

local NO_CTX = -2

local getters = {}
local setters = {}

pdn.getters = getters
pdn.setters = setters


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


-- The table lies in the registry, where the host knows its index.
function getters.ctx()
    local ref = C.ngx_pdn_ffi_ctx()

    if ref >= 0 then
        return registry[ref]
    end

    if ref ~= NO_CTX then
        pdn.raise(ref)
    end

    local behind = C.ngx_pdn_ffi_ctx_behind()
    local ctx = behind < 0 and {}
        or setmetatable({}, { __index = registry[behind] })

    set_ctx(ctx)

    return ctx
end


function setters.ctx(value)
    if type(value) ~= "table" then
        error("ctx should be a table while getting a " .. type(value), 3)
    end

    set_ctx(value)
end


setmetatable(ngx, {
    __index = function(_, key)
        local get = getters[key]

        if get then
            return get()
        end
    end,

    __newindex = function(self, key, value)
        local set = setters[key]

        if set then
            return set(value)
        end

        rawset(self, key, value)
    end,
})
