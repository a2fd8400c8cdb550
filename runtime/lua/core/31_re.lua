-- SPDX-License-Identifier: MIT
--
-- ngx.re: regular expressions.  C compiles and matches; here are the cache,
-- the captures and the iterator.  Replacements are in 32_re_sub.lua.

local ngx, pdn = ...

local bit = require("bit")
local ffi = require("ffi")
local new_tab = require("table.new")

ffi.cdef([[
typedef struct ngx_pdn_re_state_s ngx_pdn_re_state_t;

typedef struct {
    int32_t             *captures;
    const unsigned char *names;
    uint32_t             nnames;
    uint32_t             name_size;
    uint32_t             ncaptures;
    uint32_t             flags;
    void                *code;
} ngx_pdn_re_t;

ngx_pdn_re_t *ngx_pdn_re_compile(ngx_pdn_re_state_t *state, const char *pat,
    size_t len, const char *opts, size_t nopts, char *err, size_t size);
void ngx_pdn_re_free(ngx_pdn_re_t *re);
int ngx_pdn_re_exec(ngx_pdn_re_state_t *state, ngx_pdn_re_t *re,
    const char *subject, size_t len, size_t pos);
int ngx_pdn_re_set_jit_stack(ngx_pdn_re_state_t *state, size_t size);
int ngx_pdn_re_max_entries(ngx_pdn_re_state_t *state);
]])

local C = ffi.C
local band = bit.band
local byte = string.byte
local error = error
local exec = C.ngx_pdn_re_exec
local ffi_gc = ffi.gc
local ffi_string = ffi.string
local find = string.find
local setmetatable = setmetatable
local sub = string.sub
local tostring = tostring
local type = type

local ONCE = 0x01
local UTF = 0x08
local DUPNAMES = 0x20
local NOMATCH = -1
local ERR_SIZE = 2048

local state = ffi.cast("ngx_pdn_re_state_t *", pdn.re_state)
local errbuf = ffi.new("char[?]", ERR_SIZE)
local max_entries = C.ngx_pdn_re_max_entries(state)

ngx.re = {}

local re = { state = state }
pdn.re = re

---@class ngx_pdn_regex
---@field c ffi.cdata*     ngx_pdn_re_t
---@field captures ffi.cdata*  offsets of the last match
---@field ncaptures integer
---@field names table|false  { number, name, ... }
---@field dupnames boolean
---@field utf boolean
---@field once boolean     in the cache, not to be freed

-- The cache has two generations: when the young one has taken half of the
-- entries allowed it becomes the old one, so what is not used goes in time.
local young = {}
local old = {}
local nyoung = 0


local function names_of(compiled)
    local n = compiled.nnames

    if n == 0 then
        return false
    end

    local names = {}

    for i = 0, n - 1 do
        local entry = compiled.names + i * compiled.name_size

        names[2 * i + 1] = entry[0] * 256 + entry[1]
        names[2 * i + 2] = ffi_string(entry + 2)
    end

    return names
end


local function remember(regex, opts, entry)
    if nyoung >= max_entries / 2 then
        old, young, nyoung = young, {}, 0
    end

    local same_opts = young[opts]

    if not same_opts then
        same_opts = {}
        young[opts] = same_opts
    end

    same_opts[regex] = entry
    nyoung = nyoung + 1
end


local function recall(regex, opts)
    local same_opts = old[opts]
    local entry = same_opts and same_opts[regex]

    if entry then
        remember(regex, opts, entry)
    end

    return entry
end


-- Its caller is a function of the API: mistakes are of that one's caller.
local function compile(regex, opts)
    local compiled = C.ngx_pdn_re_compile(state, regex, #regex, opts, #opts,
        errbuf, ERR_SIZE)

    if compiled == nil then
        local err = ffi_string(errbuf)

        if find(err, "unknown flag", 1, true) == 1 then
            error(err, 3)   -- a tail call left no trace of get()
        end

        return nil, err
    end

    local entry = {
        c = ffi_gc(compiled, C.ngx_pdn_re_free),
        captures = compiled.captures,
        ncaptures = compiled.ncaptures,
        names = names_of(compiled),
        dupnames = band(compiled.flags, DUPNAMES) ~= 0,
        utf = band(compiled.flags, UTF) ~= 0,
        once = band(compiled.flags, ONCE) ~= 0 and max_entries > 0,
    }

    if entry.once then
        remember(regex, opts, entry)
    end

    return entry
end


