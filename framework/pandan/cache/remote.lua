-- SPDX-License-Identifier: MIT
--- Level 3 of a cache: a server that all hosts share. It may be away: then its
--- failures are counted, it is left alone for a moment, and the service goes
--- on with what is below and above it.
---
--- Keys on the server, {} being what a cluster's slot is made of:
---
---     pandan:NAME:{KEY}        the value, see envelope.lua
---     pandan:NAME:{KEY}:lock   whose host loads it
---     pandan:NAME:tag:TAG      how often the tag was purged

local codec = require("pandan.cache.codec")
local counters = require("pandan.cache.counters")
local envelope = require("pandan.cache.envelope")
local load = require("pandan.cache.load")
local native = require("pandan.native")
local options = require("pandan.options")

local now = ngx.now

---@class pandan.cache.remote
---@field driver table
---@field down boolean  the last call failed
local remote = {}
remote.__index = remote

local RULES = {
    url = { "string" },
    timeout = { "number", default = 0.25, min = 0.001, max = 60 },
    retry = { "number", default = 1, min = 0.001, max = 3600 },
}

-- Which module knows which URL.
local DRIVERS = {
    { "^redis", "pandan.cache.redis" },
    { "^memcached", "pandan.cache.memcached" },
}

local ALL = ""

-- How a host waits for another one: longer each time.
local FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.2

---@param cache pandan.cache
---@param given string|table  a URL, or { url =, timeout =, retry = }
---@param level integer
---@return pandan.cache.remote
function remote.open(cache, given, level)
    if type(given) == "string" then
        given = { url = given }
    end

    local o = options.check(given, RULES, level + 1)
    local self = setmetatable({
        cache = cache, retry = o.retry, down = false, again = 0,
        prefix = "pandan:" .. cache.name .. ":",
    }, remote)

    for _, row in ipairs(DRIVERS) do
        if (o.url or ""):find(row[1]) then
            self.driver = require(row[2]).open(o.url, o.timeout)
            return self
        end
    end
    error("option 'remote' is to be the URL of a Redis or memcached",
        level + 1)
end

local function entry_key(self, key)
    return self.prefix .. "{" .. key .. "}"
end

local function lock_key(self, key)
    return self.prefix .. "{" .. key .. "}:lock"
end

local function tag_key(self, tag)
    return self.prefix .. "tag:" .. tag
end

-- Calls the driver, unless it failed a moment ago; then one call tries.
local function ask(self, name, ...)
    if self.down then
        if now() < self.again then
            return nil, "down"
        end
        self.again = now() + self.retry
    end

    local driver = self.driver
    local reply, err = driver[name](driver, ...)

    if reply ~= nil or err == nil then
        if self.down then
            self.down = false
            ngx.log(ngx.NOTICE, "cache '", self.cache.name,
                "': its server is back")
        end
        return reply
    end

    counters.add(self.cache.view, counters.L3_ERRORS)
    if not self.down then
        ngx.log(ngx.WARN, "cache '", self.cache.name,
            "': goes on without its server: ", err)
    end
    self.down, self.again = true, now() + self.retry
    return nil, err
end

-- Reads the entry and the versions of the tags that are known of now.
local function read(self, key, names)
    local keys = { entry_key(self, key) }

    for i, tag in ipairs(names) do
        keys[i + 1] = tag_key(self, tag)
    end

    local values, err = ask(self, "fetch", keys)

    if not values then
        return nil, nil, err
    end

    local versions = {}

    for i, tag in ipairs(names) do
        versions[tag] = values[i + 1] or "0"
    end
    return values[1] or false, versions
end

