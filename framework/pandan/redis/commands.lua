-- SPDX-License-Identifier: MIT
--- What must be known of Redis' commands: which of them wait, which leave
--- something behind on their connection, and where the others have their keys.

---@class pandan.redis.commands
local commands = {}

local function last_seconds(...)
    return select("#", ...), 1000
end

local function last_milliseconds(...)
    return select("#", ...), 1
end

local function first_seconds()
    return 1, 1000
end

local function after_block(...)
    for i = 1, select("#", ...) do
        local word = select(i, ...)

        if type(word) == "string" and word:upper() == "BLOCK" then
            return i + 1, 1
        end
    end
end

-- Those that wait: which of their values says how long, and in what unit.
local waiting = {
    BLPOP = last_seconds, BRPOP = last_seconds, BLMOVE = last_seconds,
    BRPOPLPUSH = last_seconds, BZPOPMIN = last_seconds,
    BZPOPMAX = last_seconds, BLMPOP = first_seconds, BZMPOP = first_seconds,
    XREAD = after_block, XREADGROUP = after_block,
    WAIT = last_milliseconds, WAITAOF = last_milliseconds,
}

-- Those that change what the next command on their connection means.
local binding = {}

for name in ([[
    AUTH HELLO SELECT RESET QUIT MULTI EXEC DISCARD WATCH UNWATCH MONITOR
    SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE
    READONLY READWRITE ASKING SYNC PSYNC REPLCONF CLIENT
]]):gmatch("%S+") do
    binding[name] = true
end

-- Of CLIENT those that do not.
local harmless = {
    ID = true, INFO = true, LIST = true, KILL = true, PAUSE = true,
    UNPAUSE = true, GETNAME = true, HELP = true, UNBLOCK = true,
}

-- Those without any key, and those whose first key is not their first value.
local keyless = {}

for name in ([[
    PING ECHO TIME INFO DBSIZE FLUSHALL FLUSHDB KEYS SCAN RANDOMKEY CONFIG
    COMMAND CLUSTER SCRIPT FUNCTION ACL LATENCY MEMORY MODULE SLOWLOG SAVE
    BGSAVE BGREWRITEAOF LASTSAVE ROLE REPLICAOF FAILOVER SHUTDOWN SWAPDB
    PUBLISH PUBSUB WAIT WAITAOF DEBUG LOLWUT
]]):gmatch("%S+") do
    keyless[name] = true
end

local key_at = {
    BITOP = 2, OBJECT = 2, XGROUP = 2, XINFO = 2, EVAL = 3, EVALSHA = 3,
    EVAL_RO = 3, EVALSHA_RO = 3, FCALL = 3, FCALL_RO = 3, LMPOP = 2,
    ZMPOP = 2, SINTERCARD = 2, ZINTERCARD = 2, ZINTER = 2, ZUNION = 2,
    ZDIFF = 2, BLMPOP = 3, BZMPOP = 3,
}

-- Those that a replica may answer.
local reading = {}

for name in ([[
    GET MGET GETRANGE SUBSTR STRLEN EXISTS TYPE TTL PTTL EXPIRETIME
    PEXPIRETIME DUMP OBJECT GETBIT BITCOUNT BITPOS BITFIELD_RO
    HGET HMGET HGETALL HEXISTS HLEN HKEYS HVALS HSTRLEN HRANDFIELD HSCAN
    LLEN LINDEX LRANGE LPOS
    SCARD SISMEMBER SMISMEMBER SMEMBERS SRANDMEMBER SINTER SINTERCARD SUNION
    SDIFF SSCAN
    ZCARD ZCOUNT ZSCORE ZMSCORE ZRANK ZREVRANK ZRANGE ZREVRANGE ZRANGEBYSCORE
    ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX ZLEXCOUNT ZRANDMEMBER ZSCAN
    ZINTER ZUNION ZDIFF ZINTERCARD
    XLEN XRANGE XREVRANGE XINFO XPENDING
    PFCOUNT GEODIST GEOHASH GEOPOS GEOSEARCH GEORADIUS_RO
    GEORADIUSBYMEMBER_RO SORT_RO LCS EVAL_RO EVALSHA_RO FCALL_RO
]]):gmatch("%S+") do
    reading[name] = true
end

commands.waiting = waiting
commands.reading = reading

---Those that may wait, or may need a connection of their own; of the others
---nothing needs to be asked.
commands.special = {}

for _, names in ipairs({ waiting, binding }) do
    for name in pairs(names) do
        commands.special[name] = true
    end
end

---Whether the command needs a connection of its own.
---@param name string  in capitals
---@return boolean
function commands.binds(name, first)
    if not binding[name] then
        return false
    end
    return not (name == "CLIENT" and type(first) == "string"
        and harmless[first:upper()])
end

---How long the server may take its time.
---@param name string  in capitals
---@param ... any      the command's values
---@return number? milliseconds  0: for ever; nil: the command does not wait
function commands.wait(name, ...)
    local find = waiting[name]
    local index, unit

    if find then
        index, unit = find(...)
    end
    if not index then
        return nil
    end

    local value = tonumber((select(index, ...)))
    return value and value * unit
end

---Its first key; nil when it has none.
---@param name string  in capitals
---@param ... any      the command's values
---@return string?
function commands.key(name, ...)
    if keyless[name] then
        return nil
    end

    local index = key_at[name] or 1

    if name == "XREAD" or name == "XREADGROUP" then
        for i = 1, select("#", ...) do
            local word = select(i, ...)
            if type(word) == "string" and word:upper() == "STREAMS" then
                index = i + 1
            end
        end
    elseif index == 3 and tonumber((select(2, ...))) == 0 then
        return nil
    end

    local key = select(index, ...)
    if type(key) == "table" then
        key = key[1]
    end
    return key ~= nil and tostring(key) or nil
end

-- Those whose values are keys, or pairs of a key and a value, to the end.
local steps = {
    MGET = 1, DEL = 1, UNLINK = 1, EXISTS = 1, TOUCH = 1, SINTER = 1,
    SUNION = 1, SDIFF = 1, SINTERSTORE = 1, SUNIONSTORE = 1, SDIFFSTORE = 1,
    PFCOUNT = 1, PFMERGE = 1, RENAME = 1, RENAMENX = 1, RPOPLPUSH = 1,
    BITOP = 1, WATCH = 1, MSET = 2, MSETNX = 2,
}

---All keys, as far as they are told apart from other values: for people.
---@param name string  in capitals
---@param ... any      the command's values
---@return string[]
function commands.keys(name, ...)
    local words, keys = {}, {}

    for i = 1, select("#", ...) do
        local value = select(i, ...)
        for _, word in ipairs(type(value) == "table" and value or { value })
        do
            words[#words + 1] = tostring(word)
        end
    end

    local first, last, step = key_at[name] or 1, #words, steps[name]
    if not step then
        -- the number of keys stands before them, or there is one
        local count = first > 1 and tonumber(words[first - 1]) or 1
        last, step = math.min(last, first + count - 1), 1
    end
    for i = first, last, step do
        keys[#keys + 1] = words[i]
    end
    return keys
end

return commands
