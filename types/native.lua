-- SPDX-License-Identifier: MIT
---@meta

--- What `framework/native/` gives to Lua. The framework's own modules wrap
--- it: `pandan.json` for JSON.
---@class pandan.native
---@field null lightuserdata  the same as ngx.null
---@field json pandan.native.json
---@field crypto pandan.native.crypto
---@field escape pandan.native.escape

---@class pandan.native.json
---@field array_mt table            of decoded arrays
---@field empty_array lightuserdata  encoded as []
---@field encode fun(value: any, options?: pandan.json.encode_options): string?, string?
---@field decode fun(text: string, options?: pandan.json.decode_options): any, string?

--- Keys of `seal` and `open` have 32 bytes; another length raises.
---@class pandan.native.crypto
---@field seal fun(key: string, text: string, aad?: string): string
---@field open fun(key: string, sealed: string, aad?: string): string?, string?
---@field hkdf fun(key: string, length: integer, info?: string, salt?: string): string
---@field hmac fun(key: string, text: string): string  32 bytes
---@field sha256 fun(text: string): string  32 bytes
---@field random fun(n: integer): string
---@field equal fun(a: string, b: string): boolean  in constant time
---@field base64 fun(bytes: string): string
---@field base64url fun(bytes: string): string  without padding
---@field unbase64 fun(text: string): string?, string?
---@field unbase64url fun(text: string): string?, string?

---@class pandan.native.escape
---@field html fun(text: string): string  & < > " ' as entities
---@field url fun(text: string): string   a component of a URL
---@field unurl fun(text: string, plus?: boolean): string  + is a space if `plus`
