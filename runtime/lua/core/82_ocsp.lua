-- SPDX-License-Identifier: MIT
--
-- ngx.ocsp: the status of one's own certificate, asked for by code and handed
-- to clients.

local _, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
int ngx_pdn_ffi_ssl_get_ocsp_responder_from_der_chain(const char *chain,
    size_t len, char *out, size_t *size, char **err);
int ngx_pdn_ffi_ssl_create_ocsp_request(const char *chain, size_t len,
    unsigned char *out, size_t *size, char **err);
int ngx_pdn_ffi_ssl_validate_ocsp_response(const char *response, size_t rlen,
    const char *chain, size_t len, unsigned char *errbuf, size_t *size);
int ngx_pdn_ffi_ssl_set_ocsp_status_resp(void *r, const char *response,
    size_t len, char **err);
]])

local C = ffi.C
local error = error
local ffi_str = ffi.string
local tonumber = tonumber

local OK, BUSY, DECLINED = 0, -3, -5

local err_out = ffi.new("char *[1]")
local size_out = ffi.new("size_t[1]")

local base = pdn.resty_core.base
local ocsp = { version = base.version }


---A buffer to be filled, its size in size_out.
local function buffer(size)
    size = size or base.get_string_buf_size()
    size_out[0] = size

    return base.get_string_buf(size), size
end


---@param chain string    DER, leaf first, its issuer next
---@param max? integer    of the URL's length
---@return string? url    nil alone: the certificate names none
---@return string? err    "truncated" beside a URL that is longer
function ocsp.get_ocsp_responder_from_der_chain(chain, max)
    local buf = buffer(max)
    local rc = C.ngx_pdn_ffi_ssl_get_ocsp_responder_from_der_chain(chain,
        #chain, buf, size_out, err_out)

    if rc == OK then
        return ffi_str(buf, size_out[0])
    elseif rc == BUSY then
        return ffi_str(buf, size_out[0]), "truncated"
    elseif rc == DECLINED then
        return nil
    end

    return nil, ffi_str(err_out[0])
end


---@return string? request  to be posted to the responder
---@return string? err
function ocsp.create_ocsp_request(chain, max)
    local buf, size = buffer(max)
    local rc = C.ngx_pdn_ffi_ssl_create_ocsp_request(chain, #chain, buf,
        size_out, err_out)

    if rc == OK then
        return ffi_str(buf, size_out[0])
    elseif rc == BUSY then
        return nil, ffi_str(err_out[0]) .. ": " .. tonumber(size_out[0])
            .. " > " .. size
    end

    return nil, ffi_str(err_out[0])
end


---@param response string  of the responder
---@return true? good
---@return string? err
function ocsp.validate_ocsp_response(response, chain, max)
    local buf = buffer(max)
    local rc = C.ngx_pdn_ffi_ssl_validate_ocsp_response(response, #response,
        chain, #chain, buf, size_out)

    if rc == OK then
        return true
    end

    return nil, ffi_str(buf, size_out[0])
end


---Hands a response to the client of the handshake.
---@return true? ok
---@return string? err  or "no status req": the client does not ask
function ocsp.set_ocsp_status_resp(response)
    if not base.get_request() then
        error("no request found", 2)
    end

    local rc = C.ngx_pdn_ffi_ssl_set_ocsp_status_resp(nil, response,
        #response, err_out)

    if rc == OK then
        return true
    elseif rc == DECLINED then
        return true, "no status req"
    end

    return nil, ffi_str(err_out[0])
end


package.preload["ngx.ocsp"] = function()
    return ocsp
end
