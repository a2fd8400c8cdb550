-- SPDX-License-Identifier: MIT
---@meta

--- What `db-drivers/` gives to Lua, for `framework/pandan/db/*.lua` alone. A
--- pool and a lease are not told apart from other userdata by their types
--- here: functions that run statements take either.

---@class pandan.db.pool: lightuserdata
---@class pandan.db.lease: userdata
---@class pandan.db.reader: userdata

---@class pandan.db.native
---@field binary table  the metatable of db.binary(s), whose [1] is s; with
---  [2] it is a text for PostgreSQL, of the type with this number
local native = {}

---The worker's pool of this key, made at the first time. All options are
---given, as numbers.
---@param dialect "sqlite"|"postgres"|"mysql"
---@param key string
---@param options table<string, integer>
---@param keywords string[]
---@param values string[]
---@param writer? pandan.db.pool
---@param label? string  of its counters
---@return pandan.db.pool
function native.pool(dialect, key, options, keywords, values, writer, label) end

---@param target pandan.db.pool|pandan.db.lease
---@param sql string
---@param ... any
---@return table|false|nil rows  false: the caller's mistake, then only its text
---@return string? err
---@return string? code
---@return string? server_code
---@return table<string, string>? fields
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

---Several statements in one round trip, where `batches` says so.
---@param target pandan.db.pool|pandan.db.lease
---@param list any[][]
---@return (table|false)[]|false|nil results
---@return table|string|nil errors  of statements; or err
---@return string? code
---@return string? server_code
function native.batch(target, list) end

---@param target pandan.db.pool|pandan.db.lease
---@return boolean
function native.batches(target) end

---As query(), but the rest of the rows comes by `more`. COPY TO gives a text,
---COPY FROM true: then `more` takes it.
---@param target pandan.db.pool|pandan.db.lease
---@param sql string
---@param ... any
---@return table|string|true|false|nil rows
---@return pandan.db.reader|string|nil reader  nil when that was all; or err
---@return string? code
---@return string? server_code
function native.stream(target, sql, ...) end

---Runs statements, and gives by `more` what the server sends afterwards.
---@param pool pandan.db.pool
---@param sql string
---@return true|nil
---@return pandan.db.reader|string|nil reader  or err
---@return string? code
---@return string? server_code
function native.listen(pool, sql) end

---@param reader pandan.db.reader
---@param input? string|integer  for COPY FROM a text, nil for its end; for a
---  listener how many milliseconds to wait: true says that nothing came
---@return table|string|true|nil rows  nil, and no err: that was all
---@return string? err
---@return string? code
---@return string? server_code
function native.more(reader, input) end

---No more is wanted; in a transaction the rest is read now.
---@param reader pandan.db.reader|pandan.db.lease
---@return true|nil
---@return string? err
---@return string? code
function native.stop(reader) end

---Borrows a connection without a transaction.
---@param pool pandan.db.pool
---@param timeout? integer  milliseconds; the pool's own without it
---@return pandan.db.lease? lease
---@return string? err
---@return string? code
---@return string? server_code
---@return table<string, string>? fields
function native.borrow(pool, timeout) end

---Runs statements on a borrowed connection as they are, in MySQL's text
---protocol.
---@param lease pandan.db.lease
---@param sql string
---@param timeout? integer
---@param compact boolean  rows are arrays
---@return table[]|false|nil results  false: the lease is over
---@return string? err
---@return string? code
function native.text(lease, sql, timeout, compact) end

---Runs statements of PostgreSQL on a borrowed connection; several without
---values.
---@param lease pandan.db.lease
---@param timeout? integer
---@param plain boolean  all values are texts
---@param sql string
---@param ... any
---@return table[]|false|nil results  { rows, names, types, command } each;
---  `notices` and `notified`; false: the caller's mistake
---@return string? err
---@return string? code
---@return string? server_code
---@return table<string, string>? fields
---@return table[]? partial  of the statements before the failed one
function native.ask(lease, timeout, plain, sql, ...) end

---Waits for a notification of PostgreSQL on a borrowed connection; one that
---has come before, and was not heard of, comes at once.
---@param lease pandan.db.lease
---@param timeout? integer
---@return pandan.db.event[]|false|nil events  one; false: the lease is over
---@return string? err
---@return string? code  "timeout" does no harm to the lease
function native.hear(lease, timeout) end

---Gives a borrowed connection back; it is closed unless `keep`.
---@param lease pandan.db.lease
---@param keep boolean
function native.part(lease, keep) end

---@param lease pandan.db.lease
---@return integer? reused  how often it was lent before
---@return string? server   its version
function native.about(lease) end

---Copies a database of SQLite to a file.
---@param pool pandan.db.pool
---@param path string
---@return true? done
---@return string? err
---@return string? code
---@return string? server_code
function native.backup(pool, path) end

---Its connection goes back; what is still open is rolled back.
---@param lease pandan.db.lease
function native.finish(lease) end

---@param lease pandan.db.lease
---@return "open"|"ended"|"busy"|"reading"|"foreign"
function native.state(lease) end

---@return thread? coroutine  of the current task
function native.task() end

---@param pool pandan.db.pool
---@return table<string, integer|table>
function native.stats(pool) end

---Those of all workers, each with its `label`.
---@return table<string, integer|string>[]
function native.counters() end

---@param pool pandan.db.pool
function native.drain(pool) end

---@return number ms  since some time
function native.clock() end

---Notes that the current request wrote to a database that has this bit.
---@param bit integer
function native.mark(bit) end

---@param bit integer
---@return boolean
function native.marked(bit) end

---Whether the statement only reads, by its words.
---@param dialect string
---@param sql string
---@return boolean
function native.only_reads(dialect, sql) end

return native
