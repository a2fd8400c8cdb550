-- SPDX-License-Identifier: MIT
--- A database: knows how to reach it, and finds its pool in this worker when
--- it is first used. Making one costs nothing and connects nowhere.

local begin = require("pandan.db.begin")
local listener = require("pandan.db.listener")
local native = require("pandan.db.native")
local options = require("pandan.db.options")
local pools = require("pandan.db.pool")
local replicas = require("pandan.db.replicas")
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

-- Connections that only listen, of a worker.
local LISTENERS = 1000

-- Milliseconds that a replica is left alone which did not answer.
local RETRY = 5000

-- Options of a database that its pool knows nothing of.
local SPECIAL = { root = true, replicas = true, replica_retry = true }

-- Native functions whose statement may be a replica's.
local READS = { [native.query] = true, [native.stream] = true }

local function native_pool(self, role, changes, writer)
    return pools.find(self.dialect, role, self.options, self.keywords,
        changes, writer, self.name)
end

---The worker's pool; that of SQLite's readers knows the one of the writer.
---@return pandan.db.pool
function database:pool()
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

local function target(self, _, sql, run)
    local tx = joined(self)
    if not tx then
        local all = self.replicas
        return all and all:choose(self.dialect, READS[run] and sql)
            or self:pool()
    end

    if transaction.state(tx.lease) == "open" then
        return tx.lease
    end
    return nil, "the transaction that this statement belongs to was lost",
        "closed"
end

---A statement failed; answers where to try it again.
function database:failed(code, where, _, err)
    local tx = joined(self)
    if tx then
        return tx:failed(code)
    end

    local all = self.replicas
    if all then
        local other, primary = all:failed(code, where, err)
        return other or primary and self:pool() or nil
    end
end

statements.mixin(database, target)

---Hears what `NOTIFY` sends to these channels, with PostgreSQL; see
---`pandan.db.listener`.
---@param ... string  names of channels
---@return pandan.db.listener? listener
---@return string? err
---@return string? code
function database:listen(...)
    if self.dialect ~= "postgres" then
        error("only PostgreSQL has channels to listen to", 2)
    elseif select("#", ...) == 0 then
        error("listen() takes names of channels", 2)
    end

    for i = 1, select("#", ...) do
        if type((select(i, ...))) ~= "string" then
            error("the name of a channel must be a string", 2)
        end
    end

    local found, err, code, server, fields = listener.new(native_pool(self,
        "listener", { limit = LISTENERS }), { ... })
    return found, err, code, server, fields
end

---The same database without its replicas.
---@return pandan.db.database
function database:primary()
    return self.replicas and self.alone or self
end

---Runs `fn(tx)` in a transaction. It is committed when `fn` returns, and
---rolled back when `fn` raises, returns nil and an error, or says
---`tx:rollback()`. Within a transaction of this task it is a savepoint.
---
---Options: `isolation` ("serializable" ...), `read_only`, and `retry`: how
---often `fn` is called again when the server gave up the transaction for
---another one's sake, or another process writes SQLite's file (true: 3).
---@param fn fun(tx: pandan.db.transaction): ...
---@param given? table
---@return any ...  what `fn` returns, true for nothing; or nil, err, code
function database:transaction(fn, given)
    if type(fn) ~= "function" then
        error("a transaction needs a function", 2)
    end

    local outer = joined(self)
    if outer then
        return outer:transaction(fn, given)
    end

    local how, err = begin.read(self.dialect, given)
    if not how then
        error(err, 2)
    end

    local all = self.replicas
    if all and not how.read_only then
        native.mark(all.mark)
    end
    return transaction.run(self, all and how.read_only and all:reading()
        or self:pool(), fn, how)
end

---Counters of this worker's pool: `lent`, `idle`, `waiting`, `limit`, and
---since its start `opened closed queries errors timeouts waited abandoned
---resets brief` (at once, on the event loop) `shared` (with others, in one
---packet);
---for a file of SQLite those of the readers, and of the writer in `writer`;
---with replicas those of each in `replicas`.
---@return table
function database:stats()
    local found = native.stats(self:pool())

    if self.replicas then
        found.replicas = {}
        for i, replica in ipairs(self.replicas.list) do
            found.replicas[i] = replica:stats()
        end
    end
    return found
end

---Closes what is idle now, and what is lent when it comes back. The database
---can still be used: it connects anew.
function database:close()
    native.drain(self:pool())

    for _, replica in ipairs(self.replicas and self.replicas.list or {}) do
        replica:close()
    end
end

local function absolute(path, root)
    if path:sub(1, 1) == "/" or not root then
        return path
    end
    return (root:gsub("/+$", "")) .. "/" .. path
end

---Copies a database of SQLite to a new file, while it is used: the copy is its
---state at one moment. What the file held before is replaced at the end.
---@param path string  relative to the folder of `root`
---@return true? done
---@return string? err
---@return string? code
function database:backup(path)
    if self.dialect ~= "sqlite" then
        error("backup() is SQLite's; servers have programs for it", 2)
    elseif type(path) ~= "string" or path == "" then
        error("backup() takes a path", 2)
    end

    local done, err, code, server = native.backup(self:pool(),
        absolute(path, self.root))
    return done, err, code, server
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

-- The databases of `replicas`, each a URL or a table of options with `url`.
local function read_replicas(self, given, root)
    local list = {}

    for i, value in ipairs(given) do
        local own = { root = root }
        local text = value

        if type(value) == "table" then
            text = value.url
            for name, option in pairs(value) do
                if name ~= "url" then
                    own[name] = option
                end
            end
        end
        if type(text) ~= "string" then
            return nil, "replica " .. i .. " has no URL"
        end

        local err
        list[i], err = database.new(text, own)
        if not list[i] then
            return nil, err
        elseif list[i].dialect ~= self.dialect then
            return nil, "replica " .. i .. " speaks " .. list[i].dialect
                .. ", its primary " .. self.dialect
        end
    end
    return list
end

local function add_replicas(self, special)
    local given, retry = special.replicas, special.replica_retry or RETRY

    if type(given) ~= "table" then
        return nil, "cannot use database '" .. self.url
            .. "': replicas must be a table of URLs"
    elseif type(retry) ~= "number" or retry < 0 then
        return nil, "cannot use database '" .. self.url
            .. "': replica_retry must be milliseconds"
    end

    local list, err = read_replicas(self, given, special.root)
    if not list then
        return nil, "cannot use database '" .. self.url .. "': " .. err
    elseif #list == 0 then
        return self
    end

    local alone = {}
    for name, value in pairs(self) do
        alone[name] = value
    end

    self.alone = setmetatable(alone, database)
    self.replicas = replicas.new(list, retry)
    return self
end

---@param text string    the URL
---@param given? table   options; `root` is the folder of relative paths,
---                      `replicas` and `replica_retry` are no server's
---@param name? string   in the configuration
---@return pandan.db.database? db
---@return string? err
function database.new(text, given, name)
    local parts, err = url.read(text)
    if not parts then
        return nil, err
    end

    local all, special = parts.options, {}
    for key, value in pairs(given or {}) do
        (SPECIAL[key] and special or all)[key] = value
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
        keywords = { path = absolute(parts.path, special.root) }
    end

    local self = setmetatable({
        url = url.mask(text), dialect = parts.dialect, memory = parts.memory,
        options = pool_options, keywords = keywords, root = special.root,
        joined = setmetatable({}, { __mode = "k" }),
        name = name or url.mask(text),
    }, database)

    if special.replicas ~= nil then
        return add_replicas(self, special)
    end
    return self
end

return database
