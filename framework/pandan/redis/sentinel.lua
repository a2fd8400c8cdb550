-- SPDX-License-Identifier: MIT
--- A primary and its replicas as Sentinels tell of them. Whom they call the
--- primary is asked for its role too, for they may be behind the times.

local methods = require("pandan.redis.methods")
local topology = require("pandan.redis.topology")

local now = ngx.now

-- Seconds between two questions when all seems well, for a primary that was
-- replaced goes on taking writes until it is told.
local LOOK = 1

---@class pandan.redis.sentinel: pandan.redis.topology
---@field shard table  the only one
local sentinel = topology.class(LOOK)

-- Milliseconds, at most, for one server's answer.
local ASK_TIMEOUT = 1000

local SENTINEL = methods.entry("sentinel")
local ROLE = methods.entry("role")

---@param words table  the servers' keywords and those of the Sentinels
function sentinel:start(words)
    local own = {}
    for name, value in pairs(words) do
        own[name] = value
    end
    own.sentinel_user, own.sentinel_password = nil, nil

    self.words = own
    self.login = {
        user = words.sentinel_user or false,
        password = words.sentinel_password or false,
        database = false,
    }
    self.sentinels = {}
    self.shard = { replicas = {}, turn = 0 }
    self.shards[1] = self.shard
end

local function left(deadline)
    return math.min((deadline - now()) * 1000, ASK_TIMEOUT)
end

local function usable(replica)
    local flags = "," .. replica.flags .. ","

    return not flags:find(",s_down,", 1, true)
        and not flags:find(",disconnected,", 1, true)
        and replica["master-link-status"] == "ok"
end

-- Of RESP2, maps are lists.
local function as_map(list)
    if list[1] == nil then
        return list
    end

    local map = {}
    for i = 1, #list, 2 do
        map[list[i]] = list[i + 1]
    end
    return map
end

local function read_replicas(self, watcher, deadline)
    local list = watcher:perform(left(deadline), SENTINEL, "REPLICAS",
        self.parts.master)
    local replicas = {}

    for _, entry in ipairs(type(list) == "table" and list or {}) do
        local replica = as_map(entry)

        if usable(replica) then
            replicas[#replicas + 1] = self:server(self.readers, replica.ip,
                replica.port)
        end
    end
    self.shard.replicas = replicas
end

-- What one Sentinel says, when it is true.
local function ask(self, watcher, deadline)
    local name = self.parts.master
    local address, err, code = watcher:perform(left(deadline), SENTINEL,
        "GET-MASTER-ADDR-BY-NAME", name)

    if err then
        return nil, "cannot ask a Sentinel: " .. err, code
    elseif not address then
        return nil, "the Sentinels know of no '" .. name .. "'",
            "connect_failed"
    elseif left(deadline) < 1 then
        return nil, "no answer in time", "timeout"
    end

    local primary = self:server(self.nodes, address[1], address[2])
    local role
    role, err, code = primary:perform(left(deadline), ROLE)

    if err then
        return nil, err, code
    elseif role[1] ~= "master" then
        return nil, "the primary of '" .. name .. "' is being replaced",
            "read_only"
    end
    return primary
end

local function adopt(self, primary)
    for address, node in pairs(self.nodes) do
        if node ~= primary then
            node:close()
            self.nodes[address] = nil
        end
    end
    self.shard.primary, self.doubtful = primary, false
end

---Asks the Sentinels.
---@param deadline number
---@return true? loaded
---@return string? err
---@return string? code
function sentinel:load(deadline)
    local hosts = self.parts.hosts
    local err, code = "no answer in time", "timeout"

    for i = 1, #hosts do
        if left(deadline) < 1 then
            break
        end

        local watcher = self:server(self.sentinels, hosts[i].host,
            hosts[i].port, self.login)
        local primary
        primary, err, code = ask(self, watcher, deadline)

        if primary then
            adopt(self, primary)
            read_replicas(self, watcher, deadline)

            -- who answered is asked first, next time
            table.insert(hosts, 1, table.remove(hosts, i))
            return true
        end
    end
    return nil, err, code
end

---The primary, or a replica that may answer.
---@param _ any            keys do not matter
---@param reads string?    "replicas"
---@param deadline number  seconds, of ngx.now()
---@return pandan.redis.client? node
---@return string? err
---@return string? code
function sentinel:find(_, reads, deadline)
    local shard = self.shard
    local err, code = self:refresh(deadline, not shard.primary)

    if not shard.primary then
        return nil, err or "no Sentinel told the primary",
            code or "connect_failed"
    end
    return topology.pick(shard, reads)
end

---Nobody is moved by a server that is not of a Cluster.
function sentinel.target()
    return nil
end

return sentinel
