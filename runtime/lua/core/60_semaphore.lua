-- SPDX-License-Identifier: MIT
--
-- The module `ngx.semaphore`: light threads of one worker that wait for each
-- other.

local _, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
typedef struct ngx_pdn_semaphore_s ngx_pdn_semaphore_t;

ngx_pdn_semaphore_t *ngx_pdn_ffi_semaphore_create(intptr_t count);
void ngx_pdn_ffi_semaphore_drop(ngx_pdn_semaphore_t *s);
intptr_t ngx_pdn_ffi_semaphore_take(ngx_pdn_semaphore_t *s);
void ngx_pdn_ffi_semaphore_post(ngx_pdn_semaphore_t *s, intptr_t n);
intptr_t ngx_pdn_ffi_semaphore_count(ngx_pdn_semaphore_t *s);
]])

local C = ffi.C
local error = error
local istype = ffi.istype
local setmetatable = setmetatable
local suspend = pdn.semaphore_wait
local tonumber = tonumber
local type = type

local OK = 0
local AGAIN = -2
local NO_REQUEST = -100

local pointer_t = ffi.typeof("ngx_pdn_semaphore_t *")

local semaphore = { version = "0.1.25" }
local metatable = { __index = semaphore }


local function native(self)
    local s = type(self) == "table" and self.sem

    if not istype(pointer_t, s) then
        error("not a semaphore instance", 3)
    end

    return s
end


---@param n integer?  how many may be taken at first; default 0
function semaphore.new(n)
    n = tonumber(n) or 0

    if n < 0 then
        error("no negative number", 2)
    end

    local s = C.ngx_pdn_ffi_semaphore_create(n)

    if s == nil then
        return nil, "no memory"
    end

    return setmetatable({ sem = ffi.gc(s, C.ngx_pdn_ffi_semaphore_drop) },
                        metatable)
end


---Takes one, and waits for it if there is none.
---@param seconds number  at most; 0 does not wait
---@return boolean? ok
---@return "timeout"|string? err
function semaphore:wait(seconds)
    local s = native(self)

    seconds = tonumber(seconds)

    if not seconds then
        error("number of seconds expected", 2)
    end

    if seconds < 0 then
        error("no negative number", 2)
    end

    local rc = tonumber(C.ngx_pdn_ffi_semaphore_take(s))

    if rc == NO_REQUEST then
        error("no request found", 2)
    end

    if rc == OK then
        return true
    end

    if rc ~= AGAIN then
        return nil, "API disabled in the context of "
                    .. ffi.string(C.ngx_pdn_phase_label())
    end

    if seconds * 1000 < 1 then
        return nil, "timeout"
    end

    return suspend(s, seconds * 1000)
end


---@param n integer?  how many to give; default 1
function semaphore:post(n)
    local s = native(self)

    n = n and tonumber(n) or 1

    if n < 1 then
        error("positive number required", 2)
    end

    C.ngx_pdn_ffi_semaphore_post(s, n)

    return true
end


---@return integer count  below 0: how many wait
function semaphore:count()
    return tonumber(C.ngx_pdn_ffi_semaphore_count(native(self)))
end


package.preload["ngx.semaphore"] = function()
    return semaphore
end
