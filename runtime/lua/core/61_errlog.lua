-- SPDX-License-Identifier: MIT
--
-- The module `ngx.errlog`: the lines that lua_capture_error_log keeps, and
-- lines as they are.

local _, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
typedef struct {
    double                time;
    const unsigned char  *data;
    intptr_t              len;
    intptr_t              level;
} ngx_pdn_errlog_entry_t;

intptr_t ngx_pdn_ffi_errlog_next(ngx_pdn_errlog_entry_t *entry);
intptr_t ngx_pdn_ffi_errlog_filter(uintptr_t level);
intptr_t ngx_pdn_ffi_errlog_level(void);
intptr_t ngx_pdn_ffi_errlog_write(uintptr_t level, const char *data,
    size_t len);
]])

local C = ffi.C
local error = error
local ffi_string = ffi.string
local tonumber = tonumber
local type = type

local OK = 0
local ERROR = -1
local NO_REQUEST = -100
local OFF = 'directive "lua_capture_error_log" is not set'

local entry = ffi.new("ngx_pdn_errlog_entry_t[1]")

local errlog = { version = "0.1.25" }


---Captures only lines of this level and worse.
---@param level integer  ngx.WARN, ...
---@return boolean? ok
---@return string? err
function errlog.set_filter_level(level)
    if not level then
        return nil, 'missing "level" argument'
    end

    local rc = C.ngx_pdn_ffi_errlog_filter(level)

    if rc == ERROR then
        return nil, OFF
    end

    if rc ~= OK then
        return nil, "bad log level: " .. level
    end

    return true
end


---Takes captured lines out, the oldest first.
---@param max integer?  how many at most, 10 by default, 0 means all
---@param logs table?  to be filled
---@return table? logs  { level, time, line, level, time, line ... }
---@return string? err
function errlog.get_logs(max, logs)
    max = max or 10
    logs = logs or {}

    local n = 0

    while max <= 0 or n < max * 3 do
        local rc = C.ngx_pdn_ffi_errlog_next(entry)

        if rc == ERROR then
            return nil, OFF
        end

        if rc == NO_REQUEST then
            pdn.raise(rc)
        end

        if rc ~= OK then
            break
        end

        local line = entry[0]

        logs[n + 1] = tonumber(line.level)
        logs[n + 2] = line.time
        logs[n + 3] = ffi_string(line.data, line.len)
        n = n + 3
    end

    logs[n + 1] = nil

    return logs
end


---@return integer level  up to which nginx logs here
function errlog.get_sys_filter_level()
    return tonumber(C.ngx_pdn_ffi_errlog_level())
end


---As ngx.log(), without telling the place.
---@param level integer
---@param line string
function errlog.raw_log(level, line)
    if type(level) ~= "number" then
        error("bad argument #1 to 'raw_log' (must be a number)", 2)
    end

    if type(line) ~= "string" then
        error("bad argument #2 to 'raw_log' (must be a string)", 2)
    end

    if C.ngx_pdn_ffi_errlog_write(level, line, #line) ~= OK then
        error("bad log level", 2)
    end
end


package.preload["ngx.errlog"] = function()
    return errlog
end
