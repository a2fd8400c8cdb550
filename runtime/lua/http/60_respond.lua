-- SPDX-License-Identifier: MIT
--
-- pandan.runtime's part for who answers requests with everything at hand.

local _, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
typedef struct {
    size_t                len;
    const unsigned char  *data;
} ngx_http_pdn_text_t;

typedef struct {
    ngx_http_pdn_text_t   name;
    ngx_http_pdn_text_t   lowcase;
    ngx_http_pdn_text_t   value;
    uintptr_t             hash;
} ngx_http_pdn_fixed_t;

void ngx_http_pdn_ffi_fix_header(ngx_http_pdn_fixed_t *header);
intptr_t ngx_http_pdn_ffi_add_fixed(const ngx_http_pdn_fixed_t *headers,
    size_t n);
intptr_t ngx_http_pdn_ffi_respond(intptr_t status, const char *type,
    size_t type_len, const char *body, size_t len);
]])

local C = ffi.C
local OK = 0

local runtime = require("pandan.runtime")

local fixed_t = ffi.typeof("ngx_http_pdn_fixed_t[?]")
local bytes_t = ffi.typeof("const unsigned char *")


local function point(text, string)
    text.data = ffi.cast(bytes_t, string)
    text.len = #string
end


---Headers that many responses have, prepared once. Call the result to add
---them to the response at hand.
---@param headers table<string, string>
---@return fun()
function runtime.fixed_headers(headers)
    local names, anchors = {}, {}

    for name in pairs(headers) do
        names[#names + 1] = name
    end
    table.sort(names)

    local n = #names
    local list = ffi.new(fixed_t, math.max(n, 1))

    for i, name in ipairs(names) do
        local lowcase, value = name:lower(), tostring(headers[name])

        if (name .. value):find("[\r\n%z]") then
            error("header '" .. name .. "' has a line break", 2)
        end

        anchors[i] = { name, lowcase, value }
        point(list[i - 1].name, name)
        point(list[i - 1].lowcase, lowcase)
        point(list[i - 1].value, value)
        C.ngx_http_pdn_ffi_fix_header(list[i - 1])
    end

    return function()
        local rc = C.ngx_http_pdn_ffi_add_fixed(list, n)

        if rc ~= OK then
            pdn.raise(tonumber(rc))
        end
        return anchors
    end
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
