-- SPDX-License-Identifier: MIT
--- Level 3 of a cache: a server that all hosts share. It may be away, see
--- link.lua: the service goes on with what is below and above it.
---
--- Keys on the server, {} being what a cluster's slot is made of:
---
---     pandan:NAME:{KEY}        the value, see envelope.lua
---     pandan:NAME:{KEY}:lock   whose host loads it
---     pandan:NAME:tag:TAG      the tag's version: another after each purge
---     pandan:NAME:tag:         the version of all entries
---     pandan:NAME:news         what the hosts tell each other, see news.lua

local codec = require("pandan.cache.codec")
local counters = require("pandan.cache.counters")
local envelope = require("pandan.cache.envelope")
local link = require("pandan.cache.link")
local load = require("pandan.cache.load")
local native = require("pandan.native")
local news = require("pandan.cache.news")
local options = require("pandan.options")

local now = ngx.now

---@class pandan.cache.remote
---@field link pandan.cache.link
---@field news pandan.cache.news?  nil where the server keeps none
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

-- Versions are never the same again, so one that the server has dropped does
-- no harm but to the entries that have it. That of all entries is kept.
local TAG_LIFE = 30 * 24 * 3600

-- How a host waits for another one: longer each time.
local FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.2

local function unique()
    return native.crypto.base64url(native.crypto.random(12))
end

local function driver_of(o, level)
    for _, row in ipairs(DRIVERS) do
        if (o.url or ""):find(row[1]) then
            return require(row[2]).open(o.url, o.timeout)
        end
    end
    error("option 'remote' is to be the URL of a Redis or memcached",
        level + 1)
end

---@param cache pandan.cache
---@param given string|table  a URL, or { url =, timeout =, retry = }
---@param level integer
---@return pandan.cache.remote
function remote.open(cache, given, level)
    if type(given) == "string" then
        given = { url = given }
    end

    local o = options.check(given, RULES, level + 1)
    local driver = driver_of(o, level + 1)
    local self = setmetatable({
        cache = cache, prefix = "pandan:" .. cache.name .. ":",
    }, remote)

    self.link = link.new(cache, driver, o.retry, function(what)
        return self:replay(driver, what)
    end)
    if driver.tell then
        self.news = news.new(cache, driver, self.prefix .. "news")
    end
    return self
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

local function life_of(tag)
    return tag ~= ALL and TAG_LIFE or nil
end

-- Reads the entry and the versions of the tags that are known of now.
local function read(self, key, names)
    local keys = { entry_key(self, key) }

    for i, tag in ipairs(names) do
        keys[i + 1] = tag_key(self, tag)
    end

    local values, err = self.link:ask("fetch", keys)

    if not values then
        return nil, nil, err
    end

    local versions = {}

    for i, tag in ipairs(names) do
        versions[tag] = envelope.version(values[i + 1])
    end
    return values[1] or false, versions
end

-- The versions that are missing, as far as the server has them.
local function fetch_versions(self, versions, names)
    local wanted, keys = {}, {}

    for _, tag in ipairs(names) do
        if not versions[tag] then
            wanted[#wanted + 1] = tag
            keys[#keys + 1] = tag_key(self, tag)
        end
    end

    local values = keys[1] and self.link:ask("fetch", keys) or {}

    for i, tag in ipairs(wanted) do
        versions[tag] = envelope.version(values[i])
    end
end

-- Gives the tags that have none a version; false when that fails.
local function make_versions(self, versions, names)
    local all = true

    for _, tag in ipairs(names) do
        if not versions[tag] then
            local own = unique()

            if self.link:ask("add", tag_key(self, tag), own, life_of(tag))
            then
                versions[tag] = own
            else
                -- another host was faster
                fetch_versions(self, versions, { tag })
            end
            all = all and versions[tag] ~= nil
        end
    end
    return all
end

-- Has none of the entry's tags been purged since it was stored?
local function is_valid(self, e, versions)
    local others = {}

    for tag in pairs(e.versions) do
        if not versions[tag] then
            others[#others + 1] = tag
        end
    end

    fetch_versions(self, versions, others)

    for tag, version in pairs(e.versions) do
        if versions[tag] ~= version then
            return false
        end
    end
    return e.versions[ALL] ~= nil
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
    local ok, value = codec.decode_foreign(e.kind, e.data)

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
    local token = unique()
    local added, err = self.link:ask("add", lock_key(self, key), token,
        ticket.o.load_timeout)

    if added then
        ticket.token = token
        -- from before the load: what is purged while it runs is not kept
        make_versions(self, ticket.versions, names_of(ticket.o))
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

    if self.news then
        self.news:start()
    end

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
    local names, versions = names_of(o), {}

    for _, tag in ipairs(names) do
        versions[tag] = ticket.versions and ticket.versions[tag]
    end

    fetch_versions(self, versions, names)
    return make_versions(self, versions, names) and versions or nil
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
        self.link:ask("commit", lock_key(self, key), ticket.token,
            entry_key(self, key), text, ttl)
    else
        self.link:ask("unlock", lock_key(self, key), ticket.token)
    end
end

-- Tells the other hosts; what the server did not take is owed to it.
local function tell(self, done, what)
    if done and self.news then
        done = self.link:ask("tell", self.news.stream, self.news:host(), what)
    end
    if not done then
        self.link:owe(what)
    end
end

---@param o table  options of the entry
function remote:set(key, bytes, kind, o)
    local text, ttl = wrap(self, {}, bytes, kind, o)
    local done

    if text then
        done = self.link:ask("set", lock_key(self, key), entry_key(self, key),
            text, ttl)
    else
        done = self.link:ask("delete", lock_key(self, key),
            entry_key(self, key))
    end
    tell(self, done, "k" .. key)
end

function remote:delete(key)
    tell(self, self.link:ask("delete", lock_key(self, key),
        entry_key(self, key)), "k" .. key)
end

---@param tag? string
function remote:purge(tag)
    tell(self, self.link:ask("put", tag_key(self, tag or ALL), unique(),
        life_of(tag or ALL)), tag and "t" .. tag or "a")
end

---Tells the server what it missed: something was set, deleted or purged.
---@param driver table
---@param what string  as of news.lua
---@return any done
---@return string? err
---@return string? code
function remote:replay(driver, what)
    local name = what:sub(2)
    local done, err, code

    if what:sub(1, 1) == "k" then
        done, err, code = driver:delete(lock_key(self, name),
            entry_key(self, name))
    else
        done, err, code = driver:put(tag_key(self, name), unique(),
            life_of(name))
    end

    if done and self.news then
        done, err, code = driver:tell(self.news.stream, self.news:host(),
            what)
    end
    return done, err, code
end

return remote
