-- SPDX-License-Identifier: MIT
---@meta

--- What `db-drivers/redis/` gives to Lua, for `framework/pandan/redis/*.lua`
--- and `framework/migration/resty/redis.lua` alone. Pools, and leases of their
--- connections, are made by pandan.db.native. Where a pool is asked, its
--- shared connection is; times are milliseconds, 0 for none.

---@class pandan.redis.batch: userdata

--- What stands among replies where a command failed.
---@class pandan.redis.error
---@field err string
---@field code string
---@field server string  the server's own word

---@class pandan.redis.native
---@field error table  the metatable of pandan.redis.error
local native = {}

---A command's name as the protocol writes it.
---@param name string
---@return string head
function native.head(name) end

---One command; of "HGETALL", in capitals, a list is made a table.
---@param target pandan.db.pool|pandan.db.lease
---@param timeout number
---@param head string
---@param ... any
---@return any reply      false: the caller's mistake, then only its text
---@return string? err
---@return string? code
---@return string? word   the server's own
function native.call(target, timeout, head, ...) end

---An empty list of commands.
---@return pandan.redis.batch
function native.batch() end

---Adds one.
---@param batch pandan.redis.batch
---@param head string
---@param ... any
---@return integer|false count  how many there are; false: the caller's mistake
---@return string? err
function native.add(batch, head, ...) end

---Sends them together; the batch is empty again.
---@param target pandan.db.pool|pandan.db.lease
---@param timeout number
---@param batch pandan.redis.batch
---@return table|false|nil replies
---@return integer|string failed  how many of them are errors; or err
---@return string? code
---@return string? word
function native.run(target, timeout, batch) end

---The next thing that the server says, of whatever kind.
---@param lease pandan.db.lease
---@param timeout number
---@return any frame      false: the caller's mistake, then only its text
---@return string? err
---@return string? code   "timeout": nothing came, and nothing is lost
---@return string? word
function native.listen(lease, timeout) end

---Sends a command whose answer listen() gives.
---@param lease pandan.db.lease
---@param head string
---@param ... any
---@return boolean? ok    false: the caller's mistake
---@return string? err
---@return string? code
---@return string? word
function native.tell(lease, head, ...) end

---The slot of a key in a Cluster.
---@param key string
---@return integer slot  0 to 16383
function native.slot(key) end

---Its connection is closed when it comes back.
---@param lease pandan.db.lease
function native.retire(lease) end

---Connections of a pool that all share.
---@param pool pandan.db.pool
---@return integer connections
---@return integer pending  commands that wait for their answers
function native.shared(pool) end

return native
