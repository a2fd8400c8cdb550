-- SPDX-License-Identifier: MIT
--
-- Those of `resty.core.*` that know requests, see core/70_resty_core.lua.

local ngx, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
int ngx_pdn_ffi_phase_bit(void);
]])

local C = ffi.C
local error = error
local rawset = rawset
local require = require

local VERSION = pdn.resty_core.base.version
local NO_CTX = -2


---@param ctx table?  to be ngx.ctx if there is none yet
local function get_ctx_table(ctx)
    if ctx and C.ngx_pdn_ffi_ctx() == NO_CTX then
        ngx.ctx = ctx
    end

    return ngx.ctx
end


local function set_req_header(name, value, override)
    if override then
        ngx.req.set_header(name, value)
    else
        require("ngx.req").add_header(name, value)
    end
end


local function set_resp_header(_, name, value, no_override)
    if no_override then
        require("ngx.resp").add_header(name, value)
    else
        ngx.header[name] = value
    end
end


local modules = {
    ctx = { _VERSION = VERSION, get_ctx_table = get_ctx_table },
    request = { version = VERSION, set_req_header = set_req_header },
    response = { version = VERSION, set_resp_header = set_resp_header },

    misc = {
        _VERSION = VERSION,

        register_ngx_magic_key_getter = function(key, get)
            rawset(pdn.getters, key, get)
        end,

        register_ngx_magic_key_setter = function(key, set)
            rawset(pdn.setters, key, set)
        end,
    },
}

for name, module in pairs(modules) do
    package.preload["resty.core." .. name] = function()
        return module
    end
end


---@param r ffi.cdata?  the request; there is only the one at hand
---@return integer  the phase's bit
function ngx.get_raw_phase(r)
    local bits = C.ngx_pdn_ffi_phase_bit()

    if r == nil or bits == 0 then
        error("no request found", 2)
    end

    return bits
end
