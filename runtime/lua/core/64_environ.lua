-- SPDX-License-Identifier: MIT
--
-- os.getenv() in init_by_lua, where what the `env` directive sets is not in
-- the environment yet.

local ffi = require("ffi")

ffi.cdef([[
const char *ngx_pdn_ffi_conf_env(const char *name, size_t len);
]])

local C = ffi.C
local ffi_string = ffi.string
local getenv = os.getenv
local os = os
local tostring = tostring


local function in_init()
    local phase = C.ngx_pdn_phase_name()

    return phase ~= nil and ffi_string(phase) == "init"
end


---LuaJIT's own again as soon as it does the same.
function os.getenv(name)
    if not in_init() then
        os.getenv = getenv

        return getenv(name)
    end

    name = tostring(name)

    local value = C.ngx_pdn_ffi_conf_env(name, #name)

    if value ~= nil then
        return ffi_string(value)
    end

    return getenv(name)
end
