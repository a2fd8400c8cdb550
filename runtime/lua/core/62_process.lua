-- SPDX-License-Identifier: MIT
--
-- The module `ngx.process`.

local ngx = ...

local ffi = require("ffi")

ffi.cdef([[
intptr_t ngx_pdn_ffi_process_type(void);
intptr_t ngx_pdn_ffi_process_master(void);
void ngx_pdn_ffi_process_quit(void);
]])

local C = ffi.C
local tonumber = tonumber
local type = type

local TYPES = { [0] = "single", "master", "signaller", "worker", "helper" }

local process = { version = "0.1.25" }


---@return "single"|"master"|"signaller"|"worker"|"helper"
function process.type()
    return TYPES[tonumber(C.ngx_pdn_ffi_process_type())]
end


---Asks for a process that keeps the master's rights.
---@param connections integer?
function process.enable_privileged_agent(connections)
    if ngx.get_phase() ~= "init" then
        return nil, "API disabled in the current context"
    end

    connections = connections or 512

    if type(connections) ~= "number" or connections < 0 then
        return nil, "bad 'connections' argument: number expected and greater "
                    .. "than 0"
    end

    return nil, "missing privileged agent process patch in the nginx core"
end


---This process ends once its requests have.
function process.signal_graceful_exit()
    C.ngx_pdn_ffi_process_quit()
end


---@return integer
function process.get_master_pid()
    return tonumber(C.ngx_pdn_ffi_process_master())
end


package.preload["ngx.process"] = function()
    return process
end
