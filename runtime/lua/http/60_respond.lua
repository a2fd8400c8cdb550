-- SPDX-License-Identifier: MIT
--
-- pandan.runtime's part for frameworks: what a request asks of nginx each time,
-- in as few calls as can be.

local _, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
typedef struct {
    ngx_http_pdn_str_t    name;
    ngx_http_pdn_str_t    lowcase;
    ngx_http_pdn_str_t    value;
    uintptr_t             hash;
} ngx_http_pdn_fixed_t;

void ngx_http_pdn_ffi_fix_header(ngx_http_pdn_fixed_t *header);
intptr_t ngx_http_pdn_ffi_add_fixed(const ngx_http_pdn_fixed_t *headers,
    size_t n, const char *last, size_t len, int64_t number);
intptr_t ngx_http_pdn_ffi_line(ngx_http_pdn_str_t *line);
intptr_t ngx_http_pdn_ffi_header_in(const char *name, size_t len,
    ngx_http_pdn_str_t *value);
double ngx_pdn_ffi_host_id(void);
intptr_t ngx_http_pdn_ffi_respond(intptr_t status, const char *type,
    size_t type_len, const char *body, size_t len);
]])

local C = ffi.C
local ffi_string = ffi.string
local OK = 0
local DECLINED = -5

local runtime = require("pandan.runtime")

local fixed_t = ffi.typeof("ngx_http_pdn_fixed_t[?]")
local bytes_t = ffi.typeof("const unsigned char *")
local line = ffi.new("ngx_http_pdn_str_t[2]")


local function point(text, string)
    text.data = ffi.cast(bytes_t, string)
    text.len = #string
end


---Headers that many responses have, prepared once. Call the result to add
---those to the response at hand that it has not set itself.
---@param headers table<string, string>
---@param own? string  a header whose value is each response's own
---@return fun(value?: string, number?: integer)  the value of `own`, a text
---  without line breaks and a number behind it
function runtime.fixed_headers(headers, own)
    local names, anchors = {}, {}

    for name in pairs(headers) do
        if name ~= own then
            names[#names + 1] = name
        end
    end
    table.sort(names)
    names[#names + 1] = own

    local n = #names
    local list = ffi.new(fixed_t, math.max(n, 1))

    for i, name in ipairs(names) do
        local lowcase, value = name:lower(), tostring(headers[name] or "")

        if (name .. value):find("[\r\n%z]") then
            error("header '" .. name .. "' has a line break", 2)
        end

        anchors[i] = { name, lowcase, value }
        point(list[i - 1].name, name)
        point(list[i - 1].lowcase, lowcase)
        point(list[i - 1].value, value)
        C.ngx_http_pdn_ffi_fix_header(list[i - 1])
    end

    return function(value, number)
        value = value or ""

        local rc = C.ngx_http_pdn_ffi_add_fixed(list, n, value, #value,
                                                number or -1)

        if rc ~= OK then
            pdn.raise(tonumber(rc))
        end
        return anchors
    end
end


---The request at hand.
---@return string method
---@return string path  decoded, without the query
function runtime.line()
    local rc = C.ngx_http_pdn_ffi_line(line)

    if rc ~= OK then
        pdn.raise(tonumber(rc))
    end
    return ffi_string(line[0].data, line[0].len),
        ffi_string(line[1].data, line[1].len)
end


---One header of the request, the first of that name.
---@param name string  in lower case
---@return string?
function runtime.request_header(name)
    local rc = C.ngx_http_pdn_ffi_header_in(name, #name, line)

    if rc == OK then
        return ffi_string(line[0].data, line[0].len)
    end
    if rc ~= DECLINED then
        pdn.raise(tonumber(rc))
    end
end


---A number that the request or timer at hand has alone, now and later.
---@return number  0 outside of both
function runtime.host_id()
    return (C.ngx_pdn_ffi_host_id())
end


---Status, content type and body in one go; the body's length is sent.
---@param status integer
---@param content_type? string
---@param body string
---@return boolean  false: the headers had been sent before
function runtime.respond(status, content_type, body)
    content_type = content_type or ""

    local rc = tonumber(C.ngx_http_pdn_ffi_respond(status, content_type,
                                                   #content_type, body, #body))

    if rc == -100 or rc == -101 then
        pdn.raise(rc)
    end
    return rc == OK
end
