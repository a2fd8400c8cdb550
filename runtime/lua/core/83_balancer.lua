-- SPDX-License-Identifier: MIT
--
-- ngx.balancer: the peer that a request is passed to.

local _, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
int ngx_pdn_ffi_balancer_set_current_peer(void *r, const char *addr,
    size_t len, int port, char **err);
int ngx_pdn_ffi_balancer_set_more_tries(void *r, int count, char **err);
int ngx_pdn_ffi_balancer_get_last_failure(void *r, int *status,
    char **err);
int ngx_pdn_ffi_balancer_set_timeouts(void *r, long connect_timeout,
    long send_timeout, long read_timeout, char **err);
int ngx_pdn_ffi_balancer_recreate_request(void *r, char **err);
]])

local C = ffi.C
local error = error
local ffi_str = ffi.string
local tonumber = tonumber
local type = type

local OK, ERROR = 0, -1

-- of NGX_PEER_*
local STATES = { "keepalive", "next", [4] = "failed" }

local err_out = ffi.new("char *[1]")
local status_out = ffi.new("int[1]")

local base = pdn.resty_core.base
local balancer = { version = base.version }


local function check_request()
    if not base.get_request() then
        error("no request found", 3)
    end
end


---@param addr string   an IP address, or "unix:/path"
---@param port integer?
---@return true? ok
---@return string? err
function balancer.set_current_peer(addr, port)
    check_request()

    local rc = C.ngx_pdn_ffi_balancer_set_current_peer(nil, addr, #addr,
        tonumber(port) or 0, err_out)

    if rc == OK then
        return true
    end

    return nil, ffi_str(err_out[0])
end


---@param count integer  tries after this one
---@return true? ok
---@return string? err  or a warning
function balancer.set_more_tries(count)
    check_request()

    local rc = C.ngx_pdn_ffi_balancer_set_more_tries(nil, count, err_out)

    if rc ~= OK then
        return nil, ffi_str(err_out[0])
    end

    if err_out[0] ~= nil then
        return true, ffi_str(err_out[0])
    end

    return true
end


---@return string? state  of the peer before: "failed", "next"; nil: none was
---@return integer? status
---@return string? err
function balancer.get_last_failure()
    check_request()

    local state = C.ngx_pdn_ffi_balancer_get_last_failure(nil, status_out,
        err_out)

    if state == 0 then
        return nil
    elseif state == ERROR then
        return nil, nil, ffi_str(err_out[0])
    end

    return STATES[state] or "unknown", status_out[0]
end


local function milliseconds(seconds, name)
    if not seconds then
        return 0
    end

    if type(seconds) ~= "number" or seconds <= 0 then
        error("bad " .. name .. " timeout", 3)
    end

    return seconds * 1000
end


---Seconds; nil leaves the configuration's.
---@return boolean ok
---@return string? err
function balancer.set_timeouts(connect, send, read)
    check_request()

    local rc = C.ngx_pdn_ffi_balancer_set_timeouts(nil,
        milliseconds(connect, "connect"), milliseconds(send, "send"),
        milliseconds(read, "read"), err_out)

    if rc == OK then
        return true
    end

    return false, ffi_str(err_out[0])
end


---Makes the request to the peer anew, of headers that were changed here.
---@return true? ok
---@return string? err
function balancer.recreate_request()
    check_request()

    local rc = C.ngx_pdn_ffi_balancer_recreate_request(nil, err_out)

    if rc == OK then
        return true
    end

    if err_out[0] ~= nil then
        return nil, ffi_str(err_out[0])
    end

    return nil, "failed to recreate the upstream request"
end


package.preload["ngx.balancer"] = function()
    return balancer
end
