-- SPDX-License-Identifier: MIT
--- A Cluster of our own: primaries that share all slots evenly, and replicas
--- of the first ones.
local ports = require("support.ports")
local process = require("support.process")
local redis = require("support.redis")

local cluster = {}

local Cluster = {}

Cluster.__index = Cluster

local SLOTS = 16384

local SETTINGS = {
    "cluster-enabled yes",
    "cluster-node-timeout 2000",
    "cluster-replica-validity-factor 0",
    "cluster-allow-replica-migration no",
    "repl-ping-replica-period 1", -- until the first, a replica counts for none
}

local function wait_until(is, what)
    if not process.wait_until(20, is) then
        error("the cluster never came up: " .. what, 3)
    end
end

---Whether every server sees the same map, with all of `count` servers in it.
---@param count integer
function Cluster:agrees(count)
    for _, server in ipairs(self.servers) do
        local info = server:cli("cluster info")

        if not info:find("cluster_state:ok", 1, true)
            or not info:find("cluster_known_nodes:" .. count, 1, true)
        then
            return false
        end
    end
    return true
end

local function follow(replica, primary)
    local id = primary:cli("cluster myid")

    wait_until(function()
        return replica:cli("cluster replicate " .. id) == "OK"
    end, "a replica knows its primary")
end

-- Every primary tells all replicas.
local function all_follow(self, primaries)
    for i = 1, primaries do
        wait_until(function()
            local slots = self.servers[i]:cli("cluster slots")

            for j = primaries + 1, #self.servers do
                if not slots:find(tostring(self.servers[j].port), 1, true) then
                    return false
                end
            end
            return true
        end, "the replicas follow")
    end
end

local function start_server(settings)
    local bus = ports.free()
    local server = redis.start({
        settings = { "cluster-port " .. bus, unpack(settings) },
    })

    server.bus = bus
    return server
end

---Starts one.
---@param options? table  primaries (3), replicas (0), settings
---@return table  with servers: first the primaries
function cluster.start(options)
    options = options or {}

    local primaries = options.primaries or 3
    local count = primaries + (options.replicas or 0)
    local settings = {}

    for _, list in ipairs({ SETTINGS, options.settings or {} }) do
        for _, line in ipairs(list) do
            settings[#settings + 1] = line
        end
    end

    local self = setmetatable({ servers = {} }, Cluster)
    for i = 1, count do
        local server = start_server(settings)

        self.servers[i] = server
        server:cli("cluster set-config-epoch " .. i)
        if i <= primaries then
            server:cli(("cluster addslotsrange %d %d"):format(
                math.floor((i - 1) * SLOTS / primaries),
                math.floor(i * SLOTS / primaries) - 1))
        end
        -- all of them, for gossip takes its time
        for j = 1, i - 1 do
            server:cli(("cluster meet 127.0.0.1 %d %d"):format(
                self.servers[j].port, self.servers[j].bus))
        end
    end

    wait_until(function()
        return self:agrees(count)
    end, "all know each other")

    for i = primaries + 1, count do
        follow(self.servers[i], self.servers[i - primaries])
    end
    all_follow(self, primaries)
    return self
end

---@param query? string
---@return string
function Cluster:url(query)
    local places = {}

    for i, server in ipairs(self.servers) do
        places[i] = "127.0.0.1:" .. server.port
    end
    return "redis-cluster://" .. table.concat(places, ",")
        .. (query and "?" .. query or "")
end

---Has a slot moved by another while commands come in: `midway` is called when
---each of its keys was asked to move, but it is still of the old server.
---@param slot integer
---@param from table
---@param to table
---@param midway? fun()
function Cluster:move(slot, from, to, midway)
    local old, new = from:cli("cluster myid"), to:cli("cluster myid")
    local keys = {}

    assert(to:cli(("cluster setslot %d importing %s"):format(slot, old))
        == "OK")
    assert(from:cli(("cluster setslot %d migrating %s"):format(slot, new))
        == "OK")

    for key in from:cli(("cluster getkeysinslot %d 1000"):format(slot))
        :gmatch("[^\n]+")
    do
        keys[#keys + 1] = key
    end
    for _, key in ipairs(keys) do
        assert(from:cli(("migrate 127.0.0.1 %d %s 0 1000"):format(to.port,
            key)) == "OK")
    end
    if midway then
        midway()
    end
    for _, server in ipairs({ to, from }) do
        assert(server:cli(("cluster setslot %d node %s"):format(slot, new))
            == "OK")
    end
end

return cluster
