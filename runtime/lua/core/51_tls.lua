-- SPDX-License-Identifier: MIT
--
-- sock:sslhandshake() and sock:setclientcert(): their arguments, and sessions
-- as objects of Lua.  What waits is C.

local _, pdn = ...

local ffi = require("ffi")

local C = ffi.C
local error = error
local select = select
local type = type

ffi.cdef([[
    typedef struct ngx_pdn_tls_session_s ngx_pdn_tls_session_t;

    typedef struct {
        ngx_pdn_tls_session_t *session;
        void *chain;
        void *key;
        const char *name;
        size_t name_len;
        int resumable;
        int verify;
        int status;
    } ngx_pdn_tls_offer_t;

    int ngx_pdn_ffi_tls_start(void *handle, const ngx_pdn_tls_offer_t *offer,
        const char **err);
    ngx_pdn_tls_session_t *ngx_pdn_ffi_tls_session(void *handle);
    void ngx_pdn_ffi_tls_session_free(ngx_pdn_tls_session_t *session);
]])

local OK, ERROR, DONE = 0, -1, -4

-- Where the object keeps its handle, the client's certificate and its key.
local HANDLE, CHAIN, KEY = 1, 2, 3

local methods, handshake = pdn.tcp_methods, pdn.tcp_handshake

local session_t = ffi.typeof("ngx_pdn_tls_session_t *")
local offer = ffi.new("ngx_pdn_tls_offer_t")
local err_out = ffi.new("const char *[1]")

-- In stream { } sessions are userdata, as they always were there.
local STREAM = 1
local held = setmetatable({}, { __mode = "k" })


---Certificate and key that the server may ask for; without both: none.
---@param chain? ffi.cdata*  of ngx.ssl.parse_pem_cert
---@param key? ffi.cdata*    of ngx.ssl.parse_pem_priv_key
---@return true? ok
---@return string? err
function methods.setclientcert(sock, chain, key)
    if not chain and not key then
        sock[CHAIN], sock[KEY] = nil, nil

        return true
    end

    if not chain or not key then
        return nil, "client certificate must be supplied with corresponding "
            .. "private key"
    end

    if type(chain) ~= "cdata" then
        return nil, "bad cert arg: cdata expected, got " .. type(chain)
    end

    if type(key) ~= "cdata" then
        return nil, "bad pkey arg: cdata expected, got " .. type(key)
    end

    sock[CHAIN], sock[KEY] = chain, key

    return true
end

local function start(sock, session, name, verify, status)
    session = held[session] or session
    offer.session = ffi.istype(session_t, session) and session or nil
    offer.chain = sock[CHAIN]
    offer.key = sock[KEY]
    offer.name = name
    offer.name_len = name and #name or 0
    offer.resumable = session ~= false and 1 or 0
    offer.verify = verify and 1 or 0
    offer.status = status and 1 or 0

    return C.ngx_pdn_ffi_tls_start(sock[HANDLE], offer, err_out)
end

---Puts TLS on a connection.
---@param session? ffi.cdata*|userdata|false  of an earlier one; false: none
---@param name? string     the server's, said to it and looked for in its
---certificate
---@param verify? boolean  whether the certificate must be good
---@param status? boolean  whether to ask for the certificate's OCSP status
---@return ffi.cdata*|userdata|true? session
---@return string? err
function methods.sslhandshake(sock, session, name, verify, status, ...)
    if not sock or select("#", ...) > 0 then
        error("ngx.socket sslhandshake: expecting 1 ~ 5 arguments "
            .. "(including the object), but seen "
            .. (sock and 5 + select("#", ...) or 0))
    end

    local rc = start(sock, session, name, verify, status)

    if rc == ERROR then
        return nil, ffi.string(err_out[0])
    elseif rc == OK then
        local ok, err = handshake(sock)

        if not ok then
            return nil, err
        end
    elseif rc ~= DONE then
        pdn.raise(rc)
    elseif session then
        return session
    end

    if session == false then
        return true
    end

    local taken = C.ngx_pdn_ffi_tls_session(sock[HANDLE])

    if taken == nil then
        return nil, "no memory"
    end

    session = ffi.gc(taken, C.ngx_pdn_ffi_tls_session_free)

    if C.ngx_pdn_ffi_subsystem() ~= STREAM then
        return session
    end

    local proxy = newproxy()
    held[proxy] = session

    return proxy
end
