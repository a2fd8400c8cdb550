-- SPDX-License-Identifier: MIT
--- A Cluster as this worker knows it: which server has which slot. The map is
--- read when it is first needed, and again when a server says that a slot has
--- moved or cannot be reached.

local commands = require("pandan.redis.commands")
local fields = require("pandan.redis.fields")
local flight = require("pandan.redis.flight")
local methods = require("pandan.redis.methods")
local native = require("pandan.redis.native")

local now, slot_of = ngx.now, native.slot

---@class pandan.redis.cluster
---@field slots table<integer, table>  shards: primary, replicas
local cluster = {}
cluster.__index = cluster

-- Seconds: between two looks at the map when in doubt, and when all seems
-- well; for which a replica that failed is passed over.
local PAUSE, LOOK, REST = 0.1, 30, 2

-- Milliseconds, at most, for one server to tell the map.
local ASK_TIMEOUT = 1000

local CLUSTER = methods.entry("cluster")

-- One for each worker, URL and options.
local known = {}

---@param parts table
---@param words table
---@param options table
---@return pandan.redis.cluster
function cluster.get(parts, words, options)
    local key = fields.key(parts, words, options)

    if not known[key] then
        known[key] = setmetatable({
            parts = parts, words = words, options = options,
            nodes = {}, readers = {}, slots = {}, shards = {},
            doubtful = true, loaded = -PAUSE, flight = flight.new(),
        }, cluster)
    end
    return known[key]
end

---The client of one server.
---@param host string
---@param port string|integer
---@param reader? boolean  of a replica that is to answer
function cluster:node(host, port, reader)
    local nodes = reader and self.readers or self.nodes
    local address = host .. ":" .. port

    if not nodes[address] then
        nodes[address] = fields.client(self.parts, self.words, self.options,
            { host = host, port = tostring(port) },
            reader and { readonly = "yes" })
        nodes[address].host = host
        nodes[address].rests_until = 0
    end
    return nodes[address]
end

-- A server that does not know its own name is where it was asked.
local function place(self, asked, entry, reader)
    local host = entry[1]

    if host == ngx.null or host == "" or host == "?" then
        host = asked.host
    end
    return self:node(host, entry[2], reader)
end

local function accept(self, asked, ranges)
    local slots, shards, by_address = {}, {}, {}

    for _, range in ipairs(ranges) do
        local primary = place(self, asked, range[3])
        local shard = by_address[primary]

        if not shard then
            shard = { primary = primary, replicas = {}, turn = 0 }
            for i = 4, #range do
                shard.replicas[i - 3] = place(self, asked, range[i], true)
            end
            by_address[primary] = shard
            shards[#shards + 1] = shard
        end
        for slot = range[1], range[2] do
            slots[slot] = shard
        end
    end
    self.slots, self.shards = slots, shards
end

-- What is in no shard any more holds no connections either.
local function forget_others(self)
    local used = {}

    for _, shard in ipairs(self.shards) do
        used[shard.primary] = true
        for _, replica in ipairs(shard.replicas) do
            used[replica] = true
        end
    end

    for _, nodes in ipairs({ self.nodes, self.readers }) do
        for address, node in pairs(nodes) do
            if not used[node] then
                node:close()
                nodes[address] = nil
            end
        end
    end
end

-- Whom to ask: those that served last, then those of the URL.
local function candidates(self)
    local list = {}

    for _, shard in ipairs(self.shards) do
        table.insert(list, math.random(#list + 1), shard.primary)
    end
    for _, seed in ipairs(self.parts.hosts) do
        list[#list + 1] = self:node(seed.host, seed.port)
    end
    return list
end

local function load(self, deadline)
    local failure = { "no server told the map of the cluster",
        "cluster_down" }

    for _, node in ipairs(candidates(self)) do
        local left = (deadline - now()) * 1000
        if left < 1 then
            break
        end

        local ranges, err, code = node:perform(math.min(left, ASK_TIMEOUT),
            CLUSTER, "SLOTS")

        if type(ranges) == "table" and #ranges > 0 then
            accept(self, node, ranges)
            forget_others(self)
            self.doubtful, self.loaded = false, now()
            return true
        end
        failure = { err or failure[1], code or failure[2] }
    end

    self.loaded = now()
    return nil, "cannot read the map of the cluster: " .. failure[1],
        failure[2]
end

---The map may be wrong.
function cluster:doubt()
    self.doubtful = true
end

local function refresh(self, deadline)
    return self.flight:run(deadline, function()
        return load(self, deadline)
    end)
end

local function replica_of(shard)
    local count = #shard.replicas

    for _ = 1, count do
        shard.turn = shard.turn % count + 1
        local replica = shard.replicas[shard.turn]

        if replica.rests_until <= now() then
            return replica
        end
    end
end

---The server for a key; without one, any.
---@param key string?
---@param reads string?    "replicas": of a command that they may answer
---@param deadline number  seconds, of ngx.now()
---@return pandan.redis.client? node
---@return string? err
---@return string? code
function cluster:find(key, reads, deadline)
    local err, code

    if self.doubtful and now() - self.loaded >= PAUSE
        or #self.shards == 0
    then
        local _
        _, err, code = refresh(self, deadline)
    elseif now() - self.loaded >= LOOK then
        self.loaded = now()
        self.flight:later(function(limit)
            return load(self, limit)
        end)
    end

    local shard
    if key then
        shard = self.slots[slot_of(key)]
    elseif #self.shards > 0 then
        shard = self.shards[math.random(#self.shards)]
    end

    if not shard then
        self.doubtful = true
        return nil, err or "no server has the slot of the key",
            code or "cluster_down"
    end
    return reads == "replicas" and replica_of(shard) or shard.primary
end

---A server could not be asked.
function cluster:failed(node)
    self.doubtful = true
    if node.keywords.readonly then
        node.rests_until = now() + REST
    end
end

---What "MOVED slot host:port" or "ASK slot host:port" names.
---@param node pandan.redis.client  who said so
---@param text string
---@return pandan.redis.client? target
function cluster:target(node, text)
    local kind, slot, host, port =
        text:match("^(%u+) (%d+) (.*):(%d+)$")

    if not slot then
        return nil
    end

    local target = self:node(host ~= "" and host or node.host, port)
    if kind == "MOVED" then
        self.doubtful = true
        self.slots[tonumber(slot)] = {
            primary = target, replicas = {}, turn = 0,
        }
    end
    return target
end

---Of an error about keys in several slots, which ones they are.
---@param name string
---@param err string
---@param ... any  the command's values
---@return string err
function cluster.explain(name, err, ...)
    local first
    for _, key in ipairs(commands.keys(name, ...)) do
        first = first or key

        if slot_of(key) ~= slot_of(first) then
            return ("%s: '%s' is in slot %d, '%s' in slot %d; keys with a "
                .. "common part in braces, as {user1}a and {user1}b, share "
                .. "a slot"):format(err, first, slot_of(first), key,
                slot_of(key))
        end
    end
    return err
end

---Clients of all primaries, or of all replicas.
---@param deadline number
---@param replicas? boolean
---@return pandan.redis.client[]? nodes
---@return string? err
---@return string? code
function cluster:all(deadline, replicas)
    local node, err, code = self:find(nil, nil, deadline)
    if not node then
        return nil, err, code
    end

    local list = {}
    for _, shard in ipairs(self.shards) do
        for _, one in ipairs(replicas and shard.replicas
            or { shard.primary })
        do
            list[#list + 1] = one
        end
    end
    return list
end

return cluster
