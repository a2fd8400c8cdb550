-- SPDX-License-Identifier: MIT
--
-- ngx.shared: dictionaries shared by all workers.  Every call is one call of
-- C through the FFI; values travel in one struct that is used again.

local ngx, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
typedef struct ngx_pdn_shm_s ngx_pdn_shm_t;

typedef struct {
    const char *data;
    size_t      len;
    double      number;
    const char *err;
    int32_t     type;
    uint32_t    flags;
    int32_t     stale;
    int32_t     forcible;
} ngx_pdn_shm_value_t;

int ngx_pdn_shm_get(ngx_pdn_shm_t *dict, const char *key, size_t len,
    ngx_pdn_shm_value_t *v, int stale);
int ngx_pdn_shm_set(ngx_pdn_shm_t *dict, const char *key, size_t len,
    ngx_pdn_shm_value_t *v, int how, double ttl);
int ngx_pdn_shm_incr(ngx_pdn_shm_t *dict, const char *key, size_t len,
    ngx_pdn_shm_value_t *v, int has_init, double init, double ttl);
int ngx_pdn_shm_push(ngx_pdn_shm_t *dict, const char *key, size_t len,
    ngx_pdn_shm_value_t *v, int end);
int ngx_pdn_shm_pop(ngx_pdn_shm_t *dict, const char *key, size_t len,
    ngx_pdn_shm_value_t *v, int end);
int ngx_pdn_shm_llen(ngx_pdn_shm_t *dict, const char *key, size_t len,
    ngx_pdn_shm_value_t *v);
int ngx_pdn_shm_ttl(ngx_pdn_shm_t *dict, const char *key, size_t len,
    double *ms);
int ngx_pdn_shm_expire(ngx_pdn_shm_t *dict, const char *key, size_t len,
    double ttl);
void ngx_pdn_shm_flush_all(ngx_pdn_shm_t *dict);
size_t ngx_pdn_shm_flush_expired(ngx_pdn_shm_t *dict, size_t max);
int ngx_pdn_shm_keys(ngx_pdn_shm_t *dict, size_t max,
    ngx_pdn_shm_value_t *v);
double ngx_pdn_shm_capacity(ngx_pdn_shm_t *dict);
double ngx_pdn_shm_free_space(ngx_pdn_shm_t *dict);
int ngx_pdn_ffi_subsystem(void);
]])

local C = ffi.C
local ffi_string = ffi.string
local error = error
local tonumber = tonumber
local tostring = tostring
local type = type

local OK = 0
local ADD = 1
local REPLACE = 2
local SAFE = 4
local LEFT = 0
local STREAM = 1
local RIGHT = 1
local NIL = 0
local BOOLEAN = 1
local NUMBER = 3
local STRING = 4
local MAX_KEY = 65535
local MAX_KEYS = 1024

local dict_type = ffi.typeof("ngx_pdn_shm_t *")
-- two bytes in the machine's order, at any address
local length_type = ffi.typeof(
    "const struct { uint16_t n; } __attribute__((packed)) *"
)
local value = ffi.new("ngx_pdn_shm_value_t")
local double_box = ffi.new("double[1]")

local methods = {}


local function handle_of(dict, level)
    local handle = type(dict) == "table" and dict[1]

    if type(handle) ~= "cdata" then
        error("bad \"zone\" argument", level or 3)
    end

    return handle
end


-- The dictionary's handle, and the key as a string; nil, and why, for a key
-- that none can have.
local function opened(dict, key)
    local handle = handle_of(dict, 4)

    if type(key) ~= "string" then
        if key == nil then
            return nil, "nil key"
        end

        key = tostring(key)
    end

    if #key == 0 then
        return nil, "empty key"
    end

    if #key > MAX_KEY then
        return nil, "key too long"
    end

    return handle, key
end


