-- SPDX-License-Identifier: MIT
--- One Redis server. Commands go over a connection that this worker shares;
--- those that would leave something behind on it get one of the pool.

local commands = require("pandan.redis.commands")
local methods = require("pandan.redis.methods")
local native = require("pandan.redis.native")
local pipeline = require("pandan.redis.pipeline")
local pools = require("pandan.db.pool")
local script = require("pandan.redis.script")
local session = require("pandan.redis.session")
local store = require("pandan.db.store")
local subscription = require("pandan.redis.subscription")
local tracking = require("pandan.redis.tracking")
local transaction = require("pandan.redis.transaction")

local call, run_batch = native.call, native.run
local waiting, binds = commands.waiting, commands.binds
local special = commands.special

---@class pandan.redis.client
---@field url string  without its password
local client = {}
client.__index = client

---@param fields table  url, keywords, options
---@return pandan.redis.client
function client.new(fields)
    fields.timeout = fields.options.query_timeout
    fields.target = false -- what is nil would be a command
    return setmetatable(fields, client)
end

---The worker's pool; connects nowhere.
function client:native_pool()
    local target = pools.find("redis", "server", self.options, self.keywords)
    self.target = target
    return target
end

-- On a connection that nobody else uses meanwhile.
local function run_alone(self, timeout, entry, wait, ...)
    local held, err, code, word = session.open(self)

    if not held then
        return nil, err, code, word
    end

    -- the server takes its own time, and then ours begins
    local reply
    reply, err, code, word = call(held.lease,
        wait == 0 and 0 or wait + timeout, entry.head, ...)
    held:release()
    return reply, err, code, word
end

local function run(self, timeout, entry, ...)
    local name = entry.name

    if special[name] then
        local wait = waiting[name] and commands.wait(name, ...)

        if wait then
            return run_alone(self, timeout, entry, wait, ...)
        elseif binds(name, (...)) then
            return false, name .. " would change a connection that others "
                .. "use: see connect(), transaction() and listen()"
        end
    end

    return call(self.target or self:native_pool(), timeout, entry.head, ...)
end

methods.install(client, function(self, entry, ...)
    return run(self, self.timeout, entry, ...)
end)

---One command within a time of its own; for those who know several servers.
---@param timeout number  milliseconds
---@param entry pandan.redis.entry
---@param ... any
---@return any reply      false: the caller's mistake
---@return string? err
---@return string? code
---@return string? word   the server's own
function client:perform(timeout, entry, ...)
    return run(self, timeout, entry, ...)
end

---The same with other options of a call: `timeout` in milliseconds.
---@param given { timeout: integer }
---@return pandan.redis.client
function client:with(given)
    local timeout = type(given) == "table" and given.timeout

    store.check_timeout(timeout)

    local other = {}
    for key, value in pairs(self) do
        other[key] = value
    end
    other.timeout = timeout
    return setmetatable(other, getmetatable(self))
end

---Sends several commands at once. `work` is a function that is given an
---object with all commands, or a list of lists of words.
---@param work function|table
---@return table? replies  one for each; errors are objects with err and code
---@return integer|string failed  how many of them are errors; or err
---@return string? code
function client:pipeline(work)
    local batch = pipeline.collect(work, 3)
    local replies, failed, code, word = run_batch(
        self.target or self:native_pool(), self.timeout, batch)

    return replies, failed, code, word
end

---Runs commands as one: all of them, or none when a watched key was changed.
---`work` is what a pipeline takes; a function that watches is given the
---watching connection, too, and may return nil and an error to give up.
---@param work function|table
---@param options? { watch?: string|string[], retries?: integer }
---@return table? replies
---@return integer|string failed  how many of them are errors; or err
---@return string? code           "conflict": a watched key was changed
function client:transaction(work, options)
    local replies, failed, code, word = transaction.run(self, work, options,
        3)
    return replies, failed, code, word
end

---A script of the server, to be called with a list of keys and one of
---arguments.
---@param source string
---@return pandan.redis.script
function client:script_of(source)
    if type(source) ~= "string" then
        error("a script must be a string", 2)
    end
    return script.new(self, source)
end

---Listens to channels; see pandan.redis.subscription.
---@param ... string
---@return pandan.redis.subscription? subscription
---@return string? err
---@return string? code
function client:listen(...)
    local found, err, code, word = subscription.open(self)
    if not found then
        return nil, err, code, word
    end

    local ok
    ok, err, code, word = found:subscribe(...)
    if not ok then
        found:close()
        return nil, err, code, word
    end
    return found
end

---Hears which keys were changed, to forget what is kept of them; once for
---each worker. See pandan.redis.tracking.
---@param given { prefixes?: string[], clear: fun(key: string?) }
---@return pandan.redis.tracking
function client:track(given)
    local found = tracking.start(self, given, 2)
    return found
end

---A connection of one's own, with all commands; `release()` gives it back.
---@return pandan.redis.session? session
---@return string? err
---@return string? code
function client:connect()
    return session.open(self)
end

---Counters of this worker's pool as of a database, and of the connections
---that are shared: `shared`, and `pending` commands on them.
---@return table
function client:stats()
    local target = self.target or self:native_pool()
    local found = require("pandan.db.native").stats(target)

    found.shared, found.pending = native.shared(target)
    return found
end

---Closes what is idle now, and what is in use when it comes back. The object
---can still be used: it connects anew.
function client:close()
    require("pandan.db.native").drain(self.target or self:native_pool())
end

return client
