-- SPDX-License-Identifier: MIT
--- JSON, as the framework and its apps use it; the work is done in C.
---
--- null is `json.null` (also `ngx.null`). A decoded array carries a metatable,
--- so that an empty one stays an array. A plain table is an array when its
--- keys are 1, 2, 3 ...; an empty one is an object, `json.array({})` is not.
--- A metatable may say `__tojson = function(self) return value end` or
--- `__jsontype = "array"` (or "object").

local native = require("pandan.native").json

---@class pandan.json
local json = {
    null = require("pandan.native").null,
    empty_array = native.empty_array,
    array_mt = native.array_mt,
}

---@class pandan.json.encode_options
---@field html? boolean     escape < > & for use inside HTML
---@field sort? boolean     names in the order of their bytes
---@field replace? boolean  U+FFFD for what is not UTF-8, instead of an error
---@field max_depth? integer  128 unless told, at most 200

---The value as text. NaN, functions, cycles and text that is not UTF-8 are
---refused.
---@type fun(value: any, options?: pandan.json.encode_options): string?, string?
json.encode = native.encode

---@class pandan.json.decode_options
---@field big? "int64"|"string"|"number"  for integers beyond 2^53: an int64
---  (the default; exact), the digits, or the nearest number
---@field max_depth? integer  128 unless told, at most 1024

---The value of a text, or nil and what is wrong with it, with line and column.
---@type fun(text: string, options?: pandan.json.decode_options): any, string?
json.decode = native.decode

---Marks a list as an array, which matters when it is empty.
---@param list? table  a new one if absent
---@return table list
function json.array(list)
    return setmetatable(list or {}, json.array_mt)
end

return json
