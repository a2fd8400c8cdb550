-- SPDX-License-Identifier: MIT
--- A Cluster as this worker knows it: which server has which slot. The map is
--- read when it is first needed, and again when a server says that a slot has
--- moved or cannot be reached.

local commands = require("pandan.redis.commands")
local methods = require("pandan.redis.methods")
local native = require("pandan.redis.native")
local topology = require("pandan.redis.topology")

local now, slot_of = ngx.now, native.slot

-- Seconds between two looks at the map when all seems well.
local LOOK = 30

---@class pandan.redis.cluster: pandan.redis.topology
---@field slots table<integer, table>  shards
local cluster = topology.class(LOOK)

-- Milliseconds, at most, for one server to tell the map.
local ASK_TIMEOUT = 1000

local CLUSTER = methods.entry("cluster")

function cluster:start()
    self.slots = {}
end

---The client of one server.
---@param host string
---@param port string|integer
---@param reader? boolean  of a replica that is to answer
function cluster:node(host, port, reader)
    return self:server(reader and self.readers or self.nodes, host, port,
        reader and { readonly = "yes" })
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

---Reads the map.
---@param deadline number
---@return true? loaded
---@return string? err
---@return string? code
function cluster:load(deadline)
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
            self.doubtful = false
            return true
        end
        failure = { err or failure[1], code or failure[2] }
    end

    return nil, "cannot read the map of the cluster: " .. failure[1],
        failure[2]
end

---The server for a key; without one, any.
---@param key string?
---@param reads string?    "replicas": of a command that they may answer
---@param deadline number  seconds, of ngx.now()
---@return pandan.redis.client? node
---@return string? err
---@return string? code
function cluster:find(key, reads, deadline)
    local err, code = self:refresh(deadline, #self.shards == 0)
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
    return topology.pick(shard, reads)
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

return cluster
