-- SPDX-License-Identifier: MIT
--- A primary and its replicas as Sentinels tell of them. Whom they call the
--- primary is asked for its role too, for they may be behind the times.

local fields = require("pandan.redis.fields")
local flight = require("pandan.redis.flight")
local methods = require("pandan.redis.methods")

local now = ngx.now

---@class pandan.redis.sentinel
local sentinel = {}
sentinel.__index = sentinel

-- Seconds: between two questions when in doubt, and when all seems well, for
-- a primary that was replaced goes on taking writes until it is told; for
-- which a replica that failed is passed over.
local PAUSE, LOOK, REST = 0.1, 1, 2

-- Milliseconds, at most, for one server's answer.
local ASK_TIMEOUT = 1000

local SENTINEL = methods.entry("sentinel")
local ROLE = methods.entry("role")

-- One for each worker, URL and options.
local known = {}

---@param parts table
---@param words table
---@param options table
---@return pandan.redis.sentinel
function sentinel.get(parts, words, options)
    local key = fields.key(parts, words, options)

    if not known[key] then
        local own = {}
        for name, value in pairs(words) do
            own[name] = value
        end
        own.sentinel_user, own.sentinel_password = nil, nil

        known[key] = setmetatable({
            parts = parts, words = own, options = options,
            login = {
                user = words.sentinel_user or false,
                password = words.sentinel_password or false,
                database = false,
            },
            sentinels = {}, nodes = {}, readers = {}, replicas = {},
            turn = 0, doubtful = true, loaded = -PAUSE,
            flight = flight.new(),
        }, sentinel)
    end
    return known[key]
end

local function node_at(self, nodes, host, port)
    local address = host .. ":" .. port

    if not nodes[address] then
        nodes[address] = fields.client(self.parts, self.words, self.options,
            { host = host, port = tostring(port) },
            nodes == self.sentinels and self.login or nil)
        nodes[address].rests_until = 0
    end
    return nodes[address]
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
            replicas[#replicas + 1] = node_at(self, self.readers, replica.ip,
                replica.port)
        end
    end
    self.replicas = replicas
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

    local primary = node_at(self, self.nodes, address[1], address[2])
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
    self.primary, self.doubtful = primary, false
end

local function load(self, deadline)
    local hosts = self.parts.hosts
    local err, code = "no answer in time", "timeout"

    for i = 1, #hosts do
        if left(deadline) < 1 then
            break
        end

        local watcher = node_at(self, self.sentinels, hosts[i].host,
            hosts[i].port)
        local primary
        primary, err, code = ask(self, watcher, deadline)

        if primary then
            adopt(self, primary)
            read_replicas(self, watcher, deadline)

            -- who answered is asked first, next time
            table.insert(hosts, 1, table.remove(hosts, i))
            self.loaded = now()
            return true
        end
    end
    self.loaded = now()
    return nil, err, code
end

function sentinel:doubt()
    self.doubtful = true
end

local function replica_of(self)
    local count = #self.replicas

    for _ = 1, count do
        self.turn = self.turn % count + 1
        local replica = self.replicas[self.turn]

        if replica.rests_until <= now() then
            return replica
        end
    end
end

---The primary, or a replica that may answer.
---@param _ any            keys do not matter
---@param reads string?    "replicas"
---@param deadline number  seconds, of ngx.now()
---@return pandan.redis.client? node
---@return string? err
---@return string? code
function sentinel:find(_, reads, deadline)
    local err, code

    if self.doubtful and (now() - self.loaded >= PAUSE or not self.primary)
    then
        _, err, code = self.flight:run(deadline, function()
            return load(self, deadline)
        end)
    elseif now() - self.loaded >= LOOK then
        self.loaded = now()
        self.flight:later(function(limit)
            return load(self, limit)
        end)
    end

    if not self.primary then
        return nil, err or "no Sentinel told the primary",
            code or "connect_failed"
    end
    return reads == "replicas" and replica_of(self) or self.primary
end

---A server could not be asked.
function sentinel:failed(node)
    self.doubtful = true
    if node ~= self.primary then
        node.rests_until = now() + REST
    end
end

---Nobody is moved by a server that is not of a Cluster.
function sentinel.target()
    return nil
end

---@param deadline number
---@param replicas? boolean
---@return pandan.redis.client[]? nodes
---@return string? err
---@return string? code
function sentinel:all(deadline, replicas)
    local node, err, code = self:find(nil, nil, deadline)

    if not node then
        return nil, err, code
    end
    return replicas and self.replicas or { node }
end

return sentinel
