-- SPDX-License-Identifier: MIT
--
-- Ground of the Lua half: how refusals of the C half are raised, phases, and
-- the engine's counters as a module.

local ngx, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
const char *ngx_pdn_phase_label(void);
int ngx_pdn_lacks_request(void);
const char *ngx_pdn_phase_name(void);
]])

local C = ffi.C
local refused = pdn.refused

-- A request's whole way through a framework is one trace; LuaJIT's own limits
-- are made for loops.
require("jit.opt").start("maxtrace=8000", "maxrecord=16000", "maxsnap=2000",
                         "maxirconst=2000", "maxmcode=65536")

local NO_REQUEST = -100
local BAD_CONTEXT = -101


---Raises why the C half refused a call, on the line of the caller's caller.
---@param rc integer  NGX_PDN_NO_REQUEST or NGX_PDN_BAD_CONTEXT
---@param level integer?  as of error(), from here
function pdn.raise(rc, level)
    level = level or 3
    rc = tonumber(rc)

    if rc == BAD_CONTEXT then
        local label = C.ngx_pdn_phase_label()
        label = label ~= nil and ffi.string(label) or "init_by_lua*"
        refused()

        if C.ngx_pdn_lacks_request() ~= 0 then
            error("API disabled in the current context", level)
        end

        error("API disabled in the context of " .. label, level)
    end

    if rc == NO_REQUEST then
        error("no request found", level)
    end

    error("unexpected answer " .. rc, level)
end


function ngx.get_phase()
    local name = C.ngx_pdn_phase_name()

    if name == nil then
        error("no request found", 2)
    end

    return ffi.string(name)
end


package.preload["pandan.runtime"] = function()
    return { counters = pdn.counters }
end
