-- SPDX-License-Identifier: MIT
--
-- ngx.ssl: the connection's TLS, and the certificate that a handshake's code
-- chooses.  The work is done in runtime/tls.

local _, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
int ngx_pdn_ffi_ssl_clear_certs(void *r, char **err);
int ngx_pdn_ffi_ssl_set_der_certificate(void *r, const char *der, size_t len,
    char **err);
int ngx_pdn_ffi_ssl_set_der_private_key(void *r, const char *der, size_t len,
    char **err);
int ngx_pdn_ffi_set_cert(void *r, void *chain, char **err);
int ngx_pdn_ffi_set_priv_key(void *r, void *key, char **err);
int ngx_pdn_ffi_ssl_verify_client(void *r, void *chain, int depth, char **err);

int ngx_pdn_ffi_ssl_get_tls1_version(void *r, char **err);
int ngx_pdn_ffi_ssl_server_name(void *r, char **name, size_t *len, char **err);
int ngx_pdn_ffi_ssl_server_port(void *r, unsigned short *port, char **err);
int ngx_pdn_ffi_ssl_raw_server_addr(void *r, char **addr, size_t *len,
    int *type, char **err);
int ngx_pdn_ffi_ssl_raw_client_addr(void *r, char **addr, size_t *len,
    int *type, char **err);
int ngx_pdn_ffi_ssl_get_random(int client, unsigned char *out, char **err);
int ngx_pdn_ffi_ssl_export_keying_material(unsigned char *out, size_t size,
    const char *label, size_t llen, const unsigned char *context, size_t clen,
    int use_context, char **err);
int ngx_pdn_ffi_ssl_session_reused(char **err);
void *ngx_pdn_ffi_get_req_ssl_pointer(void *r);

int ngx_pdn_ffi_cert_pem_to_der(const char *pem, size_t len,
    unsigned char *der, char **err);
int ngx_pdn_ffi_priv_key_pem_to_der(const char *pem, size_t len,
    const char *passphrase, unsigned char *der, char **err);
void *ngx_pdn_ffi_parse_pem_cert(const char *pem, size_t len, char **err);
void *ngx_pdn_ffi_parse_der_cert(const char *der, size_t len, char **err);
void *ngx_pdn_ffi_parse_pem_priv_key(const char *pem, size_t len, char **err);
void *ngx_pdn_ffi_parse_der_priv_key(const char *der, size_t len, char **err);
void ngx_pdn_ffi_free_cert(void *chain);
void ngx_pdn_ffi_free_priv_key(void *key);
]])

local C = ffi.C
local error = error
local ffi_gc = ffi.gc
local ffi_new = ffi.new
local ffi_str = ffi.string
local tonumber = tonumber
local type = type

local OK, DECLINED = 0, -5
local RANDOM_SIZE = 32

local ADDRESS_TYPES = { [0] = "unix", "inet", "inet6" }

local VERSIONS = {
    [0x0300] = "SSLv3",
    [0x0301] = "TLSv1",
    [0x0302] = "TLSv1.1",
    [0x0303] = "TLSv1.2",
    [0x0304] = "TLSv1.3",
}

local err_out = ffi_new("char *[1]")
local text_out = ffi_new("char *[1]")
local len_out = ffi_new("size_t[1]")
local type_out = ffi_new("int[1]")
local port_out = ffi_new("unsigned short[1]")

local base = pdn.resty_core.base
local get_string_buf = base.get_string_buf

local ssl = {
    version = base.version,
    SSL3_VERSION = 0x0300,
    TLS1_VERSION = 0x0301,
    TLS1_1_VERSION = 0x0302,
    TLS1_2_VERSION = 0x0303,
    TLS1_3_VERSION = 0x0304,
}


local function check_request()
    if not base.get_request() then
        error("no request found", 3)
    end
end


---What most functions answer.
---@return true? ok
---@return string? err
local function answer(rc)
    if rc == OK then
        return true
    end

    return nil, ffi_str(err_out[0])
end


---An object of OpenSSL that goes with Lua's.
local function own(object, free)
    if object == nil then
        return nil, ffi_str(err_out[0])
    end

    return ffi_gc(object, free)
end


-- The server's certificate

---Forgets the certificates of the configuration.
function ssl.clear_certs()
    check_request()

    return answer(C.ngx_pdn_ffi_ssl_clear_certs(nil, err_out))
end


---@param der string  the chain, leaf first
function ssl.set_der_cert(der)
    check_request()

    return answer(C.ngx_pdn_ffi_ssl_set_der_certificate(nil, der, #der,
        err_out))
end


function ssl.set_der_priv_key(der)
    check_request()

    return answer(C.ngx_pdn_ffi_ssl_set_der_private_key(nil, der, #der,
        err_out))
end


---@param chain ffi.cdata*  of parse_pem_cert
function ssl.set_cert(chain)
    check_request()

    return answer(C.ngx_pdn_ffi_set_cert(nil, chain, err_out))
end


---@param key ffi.cdata*  of parse_pem_priv_key
function ssl.set_priv_key(key)
    check_request()

    return answer(C.ngx_pdn_ffi_set_priv_key(nil, key, err_out))
end


---Asks the client for a certificate.
---@param chain ffi.cdata*?  authorities, as of parse_pem_cert
---@param depth integer?
function ssl.verify_client(chain, depth)
    check_request()

    return answer(C.ngx_pdn_ffi_ssl_verify_client(nil, chain, depth or -1,
        err_out))
end


