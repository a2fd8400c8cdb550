-- SPDX-License-Identifier: MIT
--- What level 3 asks of a Redis; see remote.lua. Functions give nil, err, code
--- when they fail.

local redis = require("pandan.redis")

local null = ngx.null

---@class pandan.cache.redis
local driver = {}
driver.__index = driver

-- The news that are kept, about, and read at a time.
local MAX_NEWS, MANY = 10000, 1000

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

local function ms_of(seconds)
    return math.max(1, math.ceil(seconds * 1000))
end

---@param url string
---@param timeout number  seconds for each call
function driver.open(url, timeout)
    local ms = ms_of(timeout)
    local client = redis.open(url, {
        connect_timeout = ms, query_timeout = ms, pool_timeout = ms,
    })

    return setmetatable({
        client = client, cluster = url:find("^redis%-cluster") ~= nil,
        commit_script = client:script_of(COMMIT),
        unlock_script = client:script_of(UNLOCK),
    }, driver)
end

-- All replies of a pipeline, or why one of them is none.
local function all(replies, failed, code)
    if not replies then
        return nil, failed, code
    end

    for i = 1, failed > 0 and table.maxn(replies) or 0 do
        if redis.is_error(replies[i]) then
            return nil, replies[i].err, replies[i].code
        end
    end
    return replies
end

---The values of keys, in one go; what is not there is nil.
---@param keys string[]
---@return table<integer, string>? values
---@return string? err
function driver:fetch(keys)
    local replies, err, code

    if self.cluster then
        replies, err, code = all(self.client:pipeline(function(p)
            for i = 1, #keys do
                p:get(keys[i])
            end
        end))
    else
        replies, err, code = self.client:mget(keys)
    end
    if not replies then
        return nil, err, code
    end

    local values = {}

    for i = 1, #keys do
        local reply = replies[i]

        values[i] = reply ~= null and reply or nil
    end
    return values
end

---Sets a key that is not there: a lock, a tag's first version.
---@param ttl? number  seconds; without it for ever
---@return boolean? added
---@return string? err
function driver:add(key, value, ttl)
    local reply, err, code

    if ttl then
        reply, err, code = self.client:set(key, value, "NX", "PX", ms_of(ttl))
    else
        reply, err, code = self.client:set(key, value, "NX")
    end

    if err then
        return nil, err, code
    end
    return reply == "OK"
end

---Sets a key, whatever it was.
function driver:put(key, value, ttl)
    if ttl then
        return self.client:set(key, value, "PX", ms_of(ttl))
    end
    return self.client:set(key, value)
end

---Stores what was loaded under a lock, unless it was lost, and ends the lock.
function driver:commit(lock, token, key, value, ttl)
    return self.commit_script:run({ lock, key },
        { token, value, ms_of(ttl) })
end

function driver:unlock(lock, token)
    return self.unlock_script:run({ lock }, { token })
end

---Whatever others do; whoever loads it has lost his lock.
function driver:set(lock, key, value, ttl)
    return all(self.client:pipeline(function(p)
        p:del(lock)
        p:set(key, value, "PX", ms_of(ttl))
    end))
end

function driver:delete(lock, key)
    return self.client:del(lock, key)
end

---Adds to the news.
function driver:tell(stream, host, what)
    return self.client:xadd(stream, "MAXLEN", "~", MAX_NEWS, "*",
        "host", host, "what", what)
end

-- One of the news; nil when it is none of ours.
local function read_one(row)
    local fields = type(row) == "table" and row[2]
    local one = { id = row[1] }

    if type(fields) == "table" then
        for i = 1, #fields, 2 do
            one[fields[i]] = fields[i + 1]
        end
    end
    one.what = type(one.what) == "string" and one.what or ""
    return one
end

---News after `last`; waits for some.
---@param last string    an id
---@param seconds number
---@return { id: string, host: string, what: string }[]? list
---@return string? err
function driver:hear(stream, last, seconds)
    local reply, err, code = self.client:xread("COUNT", MANY, "BLOCK",
        ms_of(seconds), "STREAMS", stream, last)

    if err then
        return nil, err, code
    elseif type(reply) ~= "table" then
        return {}
    end

    -- a map in RESP3, a list of pairs before
    local list = {}

    for i, row in ipairs(reply[stream] or reply[1][2]) do
        list[i] = read_one(row)
    end
    return list
end

---Are there news after `last` that the stream holds no more?
---@return boolean? missed
---@return string? err
function driver:missed(stream, last)
    local first, err, code = self.client:xrange(stream, "-", "+", "COUNT", 1)

    if not first then
        return nil, err, code
    end

    local oldest = first[1] and first[1][1]

    if not oldest then
        return false
    end

    local function number(id)
        return tonumber((id:match("^%d+")))
    end
    if number(oldest) <= number(last) then
        return false
    end

    local info = self.client:xinfo("STREAM", stream)

    if type(info) == "table" and info[1] then
        local map = {}
        for i = 1, #info, 2 do
            map[info[i]] = info[i + 1]
        end
        info = map
    end
    -- a stream that was never cut has them all
    return type(info) ~= "table"
        or info["entries-added"] ~= info["length"]
end

return driver
