-- SPDX-License-Identifier: MIT
---@meta

--- What `framework/native/` gives to Lua. The framework's own modules wrap
--- it: `pandan.json` for JSON.
---@class pandan.native
---@field null lightuserdata  the same as ngx.null
---@field json pandan.native.json
---@field crypto pandan.native.crypto
---@field escape pandan.native.escape
---@field form pandan.native.form
---@field multipart pandan.native.multipart
---@field text pandan.native.text
---@field fs pandan.native.fs

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
---@field xor fun(a: string, b: string): string  of one length
---@field base64 fun(bytes: string): string
---@field base64url fun(bytes: string): string  without padding
---@field unbase64 fun(text: string): string?, string?
---@field unbase64url fun(text: string): string?, string?

---@class pandan.native.escape
---@field html fun(text: string): string  & < > " ' as entities
---@field url fun(text: string): string   a component of a URL
---@field unurl fun(text: string, plus?: boolean): string  + is a space if `plus`

--- Names are taken apart as in PHP: `a[b][]=1`. Of equal names the last one
--- stays; a table whose keys are all numbers becomes a list without gaps.
---@class pandan.native.form
---@field decode fun(text: string, options?: pandan.native.form_options): table?, string?

---@class pandan.native.form_options
---@field max_fields? integer  1000
---@field max_depth? integer   16 keys in a name, at most 64
---@field max_name? integer    1024 bytes, urlencoded only
---@field nested? boolean      true; else "a[b]" is a plain name

--- `new` gives a parser, or nil and a text when the Content-Type is no
--- multipart/form-data with a boundary. Files are the parser's until finish()
--- returns them: then the caller removes them.
---@class pandan.native.multipart
---@field new fun(content_type: string, options?: pandan.native.multipart_options): pandan.multipart?, string?

---@class pandan.native.multipart_options: pandan.native.form_options
---@field folder? string      where files are written; without it they are refused
---@field max_file? integer   1 GB, bytes of one file
---@field max_files? integer  20
---@field max_value? integer  1 MB, bytes of all fields that are no files

---@class pandan.multipart
---@field feed fun(self, chunk: string): boolean?, string?
---@field feed_file fun(self, path: string): boolean?, string?
---@field finish fun(self): table?, table|string, pandan.upload[]?  the fields,
---  the files, and the files as a plain list; or nil and a text

---@class pandan.upload
---@field field string     the name in the form
---@field filename string  as the browser says, without folders
---@field type string      as the browser says; "" if it does not
---@field size integer     bytes
---@field path string      where it lies, readable by this user only

---@class pandan.native.text
---@field length fun(text: string): integer?  characters; nil if not UTF-8

--- On failure nil, a text, and "missing" or "error".
---@class pandan.native.fs
---@field list fun(path: string): string[]?, string?, string?  in no order
---@field mkdir fun(path: string): boolean?, string?, string?
---@field stat fun(path: string): { type: string, size: integer, mtime: number }?, string?, string?