-- PEM and DER

---@return string? der
---@return string? err
function ssl.cert_pem_to_der(pem)
    local buf = get_string_buf(#pem)
    local len = C.ngx_pdn_ffi_cert_pem_to_der(pem, #pem, buf, err_out)

    if len > 0 then
        return ffi_str(buf, len)
    end

    return nil, ffi_str(err_out[0])
end


---@param passphrase string?
---@return string? der
---@return string? err
function ssl.priv_key_pem_to_der(pem, passphrase)
    local buf = get_string_buf(#pem)
    local len = C.ngx_pdn_ffi_priv_key_pem_to_der(pem, #pem, passphrase, buf,
        err_out)

    if len > 0 then
        return ffi_str(buf, len)
    end

    return nil, ffi_str(err_out[0])
end


function ssl.parse_pem_cert(pem)
    return own(C.ngx_pdn_ffi_parse_pem_cert(pem, #pem, err_out),
        C.ngx_pdn_ffi_free_cert)
end


function ssl.parse_der_cert(der)
    return own(C.ngx_pdn_ffi_parse_der_cert(der, #der, err_out),
        C.ngx_pdn_ffi_free_cert)
end


function ssl.parse_pem_priv_key(pem)
    return own(C.ngx_pdn_ffi_parse_pem_priv_key(pem, #pem, err_out),
        C.ngx_pdn_ffi_free_priv_key)
end


function ssl.parse_der_priv_key(der)
    return own(C.ngx_pdn_ffi_parse_der_priv_key(der, #der, err_out),
        C.ngx_pdn_ffi_free_priv_key)
end


-- The connection

---@return string? name  that the client asked for; nil alone: for none
---@return string? err
function ssl.server_name()
    check_request()

    local rc = C.ngx_pdn_ffi_ssl_server_name(nil, text_out, len_out, err_out)

    if rc == OK then
        return ffi_str(text_out[0], len_out[0])
    elseif rc == DECLINED then
        return nil
    end

    return nil, ffi_str(err_out[0])
end


---@return integer? port
---@return string? err
function ssl.server_port()
    check_request()

    if C.ngx_pdn_ffi_ssl_server_port(nil, port_out, err_out) == OK then
        return port_out[0]
    end

    return nil, ffi_str(err_out[0])
end


local function raw_addr(rc)
    if rc == OK then
        return ffi_str(text_out[0], len_out[0]), ADDRESS_TYPES[type_out[0]]
    end

    return nil, nil, ffi_str(err_out[0])
end


---@return string? address  in network order; of unix: the path
---@return string? kind     "inet", "inet6", "unix"
---@return string? err
function ssl.raw_server_addr()
    check_request()

    return raw_addr(C.ngx_pdn_ffi_ssl_raw_server_addr(nil, text_out, len_out,
        type_out, err_out))
end


function ssl.raw_client_addr()
    check_request()

    return raw_addr(C.ngx_pdn_ffi_ssl_raw_client_addr(nil, text_out, len_out,
        type_out, err_out))
end


---@return integer? version  TLS1_2_VERSION ...
---@return string? err
function ssl.get_tls1_version()
    check_request()

    local version = C.ngx_pdn_ffi_ssl_get_tls1_version(nil, err_out)

    if version >= 0 then
        return tonumber(version)
    end

    return nil, ffi_str(err_out[0])
end


---@return string? version  "TLSv1.3"
---@return string? err
function ssl.get_tls1_version_str()
    check_request()

    local version, err = ssl.get_tls1_version()

    if not version then
        return nil, err
    end

    local name = VERSIONS[version]

    if not name then
        return nil, "unknown version"
    end

    return name
end


local function random(client, size)
    local buf = get_string_buf(RANDOM_SIZE)

    if C.ngx_pdn_ffi_ssl_get_random(client, buf, err_out) ~= OK then
        return nil, ffi_str(err_out[0])
    end

    return ffi_str(buf, size and size < RANDOM_SIZE and size or RANDOM_SIZE)
end


---@param size integer?  at most 32, which is all
---@return string? bytes
---@return string? err
function ssl.get_client_random(size)
    check_request()

    return random(1, size)
end


function ssl.get_server_random(size)
    check_request()

    return random(0, size)
end


---Bytes that both ends can derive from the session, RFC 5705.
---@param context string?
---@return string? bytes
---@return string? err
function ssl.export_keying_material(size, label, context)
    check_request()

    if type(label) ~= "string" then
        error("bad label arg: string expected, got " .. type(label), 2)
    end

    local buf = get_string_buf(size)
    local rc = C.ngx_pdn_ffi_ssl_export_keying_material(buf, size, label,
        #label, context, context and #context or 0, context and 1 or 0,
        err_out)

    if rc == OK then
        return ffi_str(buf, size)
    end

    return nil, ffi_str(err_out[0])
end


---@return boolean? reused
---@return string? err
function ssl.ssl_session_reused()
    check_request()

    local rc = C.ngx_pdn_ffi_ssl_session_reused(err_out)

    if rc < 0 then
        return nil, ffi_str(err_out[0])
    end

    return rc == 1
end


---@return ffi.cdata*? ssl  OpenSSL's, for other libraries
---@return string? err
function ssl.get_req_ssl_pointer()
    check_request()

    local pointer = C.ngx_pdn_ffi_get_req_ssl_pointer(nil)

    if pointer == nil then
        return nil, "bad request"
    end

    return pointer
end


package.preload["ngx.ssl"] = function()
    return ssl
end
