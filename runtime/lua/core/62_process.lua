-- SPDX-License-Identifier: MIT
--
-- ngx.worker, and the module `ngx.process`.

local ngx = ...

local ffi = require("ffi")

ffi.cdef([[
int ngx_pdn_ffi_process_type(void);
int ngx_pdn_ffi_process_master(void);
void ngx_pdn_ffi_process_quit(void);
intptr_t ngx_pdn_ffi_agent_enable(intptr_t connections);

int ngx_pdn_ffi_worker_exiting(void);
int ngx_pdn_ffi_worker_pid(void);
int ngx_pdn_ffi_worker_id(void);
int ngx_pdn_ffi_worker_count(void);
int ngx_pdn_ffi_worker_pids(int *pids, int max);
]])

local C = ffi.C
local floor = math.floor
local type = type

local OK = 0
local MAX_PIDS = 1024
local OFF = "API disabled in the current context"

local TYPES = {
    [0] = "single",
    [1] = "master",
    [2] = "signaller",
    [3] = "worker",
    [4] = "helper",
    [99] = "privileged agent",
}

local pids = ffi.new("int[?]", MAX_PIDS)


ngx.worker = {}


function ngx.worker.exiting()
    return C.ngx_pdn_ffi_worker_exiting() ~= 0
end


---@return integer
function ngx.worker.pid()
    return C.ngx_pdn_ffi_worker_pid()
end


---@return integer? id  from 0; nil outside of workers
function ngx.worker.id()
    local id = C.ngx_pdn_ffi_worker_id()

    if id >= 0 then
        return id
    end
end


---@return integer
function ngx.worker.count()
    return C.ngx_pdn_ffi_worker_count()
end


---@return integer[]? pids  of all workers
---@return string? err
function ngx.worker.pids()
    local phase = ngx.get_phase()

    if phase == "init" or phase == "init_worker" then
        return nil, OFF
    end

    local list = {}

    for i = 1, C.ngx_pdn_ffi_worker_pids(pids, MAX_PIDS) do
        list[i] = pids[i - 1]
    end

    return list
end


local process = { version = "0.1.25" }


---@return "single"|"master"|"worker"|"helper"|"privileged agent"
function process.type()
    return TYPES[C.ngx_pdn_ffi_process_type()]
end


---Asks for a process that keeps the master's rights, in init_by_lua.
---@param connections integer?  how many it may have; default 512
---@return boolean? ok
---@return string? err
function process.enable_privileged_agent(connections)
    if ngx.get_phase() ~= "init" then
        return nil, OFF
    end

    connections = connections or 512

    if type(connections) ~= "number" or connections < 0 then
        return nil, "bad 'connections' argument: number expected and greater "
                    .. "than 0"
    end

    if C.ngx_pdn_ffi_agent_enable(floor(connections)) ~= OK then
        return nil, "a privileged agent needs a master process, and 'daemon "
                    .. "off' or a reload"
    end

    return true
end


---This process ends once its requests have.
function process.signal_graceful_exit()
    C.ngx_pdn_ffi_process_quit()
end


---@return integer
function process.get_master_pid()
    return C.ngx_pdn_ffi_process_master()
end


package.preload["ngx.process"] = function()
    return process
end
