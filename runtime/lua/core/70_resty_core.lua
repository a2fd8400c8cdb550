-- SPDX-License-Identifier: MIT
--
-- The modules `resty.core.*`.  What they add to `ngx` in the original is
-- there from the start; `require` of one gives a table of the fields that
-- libraries use.  They are preloaded, so a copy on the path, which would
-- want another runtime's C functions, is never taken.

local ngx, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
typedef struct ngx_http_request_s  ngx_http_request_t;
typedef struct ngx_stream_lua_request_s  ngx_stream_lua_request_t;

typedef struct {
    size_t                 len;
    const unsigned char   *data;
} ngx_str_t;

typedef struct {
    int                    len;
    const unsigned char   *data;
} ngx_http_lua_ffi_str_t;

void *ngx_pdn_ffi_request(void);
double ngx_pdn_ffi_monotonic_msec(void);
int ngx_pdn_ffi_phase_bit(void);
]])

local C = ffi.C
local ceil = math.ceil
local error = error
local ffi_new = ffi.new
local find = string.find
local gsub = string.gsub
local rawset = rawset
local select = select
local tonumber = tonumber

local VERSION = "0.1.25"
local FREE = 0
local NO_CTX = -2

local buf_t = ffi.typeof("char[?]")
local size_ptr = ffi_new("size_t[1]")
local errmsg_ptr = ffi_new("char *[1]")

local buf_size = 4096
local buf = ffi_new(buf_t, buf_size)

-- LuaJIT makes the global `exdata` of it, which some code counts on.
require("thread.exdata")


local base = {
    version = VERSION,
    new_tab = require("table.new"),
    clear_tab = require("table.clear"),
    FFI_OK = 0,
    FFI_ERROR = -1,
    FFI_AGAIN = -2,
    FFI_BUSY = -3,
    FFI_DONE = -4,
    FFI_DECLINED = -5,
    FFI_NO_REQ_CTX = -100,
    FFI_BAD_CONTEXT = -101,
}


---@return ffi.cdata*?  nil in init_by_lua
function base.get_request()
    local r = C.ngx_pdn_ffi_request()

    if r ~= nil then
        return r
    end
end


function base.get_errmsg_ptr()
    return errmsg_ptr
end


function base.get_size_ptr()
    return size_ptr
end


function base.set_string_buf_size(size)
    if size > 0 then
        buf_size = ceil(size)
        buf = ffi_new(buf_t, buf_size)
    end
end


function base.get_string_buf_size()
    return buf_size
end


---@param size integer
---@param own boolean?  one that nobody else writes to
function base.get_string_buf(size, own)
    if own or size > buf_size then
        return ffi_new(buf_t, size)
    end

    return buf
end


---Puts a value into a free slot of `list`, whose free ones are chained.
---@return integer slot  -1 for nil
function base.ref_in_table(list, value)
    if value == nil then
        return -1
    end

    local slot = list[FREE]

    if slot and slot ~= 0 then
        list[FREE] = list[slot]
    else
        slot = #list + 1
    end

    list[slot] = value

    return slot
end


function base.allows_subsystem(...)
    local subsystem = ngx.config.subsystem

    for i = 1, select("#", ...) do
        if select(i, ...) == subsystem then
            return
        end
    end

    error("unsupported subsystem: " .. subsystem, 2)
end


---@param ctx table?  to be ngx.ctx if there is none yet
local function get_ctx_table(ctx)
    if ctx and C.ngx_pdn_ffi_ctx() == NO_CTX then
        ngx.ctx = ctx
    end

    return ngx.ctx
end


local modules = {
    [""] = { version = VERSION },
    base = base,
    ctx = { _VERSION = VERSION, get_ctx_table = get_ctx_table },

    misc = {
        _VERSION = VERSION,

        register_ngx_magic_key_getter = function(key, get)
            rawset(pdn.getters, key, get)
        end,

        register_ngx_magic_key_setter = function(key, set)
            rawset(pdn.setters, key, set)
        end,
    },

    regex = {
        version = VERSION,
        is_regex_cache_empty = pdn.re.is_cache_empty,

        -- our buffers grow by themselves
        set_buf_grow_ratio = function() end,
    },

    time = {
        version = VERSION,

        monotonic_msec = function()
            return tonumber(C.ngx_pdn_ffi_monotonic_msec())
        end,

        monotonic_time = function()
            return tonumber(C.ngx_pdn_ffi_monotonic_msec()) / 1000
        end,
    },

    utils = {
        version = VERSION,

        str_replace_char = function(text, from, to)
            if not find(text, from, 1, true) then
                return text
            end

            return (gsub(text, "%" .. from, { [from] = to }))
        end,
    },
}

for _, name in ipairs({ "base64", "coroutine", "exit", "hash", "ndk",
                        "param", "phase", "shdict", "socket", "uri", "var",
                        "worker" })
do
    modules[name] = { version = VERSION, _VERSION = VERSION }
end

pdn.resty_core = modules

for name, module in pairs(modules) do
    local full = name == "" and "resty.core" or "resty.core." .. name

    package.preload[full] = function()
        return module
    end
end

-- as if it had been required before any of the user's code
package.loaded["resty.core"] = modules[""]


---@param r ffi.cdata?  the request; there is only the one at hand
---@return integer  the phase's bit
function ngx.get_raw_phase(r)
    local bits = C.ngx_pdn_ffi_phase_bit()

    if r == nil or bits == 0 then
        error("no request found", 2)
    end

    return bits
end