---The compiled regex; release() it after use.
---@return ngx_pdn_regex?
---@return string? err
local function get(regex, opts)
    if type(regex) ~= "string" then
        regex = tostring(regex)
    end

    opts = opts or ""

    local same_opts = young[opts]
    local entry = same_opts and same_opts[regex]

    if entry then
        return entry
    end

    entry = recall(regex, opts)

    if entry then
        return entry
    end

    return compile(regex, opts)
end

re.get = get


---Frees what no cache keeps: the collector does not see its size.
local function release(entry)
    if not entry.once then
        C.ngx_pdn_re_free(ffi_gc(entry.c, nil))
    end
end

re.release = release


function re.is_cache_empty()
    return next(young) == nil and next(old) == nil
end


local function collect_names(entry, res)
    local names = entry.names

    for i = 1, #names, 2 do
        local value = res[names[i]]
        local name = names[i + 1]

        if not entry.dupnames then
            res[name] = value
        elseif value then
            local list = res[name]

            if list then
                list[#list + 1] = value
            else
                res[name] = { value }
            end
        end
    end
end


---The last match as the table that ngx.re.match() gives.
local function collect(entry, subject, res)
    local captures = entry.captures
    local n = entry.ncaptures

    if not res then
        res = new_tab(n, entry.names and 4 or 1)
    end

    for i = 0, n do
        local from = captures[2 * i]

        if from >= 0 then
            res[i] = sub(subject, from + 1, captures[2 * i + 1])
        else
            res[i] = false
        end
    end

    if entry.names then
        collect_names(entry, res)
    end

    return res
end

re.collect = collect


---Where to look next after a match of nothing at `pos`.
local function advance(entry, subject, pos)
    pos = pos + 1

    if entry.utf then
        local ch = byte(subject, pos + 1)

        while ch and ch >= 0x80 and ch < 0xc0 do
            pos = pos + 1
            ch = byte(subject, pos + 1)
        end
    end

    return pos
end

re.advance = advance


local function start_of(ctx)
    local pos = ctx and ctx.pos

    if not pos or pos <= 0 then
        return 0
    end

    return pos - 1
end


function ngx.re.match(subject, regex, opts, ctx, res)
    subject = tostring(subject)

    local entry, err = get(regex, opts)
    if not entry then
        return nil, err
    end

    local rc = exec(state, entry.c, subject, #subject, start_of(ctx))

    if rc < 0 then
        release(entry)

        if rc == NOMATCH then
            return nil
        end

        return nil, "pcre_exec() failed: " .. rc
    end

    if ctx then
        ctx.pos = entry.captures[1] + 1
    end

    res = collect(entry, subject, res)
    release(entry)

    return res
end


local function offsets_of(entry, nth)
    if not nth or nth < 0 then
        nth = 0
    end

    if nth > entry.ncaptures then
        return nil, nil, "nth out of bound"
    end

    local from = entry.captures[2 * nth]

    if from < 0 then
        return nil, nil
    end

    return from + 1, entry.captures[2 * nth + 1]
end


function ngx.re.find(subject, regex, opts, ctx, nth)
    subject = tostring(subject)

    local entry, err = get(regex, opts)
    if not entry then
        return nil, nil, err
    end

    local rc = exec(state, entry.c, subject, #subject, start_of(ctx))

    if rc < 0 then
        release(entry)

        if rc == NOMATCH then
            return nil
        end

        return nil, nil, "pcre_exec() failed: " .. rc
    end

    if ctx then
        ctx.pos = entry.captures[1] + 1
    end

    local from, to
    from, to, err = offsets_of(entry, nth)
    release(entry)

    return from, to, err
end


local function finish(iterator)
    release(iterator.entry)
    iterator.entry = nil
end


local function iterate(iterator)
    local entry = iterator.entry
    local subject = iterator.subject

    if not entry then
        return nil
    end

    local rc = exec(state, entry.c, subject, #subject, iterator.pos)

    if rc < 0 then
        finish(iterator)

        if rc == NOMATCH then
            return nil
        end

        return nil, "pcre_exec() failed: " .. rc
    end

    local from, to = entry.captures[0], entry.captures[1]
    local res = collect(entry, subject)

    if from == to then
        to = advance(entry, subject, to)
    end

    iterator.pos = to

    if to > #subject then
        finish(iterator)
    end

    return res
end


local iterator_meta = { __call = iterate }


function ngx.re.gmatch(subject, regex, opts)
    subject = tostring(subject)

    local entry, err = get(regex, opts)
    if not entry then
        return nil, err
    end

    return setmetatable(
        { entry = entry, subject = subject, pos = 0 },
        iterator_meta
    )
end
