-- SPDX-License-Identifier: MIT
--- What level 3 asks of a Redis; see remote.lua.

local redis = require("pandan.redis")

local null = ngx.null

---@class pandan.cache.redis
local driver = {}
driver.__index = driver

-- Keys: the lock, the entry. Arguments: token, value, its life in ms.
local COMMIT = [[
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[2], ARGV[2], "PX", ARGV[3])
redis.call("DEL", KEYS[1])
return 1
]]

local UNLOCK = [[
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("DEL", KEYS[1])
]]

---@param url string
---@param timeout number  seconds for each call
function driver.open(url, timeout)
    local ms = math.max(1, math.floor(timeout * 1000))

    return setmetatable({
        client = redis.open(url, {
            connect_timeout = ms, query_timeout = ms, pool_timeout = ms,
        }),
        subscriptions = redis.open(url, { connect_timeout = ms }),
    }, driver)
end

---The values of keys, in one go; what is not there is nil.
---@param keys string[]
---@return table<integer, string>? values
---@return string? err
function driver:fetch(keys)
    local words = {}

    for i, key in ipairs(keys) do
        words[i] = { "GET", key }
    end

    local replies, failed = self.client:pipeline(words)

    if not replies then
        return nil, failed
    end

    local values = {}

    for i = 1, #keys do
        local reply = replies[i]

        if type(reply) == "table" then
            return nil, reply.err
        elseif reply ~= null then
            values[i] = reply
        end
    end
    return values
end

---Sets a key that is not there: a lock.
---@return boolean? added
---@return string? err
function driver:add(key, value, ttl)
    local reply, err = self.client:set(key, value, "NX", "PX",
        math.ceil(ttl * 1000))

    if err then
        return nil, err
    end
    return reply == "OK"
end

---Stores what was loaded under a lock, unless it was lost, and ends the lock.
function driver:commit(lock, token, key, value, ttl)
    return self.client:eval(COMMIT, 2, lock, key, token, value,
        math.ceil(ttl * 1000))
end

function driver:unlock(lock, token)
    return self.client:eval(UNLOCK, 1, lock, token)
end

---Whatever others do; whoever loads it has lost his lock.
function driver:set(lock, key, value, ttl)
    return self.client:pipeline({
        { "DEL", lock },
        { "SET", key, value, "PX", math.ceil(ttl * 1000) },
    })
end

function driver:delete(lock, key)
    return self.client:pipeline({ { "DEL", lock }, { "DEL", key } })
end

---A new version of what `key` stands for.
function driver:bump(key)
    return self.client:incr(key)
end

function driver:publish(channel, text)
    return self.client:publish(channel, text)
end

return driver
