-- SPDX-License-Identifier: MIT
--
-- Base64, digests, SQL quoting and time.

local ngx = ...

local bit = require("bit")
local ffi = require("ffi")

ffi.cdef([[
size_t ngx_pdn_base64_encode(char *dst, const char *src, size_t len, int how);
long ngx_pdn_base64_decode(char *dst, const char *src, size_t len, int how);
uint32_t ngx_pdn_crc32(const char *src, size_t len, int long_text);
void ngx_pdn_md5(char *dst, const char *src, size_t len);
void ngx_pdn_sha1(char *dst, const char *src, size_t len);
int ngx_pdn_hmac_sha1(char *dst, const char *key, size_t nkey,
    const char *src, size_t len);
size_t ngx_pdn_quote_sql(char *dst, const char *src, size_t len);
double ngx_pdn_now(void);
double ngx_pdn_time(void);
double ngx_pdn_clock(void);
void ngx_pdn_update_time(void);
size_t ngx_pdn_today(char *dst);
size_t ngx_pdn_localtime(char *dst);
size_t ngx_pdn_utctime(char *dst);
size_t ngx_pdn_cookie_time(char *dst, double t);
size_t ngx_pdn_http_time(char *dst, double t);
double ngx_pdn_parse_http_time(const char *src, size_t len);
]])

local runtime = require("pandan.runtime")

local C = ffi.C
local error = error
local ffi_string = ffi.string
local tonumber = tonumber
local tostring = tostring
local type = type

local PAD, BARE, URL = 0, 1, 2
local STRICT, MIME = 0, 1
local ROOM = 4096

local bytes_type = ffi.typeof("char[?]")
local scratch = bytes_type(ROOM)


-- Results of some length: the scratch if it has the room.
local function room_for(size)
    return size <= ROOM and scratch or bytes_type(size)
end


local function text_of(value)
    if type(value) == "string" then
        return value
    end

    return value == nil and "" or tostring(value)
end


local function encode(text, how)
    local dst = room_for(4 * math.floor((#text + 2) / 3))

    return ffi_string(dst, C.ngx_pdn_base64_encode(dst, text, #text, how))
end


local function decode(text, how)
    local dst = room_for(3 * math.floor((#text + 3) / 4))
    local n = tonumber(C.ngx_pdn_base64_decode(dst, text, #text, how))

    return n >= 0 and ffi_string(dst, n) or nil
end


function ngx.encode_base64(text, no_padding)
    if no_padding ~= nil and type(no_padding) ~= "boolean" then
        error("bad no_padding: boolean expected, got " .. type(no_padding), 2)
    end

    return encode(text_of(text), no_padding and BARE or PAD)
end


function ngx.decode_base64(text)
    if type(text) ~= "string" then
        error("string argument only", 2)
    end

    return decode(text, STRICT)
end


function ngx.decode_base64mime(text)
    if type(text) ~= "string" then
        error("string argument only", 2)
    end

    return decode(text, MIME)
end


package.preload["ngx.base64"] = function()
    local base64 = { version = "0.1.25" }

    function base64.encode_base64url(text)
        if type(text) ~= "string" then
            return nil, "must provide a string"
        end

        return encode(text, URL)
    end


    function base64.decode_base64url(text)
        if type(text) ~= "string" then
            return nil, "must provide a string"
        end

        local decoded = decode(text, URL)

        if not decoded then
            return nil, "invalid input"
        end

        return decoded
    end


    return base64
end


function ngx.crc32_short(text)
    text = text_of(text)

    return tonumber(C.ngx_pdn_crc32(text, #text, 0))
end


function ngx.crc32_long(text)
    text = text_of(text)

    return tonumber(C.ngx_pdn_crc32(text, #text, 1))
end


function ngx.md5_bin(text)
    text = text_of(text)
    C.ngx_pdn_md5(scratch, text, #text)

    return ffi_string(scratch, 16)
end


function ngx.md5(text)
    text = text_of(text)
    C.ngx_pdn_md5(scratch, text, #text)

    for i = 15, 0, -1 do
        local value = bit.band(scratch[i], 0xff)
        local high, low = bit.rshift(value, 4), bit.band(value, 15)

        scratch[2 * i] = high < 10 and 48 + high or 87 + high
        scratch[2 * i + 1] = low < 10 and 48 + low or 87 + low
    end

    return ffi_string(scratch, 32)
end


function ngx.sha1_bin(text)
    text = text_of(text)
    C.ngx_pdn_sha1(scratch, text, #text)

    return ffi_string(scratch, 20)
end


function ngx.hmac_sha1(key, text)
    key, text = text_of(key), text_of(text)

    if C.ngx_pdn_hmac_sha1(scratch, key, #key, text, #text) ~= 0 then
        return nil, "HMAC failed"
    end

    return ffi_string(scratch, 20)
end


function ngx.quote_sql_str(text)
    text = text_of(text)

    local dst = room_for(2 + 2 * #text)

    return ffi_string(dst, C.ngx_pdn_quote_sql(dst, text, #text))
end


-- In brackets: a tail call of a C function ends a trace.
function ngx.now()
    return (C.ngx_pdn_now())
end


function ngx.time()
    return (C.ngx_pdn_time())
end


---For how long something took: unlike ngx.now() it goes on within one turn of
---the event loop.
---@return number  seconds since some point in the past
function runtime.clock()
    return (C.ngx_pdn_clock())
end


function ngx.update_time()
    C.ngx_pdn_update_time()
end


function ngx.today()
    return ffi_string(scratch, C.ngx_pdn_today(scratch))
end


function ngx.localtime()
    return ffi_string(scratch, C.ngx_pdn_localtime(scratch))
end


function ngx.utctime()
    return ffi_string(scratch, C.ngx_pdn_utctime(scratch))
end


function ngx.cookie_time(t)
    if type(t) ~= "number" then
        error("number argument only", 2)
    end

    return ffi_string(scratch, C.ngx_pdn_cookie_time(scratch, t))
end


function ngx.http_time(t)
    if type(t) ~= "number" then
        error("number argument only", 2)
    end

    return ffi_string(scratch, C.ngx_pdn_http_time(scratch, t))
end


function ngx.parse_http_time(text)
    if type(text) ~= "string" then
        error("string argument only", 2)
    end

    local t = C.ngx_pdn_parse_http_time(text, #text)

    return t >= 0 and t or nil
end
