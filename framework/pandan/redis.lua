-- SPDX-License-Identifier: MIT
--- Redis. `redis.open(url)` gives one:
---
---     local r = redis.open("redis://localhost/0")
---     local value, err, code = r:get("key")

local base = require("pandan.db.url")
local cluster = require("pandan.redis.cluster")
local fields = require("pandan.redis.fields")
local native = require("pandan.redis.native")
local routed = require("pandan.redis.routed")
local sentinel = require("pandan.redis.sentinel")
local store = require("pandan.db.store")
local url = require("pandan.redis.url")

---@class pandan.redis
local redis = {}

-- What stands among replies where a command failed; see types/redis_native.lua.
native.error.__index = native.error
native.error.__tostring = function(failure)
    return failure.err
end

local function of_several(topology)
    return function(parts, words, pool)
        return routed.new(topology:get(parts, words, pool), {
            url = base.mask(parts.text), timeout = pool.query_timeout,
            reads = parts.reads,
        })
    end
end

-- What makes a client of what was read.
local kinds = {
    single = function(parts, words, pool)
        return fields.client(parts, words, pool, parts.hosts[1]
            or { path = parts.path })
    end,
    cluster = of_several(cluster),
    sentinel = of_several(sentinel),
}

-- Who answers commands that only read, where there are several.
local function read_reads(parts, words)
    local reads = words.reads or "primary"

    parts.reads, words.reads = reads, nil
    if reads ~= "primary" and reads ~= "replicas" then
        return "option reads must be primary or replicas"
    elseif reads ~= "primary" and parts.kind == "single" then
        return "option reads is for redis-cluster:// and redis-sentinel://"
    end
end

local KIND = {
    name = "Redis", one = "a Redis", dialect = "redis", read = url.read,
    check = read_reads,
}

---Gives a Redis; connects when it is first used. Options may stand in the
---URL, too: those of pools of databases, and `user password database
---client_name protocol tls_ca tls_cert tls_key tls_name tls_verify`; of a
---Cluster or of Sentinels `reads` ("primary", "replicas"), and of Sentinels
---`sentinel_user sentinel_password`.
---@param text string
---@param given? table
---@return pandan.redis.client|pandan.redis.routed
function redis.open(text, given)
    local parts, pool, words = store.open(KIND, text, given)

    return kinds[parts.kind](parts, words, pool)
end

---Whether a reply of a pipeline or a transaction is an error.
---@param reply any
---@return boolean
function redis.is_error(reply)
    return type(reply) == "table" and getmetatable(reply) == native.error
end

return redis