-- Fills in the box; answers false for what cannot be stored.  The caller
-- keeps the string alive.
local function put(new)
    local kind = type(new)

    if kind == "string" then
        value.type = STRING
        value.data = new
        value.len = #new
    elseif kind == "number" then
        value.type = NUMBER
        value.number = new
    elseif kind == "boolean" then
        value.type = BOOLEAN
        value.number = new and 1 or 0
    elseif new == nil then
        value.type = NIL
    else
        return false
    end

    return true
end


local function taken()
    local kind = value.type

    if kind == STRING then
        return ffi_string(value.data, value.len)
    elseif kind == NUMBER then
        return value.number
    elseif kind == BOOLEAN then
        return value.number ~= 0
    end

    return nil
end


-- Fills in the box: true, or nil and why not.
local function look(dict, key, stale)
    local handle

    handle, key = opened(dict, key)
    if not handle then
        return nil, key
    end

    if C.ngx_pdn_shm_get(handle, key, #key, value, stale) ~= OK then
        return nil, ffi_string(value.err)
    end

    return true
end


function methods.get(dict, key)
    local ok, err = look(dict, key, 0)

    if not ok then
        return nil, err
    end

    if value.type == NIL then
        return nil -- one, as callers see who pass on all
    end

    local flags = value.flags

    if flags ~= 0 then
        return taken(), flags
    end

    return taken()
end


function methods.get_stale(dict, key)
    local ok, err = look(dict, key, 1)

    if not ok then
        return nil, err
    end

    if value.type == NIL then
        return nil
    end

    local flags = value.flags

    return taken(), flags ~= 0 and flags or nil, value.stale == 1
end


local function store(dict, how, key, new, ttl, flags)
    local handle

    ttl = tonumber(ttl) or 0
    if ttl < 0 then
        error("bad \"exptime\" argument", 3)
    end

    handle, key = opened(dict, key)
    if not handle then
        return nil, key
    end

    if not put(new) then
        return nil, "bad value type"
    end

    value.flags = tonumber(flags) or 0

    local rc = C.ngx_pdn_shm_set(handle, key, #key, value, how, ttl * 1000)
    local forcible = value.forcible == 1

    if rc == OK then
        return true, nil, forcible
    end

    return false, ffi_string(value.err), forcible
end


function methods.set(dict, key, new, ttl, flags)
    return store(dict, 0, key, new, ttl, flags)
end


function methods.safe_set(dict, key, new, ttl, flags)
    return store(dict, SAFE, key, new, ttl, flags)
end


function methods.add(dict, key, new, ttl, flags)
    return store(dict, ADD, key, new, ttl, flags)
end


function methods.safe_add(dict, key, new, ttl, flags)
    return store(dict, ADD + SAFE, key, new, ttl, flags)
end


function methods.replace(dict, key, new, ttl, flags)
    return store(dict, REPLACE, key, new, ttl, flags)
end


function methods.delete(dict, key)
    return store(dict, 0, key, nil)
end


local function number_of(arg, name)
    local number = tonumber(arg)

    if not number then
        error("bad " .. name .. " arg: number expected, got " .. type(arg), 3)
    end

    return number
end


function methods.incr(dict, key, by, init, init_ttl)
    local handle

    handle, key = opened(dict, key)
    if not handle then
        return nil, key
    end

    by = number_of(by, "value")
    init = init and number_of(init, "init")

    if init_ttl ~= nil then
        init_ttl = number_of(init_ttl, "init_ttl")

        if init_ttl < 0 then
            error("bad \"init_ttl\" argument", 2)
        end

        if not init then
            error("must provide \"init\" when providing \"init_ttl\"", 2)
        end
    end

    value.number = by

    local rc = C.ngx_pdn_shm_incr(handle, key, #key, value, init and 1 or 0,
        init or 0, (init_ttl or 0) * 1000)

    if rc ~= OK then
        return nil, ffi_string(value.err)
    end

    if init then
        return value.number, nil, value.forcible == 1
    end

    return value.number
end


local function push(dict, key, new, side)
    local handle

    handle, key = opened(dict, key)
    if not handle then
        return nil, key
    end

    local kind = type(new)

    if kind ~= "string" and kind ~= "number" then
        return nil, "bad value type"
    end

    put(new)

    if C.ngx_pdn_shm_push(handle, key, #key, value, side) ~= OK then
        return nil, ffi_string(value.err)
    end

    return value.number
end


function methods.lpush(dict, key, new)
    return push(dict, key, new, LEFT)
end


function methods.rpush(dict, key, new)
    return push(dict, key, new, RIGHT)
end


local function pop(dict, key, side)
    local handle

    handle, key = opened(dict, key)
    if not handle then
        return nil, key
    end

    if C.ngx_pdn_shm_pop(handle, key, #key, value, side) ~= OK then
        return nil, ffi_string(value.err)
    end

    return taken()
end


function methods.lpop(dict, key)
    return pop(dict, key, LEFT)
end


function methods.rpop(dict, key)
    return pop(dict, key, RIGHT)
end


function methods.llen(dict, key)
    local handle

    handle, key = opened(dict, key)
    if not handle then
        return nil, key
    end

    if C.ngx_pdn_shm_llen(handle, key, #key, value) ~= OK then
        return nil, ffi_string(value.err)
    end

    return value.number
end


function methods.ttl(dict, key)
    local handle

    handle, key = opened(dict, key)
    if not handle then
        return nil, key
    end

    if C.ngx_pdn_shm_ttl(handle, key, #key, double_box) ~= OK then
        return nil, "not found"
    end

    return double_box[0] / 1000
end


function methods.expire(dict, key, ttl)
    local handle

    ttl = tonumber(ttl)
    if not ttl then
        error("bad \"exptime\" argument", 2)
    end

    handle, key = opened(dict, key)
    if not handle then
        return nil, key
    end

    if C.ngx_pdn_shm_expire(handle, key, #key, ttl * 1000) ~= OK then
        return nil, "not found"
    end

    return true
end


function methods.flush_all(dict)
    C.ngx_pdn_shm_flush_all(handle_of(dict))
end


function methods.flush_expired(dict, max)
    local handle = handle_of(dict)

    return tonumber(C.ngx_pdn_shm_flush_expired(handle, tonumber(max) or 0))
end


function methods.get_keys(dict, max)
    local handle = handle_of(dict)

    if C.ngx_pdn_shm_keys(handle, tonumber(max) or MAX_KEYS, value) ~= OK then
        return nil, ffi_string(value.err)
    end

    local count = value.number
    local at = value.data
    local keys = {}

    for i = 1, count do
        local len = ffi.cast(length_type, at).n

        keys[i] = ffi_string(at + 2, len)
        at = at + 2 + len
    end

    return keys
end


function methods.capacity(dict)
    return C.ngx_pdn_shm_capacity(handle_of(dict))
end


function methods.free_space(dict)
    return C.ngx_pdn_shm_free_space(handle_of(dict))
end


-- dict.__index leads to what all dictionaries can, as it always did.
methods.__index = methods


---@param zones table<string, userdata>
---@return table<string, table>  dictionaries by name
local function dictionaries(zones)
    local dicts = {}

    for name, address in pairs(zones) do
        dicts[name] = setmetatable({ ffi.cast(dict_type, address) }, methods)
    end

    return dicts
end


ngx.shared = dictionaries(pdn.shm_zones)

-- Dictionaries of stream { } that it does not share with http { }.
if pdn.shm_own then
    local of_http, of_stream = ngx.shared, dictionaries(pdn.shm_own)

    local function of_current()
        return C.ngx_pdn_ffi_subsystem() == STREAM and of_stream or of_http
    end

    ngx.shared = setmetatable({}, {
        __index = function(_, name)
            return of_current()[name]
        end,
    })
end
