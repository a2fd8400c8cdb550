-- SPDX-License-Identifier: MIT
---@meta

--- What `db-drivers/memcached/` gives to Lua, for
--- `framework/pandan/memcached.lua` and `framework/migration/resty/` alone:
--- questions to the shared connection of a pool that pandan.db.native made.

---@class pandan.memcached.native
local native = {}

---One command of the meta protocol, or another with an answer of one line.
---@param pool pandan.db.pool
---@param timeout number  milliseconds
---@param command string  "mg", "version"
---@param key string      "": none
---@param tail string     flags, with a space before each
---@param value? string   what is stored
---@return string|false|nil word  of the answer; false: the caller's mistake
---@return string? value  or err
---@return string? rest   of the answer's line; or code
function native.call(pool, timeout, command, key, tail, value) end

---Values of many keys.
---@param pool pandan.db.pool
---@param timeout number
---@param keys string[]
---@param tail? string  flags of "mg", " v" among them
---@return table<integer, string>|false|nil values  by the places of their keys
---@return table|string|nil flags  of the answers, when there is a tail; or err
---@return string? code
function native.many(pool, timeout, keys, tail) end

---Connections of a pool that all share.
---@param pool pandan.db.pool
---@return integer connections
---@return integer pending  questions that wait for their answers
function native.shared(pool) end

return native
