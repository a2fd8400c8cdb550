-- SPDX-License-Identifier: MIT
--- Servers of which others tell, and who are asked again when what they told
--- may be wrong. A class made of it, of a Cluster or of a primary and its
--- replicas, gives `find(key, reads, deadline)`, `target(node, text)`,
--- `start(words)` and `load(deadline)`.

local fields = require("pandan.redis.fields")
local flight = require("pandan.redis.flight")

local now = ngx.now

---@class pandan.redis.topology
---@field parts table        what url.read() gave
---@field words table        keywords of its servers
---@field options table      of their pools
---@field nodes table<string, pandan.redis.client>    by address
---@field readers table<string, pandan.redis.client>  those of replicas
---@field shards table[]     primary, replicas, turn
---@field doubtful boolean   what is known may be wrong
local topology = {}
topology.__index = topology

-- Seconds: between two questions when in doubt; for which a replica that
-- failed is passed over.
local PAUSE, REST = 0.1, 2

---@param look number  seconds between two questions when all seems well
function topology.class(look)
    local class = setmetatable({ look = look, known = {} }, topology)

    class.__index = class
    return class
end

---The class's one for this worker, URL and options.
---@param parts table
---@param words table
---@param options table
function topology:get(parts, words, options)
    local key = fields.key(parts, words, options)
    local found = self.known[key]

    if not found then
        found = setmetatable({
            parts = parts, words = words, options = options,
            nodes = {}, readers = {}, shards = {},
            doubtful = true, loaded = -PAUSE, flight = flight.new(),
        }, self)
        found:start(words)
        self.known[key] = found
    end
    return found
end

---The client of one server, made once.
---@param nodes table<string, pandan.redis.client>  where it is kept
---@param host string
---@param port string|integer
---@param changes? table  as of fields.client()
---@return pandan.redis.client
function topology:server(nodes, host, port, changes)
    local address = host .. ":" .. port

    if not nodes[address] then
        nodes[address] = fields.client(self.parts, self.words, self.options,
            { host = host, port = tostring(port) }, changes)
        nodes[address].host = host
        nodes[address].rests_until = 0
    end
    return nodes[address]
end

local function load(self, deadline)
    local loaded, err, code = self:load(deadline)

    self.loaded = now()
    return loaded, err, code
end

---Asks anew when it is time to: at once when in doubt, and by nobody's
---request when all seems well.
---@param deadline number  seconds, of ngx.now()
---@param blind boolean    nothing is known yet
---@return string? err
---@return string? code
function topology:refresh(deadline, blind)
    local age = now() - self.loaded

    if self.doubtful and (age >= PAUSE or blind) then
        local _, err, code = self.flight:run(deadline, function()
            return load(self, deadline)
        end)
        return err, code
    elseif age >= self.look then
        self.loaded = now()
        self.flight:later(function(limit)
            return load(self, limit)
        end)
    end
end

---What is known may be wrong.
function topology:doubt()
    self.doubtful = true
end

---A server could not be asked.
---@param node pandan.redis.client
function topology:failed(node)
    self.doubtful = true
    node.rests_until = now() + REST
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

---Who of a shard is to answer.
---@param shard table
---@param reads string?  "replicas": one of them may
---@return pandan.redis.client
function topology.pick(shard, reads)
    return reads == "replicas" and replica_of(shard) or shard.primary
end

---Clients of all primaries, or of all replicas.
---@param deadline number
---@param replicas? boolean
---@return pandan.redis.client[]? nodes
---@return string? err
---@return string? code
function topology:all(deadline, replicas)
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

return topology
