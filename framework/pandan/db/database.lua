-- SPDX-License-Identifier: MIT
--- A database: knows how to reach it, and finds its pool in this worker when
--- it is first used. Making one costs nothing and connects nowhere.

local native = require("pandan.db.native")
local options = require("pandan.db.options")
local pools = require("pandan.db.pool")
local statements = require("pandan.db.statements")
local transaction = require("pandan.db.transaction")
local url = require("pandan.db.url")

---@class pandan.db.database
---@field dialect "sqlite"|"postgres"|"mysql"
---@field url string  without its password
local database = {}
database.__index = database

-- Bytes of a database in memory that all workers share.
local SHARED_SIZE = 64 * 1024 * 1024

local function native_pool(self, role, changes, writer)
    return pools.find(self.dialect, role, self.options, self.keywords,
        changes, writer)
end

-- The pool; that of SQLite's readers knows the one of the writer.
local function pool(self)
    local found = self.native
    if found then
        return found
    end

    if self.dialect ~= "sqlite" then
        found = native_pool(self, "server", {})
    elseif self.memory then
        -- its data would go with its only connection
        found = native_pool(self, "memory",
            { limit = 1, idle_timeout = 0, lifetime = 0, lasting = 1 })
    else
        local writer = native_pool(self, "writer", { limit = 1 })
        found = native_pool(self, "reader", { readonly = 1 }, writer)
    end

    self.native = found
    return found
end

-- The transaction that the current task is in.
local function joined(self)
    if next(self.joined) == nil then
        return nil
    end

    local task = native.task()
    local tx = task and self.joined[task]
    if tx and not tx.ended and native.state(tx.lease) ~= "foreign" then
        return tx
    end
end

local function target(self)
    local tx = joined(self)
    if not tx then
        return pool(self)
    end

    if transaction.state(tx.lease) == "open" then
        return tx.lease
    end
    return nil, "the transaction that this statement belongs to was lost",
        "closed"
end

statements.mixin(database, target)

---Runs `fn(tx)` in a transaction. It is committed when `fn` returns, and
---rolled back when `fn` raises, returns nil and an error, or says
---`tx:rollback()`. Within a transaction of this task it is a savepoint.
---@param fn fun(tx: pandan.db.transaction): ...
---@return any ...  what `fn` returns, true for nothing; or nil, err, code
function database:transaction(fn)
    if type(fn) ~= "function" then
        error("a transaction needs a function", 2)
    end

    local outer = joined(self)
    if outer then
        return outer:transaction(fn)
    end
    return transaction.run(self, pool(self), fn)
end

---Counters of this worker's pool: `lent`, `idle`, `waiting`, `limit`, and
---since its start `opened closed queries errors timeouts waited abandoned
---brief` (at once, on the event loop);
---for a file of SQLite those of the readers, and of the writer in `writer`.
---@return table
function database:stats()
    return native.stats(pool(self))
end

---Closes what is idle now, and what is lent when it comes back. The database
---can still be used: it connects anew.
function database:close()
    native.drain(pool(self))
end

local function absolute(path, root)
    if path:sub(1, 1) == "/" or not root then
        return path
    end
    return (root:gsub("/+$", "")) .. "/" .. path
end

-- What a server is reached with, if the URL does not say it.
local defaults = {
    postgres = {
        application_name = "pandan", client_encoding = "UTF8",
        gssencmode = "disable",
    },
    mysql = {},
}

local function server_keywords(parts, words)
    local keywords = {}

    for name, value in pairs(defaults[parts.dialect]) do
        keywords[name] = value
    end
    for _, name in ipairs({ "host", "port", "user", "password", "dbname" }) do
        keywords[name] = parts[name]
    end
    for name, value in pairs(words) do
        keywords[name] = value
    end
    return keywords
end

---@param text string    the URL
---@param given? table   options; `root` is the folder of relative paths
---@return pandan.db.database? db
---@return string? err
function database.new(text, given)
    local parts, err = url.read(text)
    if not parts then
        return nil, err
    end

    local all, root = parts.options, nil
    for name, value in pairs(given or {}) do
        if name == "root" then
            root = value
        else
            all[name] = value
        end
    end

    if parts.shared and all.max_size == nil then
        all.max_size = SHARED_SIZE
    end

    local pool_options, words = options.read(parts.dialect, all)
    if not pool_options then
        return nil, "cannot use database '" .. url.mask(text) .. "': " .. words
    end

    local keywords
    if parts.dialect ~= "sqlite" then
        keywords = server_keywords(parts, words)
    elseif parts.shared then
        keywords = { shared = parts.shared }
    elseif parts.memory then
        keywords = { path = parts.path }
    else
        keywords = { path = absolute(parts.path, root) }
    end

    return setmetatable({
        url = url.mask(text), dialect = parts.dialect, memory = parts.memory,
        options = pool_options, keywords = keywords,
        joined = setmetatable({}, { __mode = "k" }),
    }, database)
end

return database
