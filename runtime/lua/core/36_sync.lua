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

typedef struct {
    const char *data;
    size_t len;
    uint32_t flags;
} ngx_pdn_queue_value_t;

int ngx_pdn_queue_push(ngx_pdn_shm_t *dict, const char *key, size_t len,
    size_t max, const ngx_pdn_queue_value_t *v);
int ngx_pdn_queue_pop(ngx_pdn_shm_t *dict, const char *key, size_t len,
    ngx_pdn_queue_value_t *v);
double ngx_pdn_queue_count(ngx_pdn_shm_t *dict, const char *key, size_t len);

typedef struct {
    double rate;
    double size;
    double period;
    double cost;
    int32_t sliding;
    int32_t peek;
    double left;
    double wait;
} ngx_pdn_limit_t;

int ngx_pdn_limit_bucket(ngx_pdn_shm_t *dict, const char *key, size_t len,
    ngx_pdn_limit_t *limit);
int ngx_pdn_limit_window(ngx_pdn_shm_t *dict, const char *key, size_t len,
    ngx_pdn_limit_t *limit);
]])

local C = ffi.C
local await = pdn.lease_await
local await_end = pdn.lease_await_end
local error = error
local ffi_string = ffi.string

local OK = 0
local ERROR = -1
local AGAIN = -2
local MAX_KEY = 1024

local await_pop = pdn.queue_await_pop
local await_push = pdn.queue_await_push

local lease = ffi.new("ngx_pdn_lease_value_t")
local item = ffi.new("ngx_pdn_queue_value_t")
local terms = ffi.new("ngx_pdn_limit_t")

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


---@param max integer    how many it may hold
---@param bytes string
---@param flags integer  the caller's own
---@param seconds number  to wait at most while it is full
---@return true? ok
---@return "full"|"timeout"|"no memory"|nil err
function shared.queue_push(zone, key, max, bytes, flags, seconds)
    item.data, item.len, item.flags = bytes, #bytes, flags

    local rc = C.ngx_pdn_queue_push(zone.handle, key, #key, max, item)

    if rc == OK then
        return true
    elseif rc ~= AGAIN then
        return nil, "no memory"
    elseif seconds <= 0 then
        return nil, "full"
    end

    return await_push(zone.address, key, seconds * 1000, max, bytes, flags)
end


---@param seconds number  to wait at most while it is empty
---@return string? bytes
---@return integer|"empty"|"timeout"|"no memory" flags_or_err
function shared.queue_pop(zone, key, seconds)
    local rc = C.ngx_pdn_queue_pop(zone.handle, key, #key, item)

    if rc == OK then
        return ffi_string(item.data, item.len), item.flags
    elseif rc ~= AGAIN then
        return nil, "no memory"
    elseif seconds <= 0 then
        return nil, "empty"
    end

    return await_pop(zone.address, key, seconds * 1000)
end


function shared.queue_count(zone, key)
    return C.ngx_pdn_queue_count(zone.handle, key, #key)
end


local function limited(rc)
    if rc == ERROR then
        return nil, "no memory"
    end

    return rc == OK, terms.left, terms.wait
end


---@param rate number  units a second
---@param size number  units that the bucket holds
---@param cost number
---@param peek boolean  takes nothing
---@return boolean? taken
---@return number|string left_or_err
---@return number? wait  taken: to keep to the rate; else until there is enough
function shared.limit_bucket(zone, key, rate, size, cost, peek)
    terms.rate, terms.size, terms.cost = rate, size, cost
    terms.peek = peek and 1 or 0

    return limited(C.ngx_pdn_limit_bucket(zone.handle, key, #key, terms))
end


---@param size number    units in a window
---@param period number  seconds
---@return boolean? taken
---@return number|string left_or_err
---@return number? wait  taken: until the window ends; else until it fits
function shared.limit_window(zone, key, size, period, sliding, cost, peek)
    terms.size, terms.period, terms.cost = size, period, cost
    terms.sliding, terms.peek = sliding and 1 or 0, peek and 1 or 0

    return limited(C.ngx_pdn_limit_window(zone.handle, key, #key, terms))
end


package.preload["pandan.shared"] = function()
    return shared
end
