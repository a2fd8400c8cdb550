-- SPDX-License-Identifier: MIT
--
-- pandan.shared, the ground of locks, semaphores, queues and limits: what
-- lies in the zone of a shared dictionary beside its values. Times are in
-- seconds.

local ngx, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
typedef struct {
    double id;
    const char *err;
} ngx_pdn_lease_value_t;

int ngx_pdn_lease_take(ngx_pdn_shm_t *dict, const char *key, size_t len,
    size_t limit, double ttl, ngx_pdn_lease_value_t *v);
int ngx_pdn_lease_release(ngx_pdn_shm_t *dict, const char *key, size_t len,
    double id);
int ngx_pdn_lease_extend(ngx_pdn_shm_t *dict, const char *key, size_t len,
    double id, double ttl);
double ngx_pdn_lease_count(ngx_pdn_shm_t *dict, const char *key, size_t len);
]])

local C = ffi.C
local await = pdn.lease_await
local await_end = pdn.lease_await_end
local error = error
local ffi_string = ffi.string

local OK = 0
local AGAIN = -2
local MAX_KEY = 1024

local lease = ffi.new("ngx_pdn_lease_value_t")

local shared = {}


---@class pandan.shared.zone
---@field handle ffi.cdata*  of the dictionary, for the FFI
---@field address any        of the same, for functions of C

local zones = {}

---The zone of a shared dictionary; raises when the configuration has none of
---that name.
---@param name string
---@param level? integer  as of error(), from the caller; 2 is who called him
---@return pandan.shared.zone
function shared.zone(name, level)
    local zone = zones[name]

    if not zone then
        if not ngx.shared[name] then
            error("there is no shared dictionary '" .. tostring(name)
                .. "': nginx.conf wants a 'lua_shared_dict " .. tostring(name)
                .. " 10m;'", (level or 2) + 1)
        end

        zone = { handle = ngx.shared[name][1], address = pdn.shm_zones[name] }
        zones[name] = zone
    end

    return zone
end


---A key of anything here; raises what is wrong with it.
---@param key any
---@param level? integer  as above
function shared.check_key(key, level)
    if type(key) ~= "string" or key == "" or #key > MAX_KEY then
        error("a key is a string of 1 to " .. MAX_KEY .. " bytes",
            (level or 2) + 1)
    end
end


---Takes a lease without waiting; it ends with the request at the latest.
---@return number? id
---@return "busy"|"no memory"|nil err
---@return number? other  the id of one that is out, when it is busy
function shared.lease_take(zone, key, limit, ttl)
    local rc = C.ngx_pdn_lease_take(zone.handle, key, #key, limit, ttl * 1000,
        lease)

    if rc == OK then
        return lease.id
    end

    if rc == AGAIN then
        return nil, "busy", lease.id
    end

    return nil, ffi_string(lease.err)
end


---@return number? id
---@return "timeout"|"no memory"|nil err
function shared.lease_await(zone, key, limit, ttl, seconds)
    return await(zone.address, key, seconds * 1000, limit, ttl * 1000)
end


---Waits for the lease `id` to end, however it does.
---@return true? ended
---@return "timeout"|nil err
function shared.lease_await_end(zone, key, id, seconds)
    return await_end(zone.address, key, seconds * 1000, id)
end


---@return boolean  whether it was still held
function shared.lease_release(zone, key, id)
    return C.ngx_pdn_lease_release(zone.handle, key, #key, id) == OK
end


---@return boolean  whether it was still held
function shared.lease_extend(zone, key, id, ttl)
    return C.ngx_pdn_lease_extend(zone.handle, key, #key, id, ttl * 1000) == OK
end


function shared.lease_count(zone, key)
    return C.ngx_pdn_lease_count(zone.handle, key, #key)
end


package.preload["pandan.shared"] = function()
    return shared
end
