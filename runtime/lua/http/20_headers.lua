-- SPDX-License-Identifier: MIT
--
-- Headers of the request and the response: ngx.header, ngx.resp, and
-- ngx.req.get_headers() and its kin.

local ngx, pdn = ...

local ffi = require("ffi")

ffi.cdef([[
intptr_t ngx_http_pdn_ffi_set_header(intptr_t in, const char *name,
    size_t len, const ngx_http_pdn_str_t *values, intptr_t n, intptr_t add);
intptr_t ngx_http_pdn_ffi_header_out(const char *name, size_t len,
    ngx_http_pdn_str_t *values, intptr_t max);
intptr_t ngx_http_pdn_ffi_headers_in(ngx_http_pdn_pair_t *pairs,
    intptr_t max, intptr_t raw, intptr_t limit);
intptr_t ngx_http_pdn_ffi_headers_out(ngx_http_pdn_pair_t *pairs,
    intptr_t max, intptr_t limit);
]])

local C = ffi.C
local cast = ffi.cast
local ffi_new = ffi.new
local ffi_string = ffi.string
local gsub = string.gsub
local find = string.find
local lower = string.lower
local min = math.min
local rawget = rawget
local setmetatable = setmetatable
local tonumber = tonumber
local tostring = tostring
local type = type

local MAX_HEADERS = 100

local bytes_t = ffi.typeof("const unsigned char *")
local strings_t = ffi.typeof("ngx_http_pdn_str_t[?]")
local pairs_t = ffi.typeof("ngx_http_pdn_pair_t[?]")

local room = MAX_HEADERS
local strings = ffi_new(strings_t, MAX_HEADERS)
local entries = ffi_new(pairs_t, room)


-- X_Foo, x_foo and X-Foo all mean the key x-foo.
local lenient = {
    __index = function(self, key)
        if type(key) ~= "string" and type(key) ~= "number" then
            return nil
        end

        key = lower(key)

        local value = rawget(self, key)

        if value == nil and find(key, "_", 1, true) then
            value = rawget(self, (gsub(key, "_", "-")))
        end

        return value
    end,
}


-- `values` anchors the strings that the array points into.
local function fill(values, n)
    local list = n <= MAX_HEADERS and strings or ffi_new(strings_t, n)

    for i = 1, n do
        local value = values[i]
        list[i - 1].data = cast(bytes_t, value)
        list[i - 1].len = #value
    end

    return list
end


local function texts(value)
    local n = #value
    local list = {}

    for i = 1, n do
        list[i] = tostring(value[i])
    end

    return list, n
end


-- Sets, adds or (nil, an empty list) removes; refusals blame the API's caller.
local function set_header(into, name, value, add)
    if type(name) ~= "string" then
        name = tostring(name)
    end

    local values, n, list

    if value == nil then
        n = 0

    elseif type(value) ~= "table" then
        if type(value) ~= "string" then
            value = tostring(value)
        end

        values = value
        n = 1
        list = strings
        list[0].data = cast(bytes_t, value)
        list[0].len = #value

    else
        values, n = texts(value)
        list = fill(values, n)
    end

    if n == 0 and add then
        return 0
    end

    return tonumber(C.ngx_http_pdn_ffi_set_header(into, name, #name, list, n,
                                                  add and 1 or 0)),
           values
end


local DECLINED = -5


local function blame(rc, level)
    if rc == -100 or rc == -101 then
        return pdn.raise(rc, level + 1)
    end

    error("failed to set header", level + 1)
end


local function get_header(_, name)
    if type(name) ~= "string" then
        name = tostring(name)
    end

    local n = tonumber(C.ngx_http_pdn_ffi_header_out(name, #name, strings,
                                                     MAX_HEADERS))

    if n == 1 then
        return ffi_string(strings[0].data, strings[0].len)
    end

    if n == 0 then
        return nil
    end

    if n < 0 then
        blame(n, 2)
    end

    local values = {}

    for i = 1, n do
        values[i] = ffi_string(strings[i - 1].data, strings[i - 1].len)
    end

    return values
end


ngx.header = setmetatable({}, {
    __index = get_header,

    __newindex = function(_, name, value)
        local rc = set_header(0, name, value, false)

        if rc ~= 0 and rc ~= DECLINED then
            blame(rc, 2)
        end
    end,
})


local function add_pair(headers, key, value)
    local old = headers[key]

    if old == nil then
        headers[key] = value

    elseif type(old) == "table" then
        old[#old + 1] = value

    else
        headers[key] = { old, value }
    end
end


local function collect(n, max, raw, fold)
    local headers = {}
    local shown = max > 0 and min(n, max) or n

    for i = 0, shown - 1 do
        local entry = entries[i]
        local key = ffi_string(entry.key.data, entry.key.len)

        add_pair(headers, fold and lower(key) or key,
                 ffi_string(entry.value.data, entry.value.len))
    end

    if not raw then
        setmetatable(headers, lenient)
    end

    if shown < n then
        return headers, "truncated"
    end

    return headers
end


---@param n integer  how many there are
---@return boolean again  there was not room for all
local function grown(n)
    if n <= room then
        return false
    end

    room = n * 2
    entries = ffi_new(pairs_t, room)

    return true
end


---@param max integer?  100 by default, 0 means all
---@param raw boolean?  leave names as they came
---@return table<string, string|string[]> headers
---@return "truncated"? err
function ngx.req.get_headers(max, raw)
    local n

    max = max or MAX_HEADERS

    repeat
        n = tonumber(C.ngx_http_pdn_ffi_headers_in(entries, room,
                                                   raw and 1 or 0, max))
        if n < 0 then
            pdn.raise(n)
        end
    until not grown(n)

    return collect(n, max, raw, false)
end


ngx.resp = {}


---The same of the response, with what nginx adds when it sends.
function ngx.resp.get_headers(max, raw)
    local n

    max = max or MAX_HEADERS

    repeat
        n = tonumber(C.ngx_http_pdn_ffi_headers_out(entries, room, max))

        if n < 0 then
            pdn.raise(n)
        end
    until not grown(n)

    return collect(n, max, raw, not raw)
end


local function check_name(name)
    if name == nil then
        error("bad 'name' argument: string expected, got nil", 3)
    end
end


local function check_added(value)
    if value == nil then
        error("bad 'value' argument: string or table expected, got nil", 3)
    end

    if type(value) == "table" and #value == 0 then
        error("bad 'value' argument: non-empty table expected", 3)
    end
end


function ngx.req.set_header(name, value)
    check_name(name)

    local rc = set_header(1, name, value, false)

    if rc ~= 0 and rc ~= DECLINED then
        blame(rc, 2)
    end
end


function ngx.req.clear_header(name)
    check_name(name)

    local rc = set_header(1, name, nil, false)

    if rc ~= 0 and rc ~= DECLINED then
        blame(rc, 2)
    end
end


local function add_req_header(name, value)
    check_name(name)
    check_added(value)

    local rc = set_header(1, name, value, true)

    if rc ~= 0 and rc ~= DECLINED then
        blame(rc, 2)
    end
end


local function add_resp_header(name, value)
    check_name(name)

    if value == nil then
        error("invalid header value", 2)
    end

    local rc = set_header(0, name, value, true)

    if rc ~= 0 and rc ~= DECLINED then
        blame(rc, 2)
    end
end


package.preload["ngx.req"] = function()
    return { add_header = add_req_header, version = "0.1.25" }
end


package.preload["ngx.resp"] = function()
    return { add_header = add_resp_header, version = "0.1.25" }
end
