-- SPDX-License-Identifier: MIT
--- What level 3 asks of memcached; see remote.lua. It tells nobody any news:
--- other hosts learn of a change when what they have is no longer fresh.

local memcached = require("pandan.memcached")
local native = require("pandan.native")

---@class pandan.cache.memcached
local driver = {}
driver.__index = driver

-- memcached's keys are shorter than ours, and have no blanks.
local MAX_KEY = 200

local function short(key)
    if #key <= MAX_KEY and not key:find("[%c %z\127-\255]") then
        return key
    end
    return "pandan:" .. native.crypto.base64url(native.crypto.sha256(key))
end

---@param url string
---@param timeout number  seconds for each call
function driver.open(url, timeout)
    local ms = math.max(1, math.ceil(timeout * 1000))

    return setmetatable({
        client = memcached.open(url, {
            connect_timeout = ms, query_timeout = ms, pool_timeout = ms,
        }),
    }, driver)
end

---The values of keys, in one go; what is not there is nil.
---@param keys string[]
---@return table<integer, string>? values
---@return string? err
function driver:fetch(keys)
    local names = {}

    for i, key in ipairs(keys) do
        names[i] = short(key)
    end

    local found, err, code = self.client:get_multi(names)

    if not found then
        return nil, err, code
    end

    local values = {}

    for i, name in ipairs(names) do
        values[i] = found[name]
    end
    return values
end

---Sets a key that is not there: a lock, a tag's first version.
---@param ttl? number  seconds; without it for ever
---@return boolean? added
---@return string? err
function driver:add(key, value, ttl)
    local ok, err, code = self.client:add(short(key), value, ttl)

    if ok or code == "not_stored" then
        return ok or false
    end
    return nil, err, code
end

---Sets a key, whatever it was.
function driver:put(key, value, ttl)
    return self.client:set(short(key), value, ttl)
end

local function remove(self, key)
    local ok, err, code = self.client:delete(short(key))

    if ok or code == "not_found" then
        return true
    end
    return nil, err, code
end

---Stores what was loaded under a lock, unless it was lost, and ends the lock.
---Who takes the lock away meanwhile deletes the entry before or after us, and
---in the latter case we do.
function driver:commit(lock, token, key, value, ttl)
    local found, cas, code = self.client:gets(short(lock))

    if found ~= token then
        return not code or nil, code and cas, code
    end

    local ok, err
    ok, err, code = self.client:set(short(key), value, ttl)

    if not ok then
        return nil, err, code
    end

    -- a lock of a second that nobody waits for
    ok, err, code = self.client:cas(short(lock), "", cas, 1)

    if code == "conflict" or code == "not_found" then
        return remove(self, key)
    elseif not ok then
        return nil, err, code
    end
    return remove(self, lock)
end

function driver:unlock(lock, token)
    local found, err, code = self.client:get(short(lock))

    if found == token then
        return remove(self, lock)
    end
    return not code or nil, code and err, code
end

---Whatever others do; whoever loads it has lost his lock.
function driver:set(lock, key, value, ttl)
    local ok, err, code = remove(self, lock)

    if ok then
        ok, err, code = self.client:set(short(key), value, ttl)
    end
    return ok, err, code
end

function driver:delete(lock, key)
    local ok, err, code = remove(self, lock)

    if ok then
        ok, err, code = remove(self, key)
    end
    return ok, err, code
end

return driver
