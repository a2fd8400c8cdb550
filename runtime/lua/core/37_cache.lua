-- SPDX-License-Identifier: MIT
--
-- pandan.shared.cache: the second level of pandan.cache, in the zone of a
-- shared dictionary. Entries travel in one struct that is used again: what
-- `read` gives is to be taken out before the next call.

local ngx = ...

local ffi = require("ffi")

ffi.cdef([[
typedef struct ngx_pdn_cache_s ngx_pdn_cache_t;

typedef struct {
    ngx_pdn_cache_t *cache;
    const double *head;
    double *counters;
    double *rows;
    double seen;
    int32_t nrows;
} ngx_pdn_cache_view_t;

typedef struct {
    const char *data;
    size_t len;
    const char *tags;
    size_t tags_len;
    double fresh;
    double stale;
    double dead;
    double stored;
    double stamp;
    double before;
    double after;
    const char *err;
    uint32_t flags;
    int32_t busy;
} ngx_pdn_cache_entry_t;

/* nginx's own: milliseconds of a clock that nobody sets. */
extern volatile int64_t ngx_current_msec;

int ngx_pdn_cache_open(ngx_pdn_shm_t *dict, const char *name, size_t len,
    size_t size, ngx_pdn_cache_view_t *view);
int ngx_pdn_cache_read(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
    const char *key, size_t len, ngx_pdn_cache_entry_t *e);
int ngx_pdn_cache_write(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
    const char *key, size_t len, ngx_pdn_cache_entry_t *e, double lease);
void ngx_pdn_cache_delete(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
    const char *key, size_t len);
void ngx_pdn_cache_purge(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
    const char *tag, size_t len);
int ngx_pdn_cache_news(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
    ngx_pdn_cache_entry_t *e);
]])

local C = ffi.C
local ffi_string = ffi.string
local setmetatable = setmetatable
local tonumber = tonumber

local shared = require("pandan.shared")

local OK = 0
local DECLINED = -5
local COUNTERS = 16
local MAX_NAME = 64
local MAX_KEY = 1024
local MAX_NEWS = 256 * 1024

-- Kinds of news.
local KEY, TAG = 0, 1

local length_t = ffi.typeof(
    "const struct { uint16_t n; uint8_t kind; } __attribute__((packed)) *"
)

local entry = ffi.new("ngx_pdn_cache_entry_t")

---@class pandan.shared.cache
---@field at ffi.cdata*        at.head[0] moves away from at.seen when there
---  are news; at.counters are this process', to be counted up
---@field pid integer          whose counters they are
local cache = {
    entry = entry, MAX_KEY = MAX_KEY,
    -- a stamp that no invalidation comes after
    NEVER = 2 ^ 53,
}
cache.__index = cache


---Milliseconds of a clock of this machine, as of this turn of the event loop:
---the cheapest there is.
---@return number
function cache.clock()
    return tonumber(C.ngx_current_msec)
end


---The cache `name` of a zone; raises when the zone is too small for one.
---@param zone pandan.shared.zone
---@param name string
---@return pandan.shared.cache
function cache.open(zone, name)
    if type(name) ~= "string" or name == "" or #name > MAX_NAME then
        error("the name of a cache is a string of 1 to " .. MAX_NAME
            .. " bytes", 3)
    end

    local view = ffi.new("ngx_pdn_cache_view_t")
    local size = math.floor(C.ngx_pdn_shm_capacity(zone.handle) / 64)

    size = math.max(4096, math.min(size, MAX_NEWS))

    if C.ngx_pdn_cache_open(zone.handle, name, #name, size, view) ~= OK then
        error("cannot open the cache '" .. name .. "': its shared dictionary "
            .. "is too small", 3)
    end

    return setmetatable({
        dict = zone.handle, cache = view.cache, at = view, name = name,
        zone = zone, pid = ngx.worker.pid(),
    }, cache)
end


---What was opened in the master counts for a worker from here on.
function cache:adopt()
    local own = cache.open(self.zone, self.name)

    self.at.counters, self.pid = own.at.counters, own.pid
end


---Finds an entry that is valid, fresh or not; it is in `cache.entry` then,
---with the stamp of a load that begins now. If there is none, the stamp alone.
---@param key string  1 to MAX_KEY bytes
---@return boolean
function cache:read(key)
    return C.ngx_pdn_cache_read(self.dict, self.cache, key, #key, entry) == OK
end


---Writes `cache.entry`, whose times, stamp and flags the caller has set.
---@param key string
---@param data string
---@param tags string    packed
---@param lease number   0: whatever others do, and they are told; -1: quietly
---@return boolean? ok
---@return "lost"|string? err
function cache:write(key, data, tags, lease)
    local at = self.at
    local heard = at.head[0] == at.seen

    entry.data, entry.len = data, #data
    entry.tags, entry.tags_len = tags, #tags

    local rc = C.ngx_pdn_cache_write(self.dict, self.cache, key, #key, entry,
        lease)

    -- what was just written is no news for this process
    if heard and entry.before == at.seen then
        at.seen = entry.after
    end

    if rc == OK then
        return true
    end

    return nil, rc == DECLINED and "lost" or ffi_string(entry.err)
end


function cache:delete(key)
    C.ngx_pdn_cache_delete(self.dict, self.cache, key, #key)
end


---@param tag? string  1 byte at least; without one all entries go
function cache:purge(tag)
    C.ngx_pdn_cache_purge(self.dict, self.cache, tag or "", tag and #tag or 0)
end


---What was invalidated since the last call: `on_key` and `on_tag` are called
---with each, or `on_all` once.
function cache:hear(on_key, on_tag, on_all)
    entry.before = self.at.seen

    local rc = C.ngx_pdn_cache_news(self.dict, self.cache, entry)

    self.at.seen = entry.after

    if rc ~= OK then
        return on_all()
    end

    local at, last = entry.data, entry.data + entry.len

    while at < last do
        local record = ffi.cast(length_t, at)
        local len, kind = record.n, record.kind

        if kind == KEY then
            on_key(ffi_string(at + 3, len))
        elseif kind == TAG then
            on_tag(ffi_string(at + 3, len))
        else
            on_all()
        end

        at = at + 3 + len
    end
end


---The sum of a counter over all processes.
---@param i integer
---@return number
function cache:total(i)
    local sum = 0

    for row = 0, self.at.nrows - 1 do
        sum = sum + self.at.rows[row * COUNTERS + i]
    end

    return sum
end


shared.cache = cache
