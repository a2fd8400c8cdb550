-- SPDX-License-Identifier: MIT
--
-- Fields of `ngx` that are computed: ngx.ctx and ngx.status here; later
-- files add theirs to the two tables.

local ngx, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
int ngx_pdn_ffi_ctx(void);
int ngx_pdn_ffi_ctx_behind(void);
intptr_t ngx_pdn_ffi_status(void);
intptr_t ngx_pdn_ffi_set_status(intptr_t status);
]])

local C = ffi.C
local rawset = rawset
local registry = debug.getregistry()
local set_ctx = pdn.ctx_set

local NO_CTX = -2

local getters = {}
local setters = {}

pdn.getters = getters
pdn.setters = setters


function getters.status()
    local status = tonumber(C.ngx_pdn_ffi_status())

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

    local rc = C.ngx_pdn_ffi_set_status(status)
    if rc ~= 0 then
        pdn.raise(rc)
    end
end


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


-- Whose code runs, or is being loaded.
setmetatable(ngx.config, {
    __index = function(_, key)
        if key == "subsystem" then
            return C.ngx_pdn_ffi_subsystem() == 1 and "stream" or "http"
        end
    end,
})


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
