-- SPDX-License-Identifier: MIT
---@meta

--- What `db-drivers/` gives to Lua, for `framework/pandan/db/*.lua` alone. A
--- pool and a lease are not told apart from other userdata by their types
--- here: functions that run statements take either.

---@class pandan.db.pool: lightuserdata
---@class pandan.db.lease: userdata

---@class pandan.db.native
---@field binary table  the metatable of db.binary(s), whose [1] is s
local native = {}

---The worker's pool of this key, made at the first time. All options are
---given, as numbers.
---@param dialect "sqlite"|"postgres"|"mysql"
---@param key string
---@param options table<string, integer>
---@param keywords string[]
---@param values string[]
---@param writer? pandan.db.pool
---@return pandan.db.pool
function native.pool(dialect, key, options, keywords, values, writer) end

---@param target pandan.db.pool|pandan.db.lease
---@param sql string
---@param ... any
---@return table|false|nil rows  false: the caller's mistake, then only its text
---@return string? err
---@return string? code
---@return string? server_code
function native.query(target, sql, ...) end

---Several statements without values.
---@param target pandan.db.pool|pandan.db.lease
---@param sql string
---@return table|false|nil rows
---@return string? err
---@return string? code
---@return string? server_code
function native.script(target, sql) end

---Runs the statement and keeps its connection.
---@param pool pandan.db.pool
---@param sql string
---@return pandan.db.lease? lease
---@return string? err
---@return string? code
---@return string? server_code
function native.begin(pool, sql) end

---Its connection goes back; what is still open is rolled back.
---@param lease pandan.db.lease
function native.finish(lease) end

---@param lease pandan.db.lease
---@return "open"|"ended"|"busy"|"foreign"
function native.state(lease) end

---@return thread? coroutine  of the current task
function native.task() end

---@param pool pandan.db.pool
---@return table<string, integer|table>
function native.stats(pool) end

---@param pool pandan.db.pool
function native.drain(pool) end

---@return number ms  since some time
function native.clock() end

return native
