-- SPDX-License-Identifier: MIT
--
-- ngx.ssl.clienthello and ngx.ssl.session: what a client says first, and the
-- session that it comes back with.

local ngx, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
int ngx_pdn_ffi_ssl_get_client_hello_server_name(void *r, const char **name,
    size_t *len, char **err);
int ngx_pdn_ffi_ssl_get_client_hello_ext(void *r, unsigned int type,
    const unsigned char **out, size_t *len, char **err);
int ngx_pdn_ffi_ssl_set_protocols(void *r, int protocols, char **err);
int ngx_pdn_ffi_ssl_get_session_id_size(void *r, char **err);
int ngx_pdn_ffi_ssl_get_session_id(void *r, char *buf, char **err);
int ngx_pdn_ffi_ssl_get_serialized_session_size(void *r, char **err);
int ngx_pdn_ffi_ssl_get_serialized_session(void *r, char *buf, char **err);
int ngx_pdn_ffi_ssl_set_serialized_session(void *r, const char *buf, int len,
    char **err);
]])

local C = ffi.C
local bor = require("bit").bor
local byte = string.byte
local error = error
local ffi_str = ffi.string
local ipairs = ipairs

local OK, DECLINED = 0, -5
local MAX_SESSION = 4096
local SUPPORTED_VERSIONS = 43

local VERSIONS = {
    [0x0002] = "SSLv2",
    [0x0300] = "SSLv3",
    [0x0301] = "TLSv1",
    [0x0302] = "TLSv1.1",
    [0x0303] = "TLSv1.2",
    [0x0304] = "TLSv1.3",
}

-- nginx's bits
local PROTOCOLS = {
    SSLv2 = 0x0002,
    SSLv3 = 0x0004,
    TLSv1 = 0x0008,
    ["TLSv1.1"] = 0x0010,
    ["TLSv1.2"] = 0x0020,
    ["TLSv1.3"] = 0x0040,
}

local err_out = ffi.new("char *[1]")
local name_out = ffi.new("const char *[1]")
local bytes_out = ffi.new("const unsigned char *[1]")
local len_out = ffi.new("size_t[1]")

local base = pdn.resty_core.base
local get_string_buf = base.get_string_buf

local hello = { version = base.version }
local session = { version = base.version }


local function check_request()
    if not base.get_request() then
        error("no request found", 3)
    end
end


local function check_hello()
    if not base.get_request() then
        error("no request found", 3)
    end

    if ngx.get_phase() ~= "ssl_client_hello" then
        error("API disabled in the current context", 3)
    end
end


---@return string? text  nil alone: there is none
---@return string? err
local function found(rc, out)
    if rc == OK then
        return ffi_str(out[0], len_out[0])
    elseif rc == DECLINED then
        return nil
    end

    return nil, ffi_str(err_out[0])
end


-- ngx.ssl.clienthello

function hello.get_client_hello_server_name()
    check_hello()

    return found(C.ngx_pdn_ffi_ssl_get_client_hello_server_name(nil, name_out,
        len_out, err_out), name_out)
end


---@param kind integer  of the extension, RFC 6066 and others
function hello.get_client_hello_ext(kind)
    check_hello()

    return found(C.ngx_pdn_ffi_ssl_get_client_hello_ext(nil, kind, bytes_out,
        len_out, err_out), bytes_out)
end


---@return string[]? versions  from the last one that the client names
---@return string? err
function hello.get_supported_versions()
    check_hello()

    local list, err = hello.get_client_hello_ext(SUPPORTED_VERSIONS)

    if not list then
        return nil, err
    end

    -- a byte with the length, then two for each version
    if byte(list, 1) ~= #list - 1 then
        return nil
    end

    local versions = {}

    for i = #list - 1, 2, -2 do
        local high, low = byte(list, i, i + 1)

        versions[#versions + 1] = VERSIONS[high * 256 + low]
    end

    return versions
end


---@param protocols string[]  that the connection may use
---@return true? ok
---@return string? err
function hello.set_protocols(protocols)
    check_hello()

    local bits = 0

    for _, name in ipairs(protocols) do
        if not PROTOCOLS[name] then
            return nil, "invalid protocols failed"
        end

        bits = bor(bits, PROTOCOLS[name])
    end

    if C.ngx_pdn_ffi_ssl_set_protocols(nil, bits, err_out) ~= OK then
        return nil, ffi_str(err_out[0])
    end

    return true
end


-- ngx.ssl.session

---@return string? id  in hex digits
---@return string? err
function session.get_session_id()
    check_request()

    local len = C.ngx_pdn_ffi_ssl_get_session_id_size(nil, err_out)

    if len < 0 then
        return nil, ffi_str(err_out[0])
    end

    local buf = get_string_buf(len)

    if C.ngx_pdn_ffi_ssl_get_session_id(nil, buf, err_out) ~= OK then
        return nil, ffi_str(err_out[0])
    end

    return ffi_str(buf, len)
end


---@return string? bytes  of the session to store
---@return string? err
function session.get_serialized_session()
    check_request()

    local len = C.ngx_pdn_ffi_ssl_get_serialized_session_size(nil, err_out)

    if len < 0 then
        return nil, ffi_str(err_out[0])
    end

    if len > MAX_SESSION then
        return nil, "session too big to serialize"
    end

    local buf = get_string_buf(len)

    if C.ngx_pdn_ffi_ssl_get_serialized_session(nil, buf, err_out) ~= OK then
        return nil, ffi_str(err_out[0])
    end

    return ffi_str(buf, len)
end


---@param bytes string  as of get_serialized_session
---@return true? ok
---@return string? err
function session.set_serialized_session(bytes)
    check_request()

    if C.ngx_pdn_ffi_ssl_set_serialized_session(nil, bytes, #bytes, err_out)
        ~= OK
    then
        return nil, ffi_str(err_out[0])
    end

    return true
end


package.preload["ngx.ssl.clienthello"] = function()
    return hello
end

package.preload["ngx.ssl.session"] = function()
    return session
end
