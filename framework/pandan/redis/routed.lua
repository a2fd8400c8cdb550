-- SPDX-License-Identifier: MIT
--- A Redis of several servers, a Cluster or one that Sentinels watch: the same
--- commands as of one server, each sent to whom it belongs. What was surely
--- not done is asked again, elsewhere, until the deadline of the call.

local commands = require("pandan.redis.commands")
local methods = require("pandan.redis.methods")
local redirect = require("pandan.redis.redirect")
local routed_batch = require("pandan.redis.routed_batch")
local script = require("pandan.redis.script")
local session = require("pandan.redis.session")
local store = require("pandan.db.store")
local subscription = require("pandan.redis.subscription")
local tracking = require("pandan.redis.tracking")

local now = ngx.now
local binds, find_key, reading =
    commands.binds, commands.key, commands.reading

---@class pandan.redis.routed
---@field url string      without its password
---@field topology table  pandan.redis.cluster or pandan.redis.sentinel
local routed = {}
routed.__index = routed

---@param topology table
---@param fields table  url, timeout, reads
---@return pandan.redis.routed
function routed.new(topology, fields)
    fields.topology = topology
    return setmetatable(fields, routed)
end

-- One command, wherever that leads, until `deadline`.
local function run(self, deadline, entry, ...)
    local name, topology = entry.name, self.topology
    local key = find_key(name, ...)
    local reads = reading[name] and self.reads
    local asking, node, reply, err, code, word

    while true do
        local left = (deadline - now()) * 1000

        if left < 1 then
            return nil, err or "no answer in time", code or "timeout", word
        elseif asking then
            reply, err, code, word = redirect.ask(asking, left, entry, ...)
        else
            node, err, code = topology:find(key, reads, deadline)
            if node then
                left = math.max(1, (deadline - now()) * 1000)
                reply, err, code, word = node:perform(left, entry, ...)
            end
        end

        if err == nil or reply == false then
            return reply, err
        end

        local again
        again, asking = redirect.judge(topology, node, name, deadline, err,
            code)
        if not again then
            if code == "cross_slot" then
                err = topology.explain(name, err, ...)
            end
            return nil, err, code, word
        end
        reads = nil -- a replica had its chance
    end
end

methods.install(routed, function(self, entry, ...)
    if binds(entry.name, (...)) then
        return false, entry.name .. " would change a connection that others "
            .. "use: see connect(), transaction() and listen()"
    end
    return run(self, now() + self.timeout / 1000, entry, ...)
end)

-- Calls `work` with the server of a key, and with another one while none was
-- reached.
local function on_node(self, key, work)
    local deadline = now() + self.timeout / 1000

    while true do
        local node, err, code, word = self.topology:find(key, nil, deadline)
        local found

        if node then
            found, err, code, word = work(node)
            if found ~= nil then
                return found, err, code, word
            end
        end

        if not redirect.judge(self.topology, node, "", deadline, err, code)
        then
            return nil, err, code, word
        end
    end
end

---The same with other options of a call: `timeout` in milliseconds, `reads`
---("primary", "replicas").
---@param given { timeout?: integer, reads?: string }
---@return pandan.redis.routed
function routed:with(given)
    if type(given) ~= "table" then
        error("the options of calls must be a table", 2)
    end

    local timeout = given.timeout or self.timeout
    local reads = given.reads or self.reads

    store.check_timeout(timeout)
    if reads ~= "primary" and reads ~= "replicas" then
        error("the option reads must be primary or replicas", 2)
    end
    return routed.new(self.topology, {
        url = self.url, timeout = timeout, reads = reads,
    })
end

---As pandan.redis.client:pipeline(). Each server has its commands in their
---order; those of several servers run side by side.
---@param work function|table
---@return table? replies
---@return integer|string failed
---@return string? code
function routed:pipeline(work)
    local replies, failed, code, word =
        routed_batch.pipeline(self, work, run, 3)
    return replies, failed, code, word
end

---As pandan.redis.client:transaction(); of a Cluster, all keys are of one
---slot.
---@param work function|table
---@param options? { watch?: string|string[], retries?: integer }
---@return table? replies
---@return integer|string failed
---@return string? code
function routed:transaction(work, options)
    local replies, failed, code, word =
        routed_batch.transaction(self, work, options, 3)
    return replies, failed, code, word
end

---As pandan.redis.client:script_of().
---@param source string
---@return pandan.redis.script
function routed:script_of(source)
    if type(source) ~= "string" then
        error("a script must be a string", 2)
    end
    return script.new(self, source)
end

---Listens to channels. It ends with the server it was opened at: listen
---again, and expect to have missed messages.
---@param ... string
---@return pandan.redis.subscription? subscription
---@return string? err
---@return string? code
function routed:listen(...)
    local channels = { ... }
    local found, err, code, word = on_node(self, nil, function(node)
        return node:listen(unpack(channels))
    end)
    return found, err, code, word
end

---A connection of one's own to the server of a key, or to any.
---@param key? string
---@return pandan.redis.session? session
---@return string? err
---@return string? code
function routed:connect(key)
    local found, err, code, word = on_node(self, key, session.open)
    return found, err, code, word
end

---A subscription, yet to nothing, at the server of a key.
---@param key? string
---@return pandan.redis.subscription? subscription
---@return string? err
---@return string? code
function routed:subscription(key)
    local found, err, code, word = on_node(self, key, subscription.open)
    return found, err, code, word
end

---As pandan.redis.client:track(), where there is one primary: the servers of
---a Cluster each tell of their own keys only.
---@param given { prefixes?: string[], clear: fun(key: string?) }
---@return pandan.redis.tracking
function routed:track(given)
    if self.topology.explain then
        error("track() is for one server at a time: see nodes()", 2)
    end

    local found = tracking.start(self, given, 2)
    return found
end

---A client for each of the primaries, or of the replicas: for commands of
---servers, not of keys.
---@param which? string  "replicas"
---@return pandan.redis.client[]? nodes
---@return string? err
---@return string? code
function routed:nodes(which)
    local list, err, code = self.topology:all(now() + self.timeout / 1000,
        which == "replicas")
    return list, err, code
end

---Counters as of one server, by the server's address.
---@return table<string, table>
function routed:stats()
    local all = {}

    for _, nodes in ipairs({ self.topology.nodes, self.topology.readers }) do
        for address, node in pairs(nodes) do
            local name = address
                .. (nodes == self.topology.readers and " (replica)" or "")
            all[name] = node:stats()
        end
    end
    return all
end

---Closes what is idle now, and what is in use when it comes back.
function routed:close()
    for _, nodes in ipairs({ self.topology.nodes, self.topology.readers }) do
        for _, node in pairs(nodes) do
            node:close()
        end
    end
end

return routed