-- Has none of the entry's tags been purged since it was stored?
local function is_valid(self, e, versions)
    local names, keys = {}, {}

    for tag, version in pairs(e.versions) do
        if versions[tag] == nil then
            names[#names + 1] = tag
            keys[#keys + 1] = tag_key(self, tag)
        elseif versions[tag] ~= version then
            return false
        end
    end

    local values = #keys > 0 and ask(self, "fetch", keys) or {}

    for i, tag in ipairs(names) do
        if e.versions[tag] ~= (values[i] or "0") then
            return false
        end
    end
    return true
end

local function names_of(o)
    local names = { ALL }

    for _, tag in ipairs(o.tags or {}) do
        names[#names + 1] = tag
    end
    return names
end

-- A value that was found, for the levels above.
local function take(self, ticket, key, e)
    local ok, value = codec.decode(e.kind, e.data, #e.data)

    if not ok then
        return false
    end

    local list = {}
    for tag in pairs(e.versions) do
        if tag ~= ALL then
            list[#list + 1] = tag
        end
    end

    load.store(self.cache, key, value, e.data, e.kind,
        setmetatable({ tags = list }, { __index = ticket.o }), ticket.lease,
        ticket.stamp, e.fresh - now())
    counters.add(self.cache.view, counters.L3_HITS)
    return true, value
end

-- Looks once: found, value; or false; or nil, err.
local function look(self, ticket, key)
    local text, versions, err = read(self, key, names_of(ticket.o))

    if text == nil then
        return nil, err
    end

    ticket.versions = versions

    local e = text and envelope.unpack(text, self.cache.options.max_value)

    if e and e.fresh > now() and e.stored > (ticket.newer or 0)
        and is_valid(self, e, versions)
    then
        return take(self, ticket, key, e)
    end
    return false
end

-- Takes the lock of all hosts; false while another one has it.
local function lock(self, ticket, key)
    local token = native.crypto.base64url(native.crypto.random(12))
    local added, err = ask(self, "add", lock_key(self, key), token,
        ticket.o.load_timeout)

    if added then
        ticket.token = token
    end
    return added, err
end

---Finds a value on the server, or the right to load it. While another host
---loads it, waits for that.
---@param ticket table  with o, lease, stamp and maybe newer: only what was
---  stored after that; to be given back with finish()
---@param key string
---@return boolean found
---@return any value
function remote:find(ticket, key)
    local deadline = now() + ticket.o.wait
    local pause = FIRST_PAUSE

    while true do
        local found, value = look(self, ticket, key)

        if found then
            return true, value
        elseif found == nil then
            return false
        end

        -- who does not load does not need to be the only one
        if not ticket.loads or lock(self, ticket, key) ~= false
            or now() >= deadline
        then
            counters.add(self.cache.view, counters.L3_MISSES)
            return false
        end

        ngx.sleep(pause)
        pause = math.min(pause * 2, LONGEST_PAUSE)
    end
end

-- Versions for an entry's tags: those of before its load where known.
local function versions_of(self, ticket, o)
    local names, keys = {}, {}
    local versions = {}

    for _, tag in ipairs(names_of(o)) do
        versions[tag] = ticket.versions and ticket.versions[tag]

        if not versions[tag] then
            names[#names + 1] = tag
            keys[#keys + 1] = tag_key(self, tag)
        end
    end

    if #keys > 0 then
        local values = ask(self, "fetch", keys)

        if not values then
            return nil
        end
        for i, tag in ipairs(names) do
            versions[tag] = values[i] or "0"
        end
    end
    return versions
end

local function wrap(self, ticket, bytes, kind, o)
    local ttl = kind == codec.NIL and o.negative_ttl or o.ttl
    local versions = ttl > 0 and #bytes <= self.cache.options.max_value
        and versions_of(self, ticket, o)

    if not versions then
        return nil
    end
    return envelope.pack({
        kind = kind, data = bytes, stored = now(), fresh = now() + ttl,
        versions = versions,
    }), ttl
end

---A load has ended: stores what it gave, and lets other hosts in.
---@param ticket table  with bytes, kind and made_of (options), if it gave some
function remote:finish(ticket, key)
    if not ticket.token then
        return
    end

    local text, ttl

    if ticket.bytes then
        text, ttl = wrap(self, ticket, ticket.bytes, ticket.kind,
            ticket.made_of)
    end

    if text then
        ask(self, "commit", lock_key(self, key), ticket.token,
            entry_key(self, key), text, ttl)
    else
        ask(self, "unlock", lock_key(self, key), ticket.token)
    end
end

-- Tells the other hosts.
local function tell(self, what)
    if self.driver.publish then
        ask(self, "publish", self.prefix .. "news", what)
    end
end

---@param o table  options of the entry
function remote:set(key, bytes, kind, o)
    local text, ttl = wrap(self, {}, bytes, kind, o)

    if text then
        ask(self, "set", lock_key(self, key), entry_key(self, key), text, ttl)
    else
        ask(self, "delete", lock_key(self, key), entry_key(self, key))
    end
    tell(self, "k" .. key)
end

function remote:delete(key)
    ask(self, "delete", lock_key(self, key), entry_key(self, key))
    tell(self, "k" .. key)
end

---@param tag? string
function remote:purge(tag)
    ask(self, "bump", tag_key(self, tag or ALL))
    tell(self, tag and "t" .. tag or "a")
end

return remote
