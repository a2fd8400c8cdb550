-- SPDX-License-Identifier: MIT
--- memcached, one server or several:
---
---     local m = memcached.open("memcached://10.0.0.1,10.0.0.2")
---     m:set("key", "value", 60)

local base = require("pandan.db.url")
local db_native = require("pandan.db.native")
local native = require("pandan.memcached.native")
local pools = require("pandan.db.pool")
local ring = require("pandan.memcached.ring")
local stores = require("pandan.db.store")
local url = require("pandan.memcached.url")

local call = native.call

---@class pandan.memcached.client
---@field url string  without its password
local client = {}
client.__index = client

-- Seconds for which a server that failed is passed over, where there are
-- others.
local PAUSE = 2

-- What a server that cannot be asked gives.
local UNREACHABLE = {
    closed = true, connect_failed = true, timeout = true, protocol = true,
    auth_failed = true,
}

-- What the words of answers mean; none: it was done.
local MEANINGS = {
    NS = { "it was not stored", "not_stored" },
    EX = { "it was changed by another", "conflict" },
    NF = { "there is nothing of that key", "not_found" },
    EN = { "there is nothing of that key", "not_found" },
}

local function native_pool(self, server)
    server.target = pools.find("memcached", "server", self.options,
        server.keywords)
    return server.target
end

local function choose(self, key)
    local servers = self.servers

    if #servers == 1 then
        return servers[1]
    elseif not self.ring then
        local names = {}
        for i, server in ipairs(servers) do
            names[i] = server.name
        end
        self.ring = ring.new(names)
    end

    local now = ngx.now()
    local index = self.ring:find(key, function(i)
        return servers[i].health.dead_until <= now
    end)
    return index and servers[index]
        -- all are down: the key's own is as good as any
        or servers[self.ring:find(key, function() return true end)]
end

local function note(self, server, code)
    if UNREACHABLE[code] and #self.servers > 1 then
        server.health.dead_until = ngx.now() + PAUSE
    end
end

-- Raises mistakes on the line of the caller of the method.
local function ask(self, command, key, tail, value)
    if type(key) == "number" then
        key = tostring(key)
    elseif type(key) ~= "string" or key == "" then
        error("a key must be a string that is not empty", 3)
    end

    local deadline = ngx.now() + self.timeout / 1000
    local server, timeout = choose(self, key), self.timeout

    while true do
        local word, found, rest = call(
            server.target or native_pool(self, server), timeout, command, key,
            tail, value)

        if word ~= nil then
            if word == false then
                error(found, 3)
            end
            return word, found, rest
        end
        note(self, server, rest)

        -- what was not reached did nothing: the next one is asked
        local last = server
        server, timeout = choose(self, key), (deadline - ngx.now()) * 1000
        if rest ~= "connect_failed" or server == last or timeout < 1 then
            return nil, found, rest
        end
    end
end

local function outcome(word, err, code)
    if word == nil then
        return nil, err, code
    end

    local meaning = MEANINGS[word]
    if meaning then
        return nil, meaning[1], meaning[2]
    end
    return true
end

-- Seconds; memcached takes those beyond 30 days for a time of the calendar.
local function ttl_flag(ttl)
    if ttl == nil then
        return ""
    elseif type(ttl) ~= "number" or ttl < 0 then
        error("the time to live must be seconds from 0 on", 4)
    end

    ttl = math.ceil(ttl)
    if ttl > 30 * 24 * 3600 then
        ttl = ttl + ngx.time()
    end
    return (" T%d"):format(ttl)
end

local function store(mode)
    return function(self, key, value, ttl, given)
        local tail = ttl_flag(ttl) .. mode

        if type(value) == "number" then
            value = ("%.14g"):format(value)
        elseif type(value) ~= "string" then
            error("a value must be a string or a number", 2)
        end

        if given and given.flags then
            tail = (" F%d"):format(given.flags) .. tail
        end
        if given and given.cas then
            tail = " C" .. given.cas .. tail
        end

        local word, err, code = ask(self, "ms", key, tail, value)
        return outcome(word, err, code)
    end
end

---Stores a value: `set(key, value, ttl?, { flags?, cas? })`; ttl in seconds,
---none: for ever.
client.set = store("")
---Only where there is none; else nil, err, "not_stored".
client.add = store(" ME")
---Only where there is one.
client.replace = store(" MR")
client.append = store(" MA")
client.prepend = store(" MP")

---The value; nil without an error when there is none.
---@param key string
---@return string? value
---@return string? err
---@return string? code
function client:get(key)
    local word, value, rest = ask(self, "mg", key, " v")

    if word == nil then
        return nil, value, rest
    end
    return value
end

---The value with what `cas` of set() wants, and its flags.
---@param key string
---@return string? value
---@return string? cas    or what failed
---@return integer|string|nil flags
function client:gets(key)
    local word, value, rest = ask(self, "mg", key, " v c f")

    if word == nil then
        return nil, value, rest
    elseif value then
        return value, rest:match("c(%d+)"), tonumber(rest:match("f(%d+)"))
    end
end

---Stores a value unless it was changed since `gets` gave its `cas`; else nil,
---err, "conflict".
function client:cas(key, value, cas, ttl)
    local ok, err, code = self:set(key, value, ttl, { cas = cas })
    return ok, err, code
end

---The value, which lives `ttl` seconds from now on.
function client:gat(key, ttl)
    local word, value, rest = ask(self, "mg", key, " v" .. ttl_flag(ttl))

    if word == nil then
        return nil, value, rest
    end
    return value
end

---A new time to live.
function client:touch(key, ttl)
    local word, err, code = ask(self, "mg", key, ttl_flag(ttl or 0))
    return outcome(word, err, code)
end

---@param key string
---@return true? deleted
---@return string? err
---@return string? code  "not_found"
function client:delete(key)
    local word, err, code = ask(self, "md", key, "")
    return outcome(word, err, code)
end

local function counter(mode)
    return function(self, key, delta, given)
        delta = delta or 1
        if type(delta) ~= "number" or delta < 0 or delta % 1 ~= 0 then
            error("the difference must be a whole number from 0 on", 2)
        end

        local tail = (" v M%s D%.0f"):format(mode, delta)
        if given and given.initial then
            tail = tail .. (" N%d J%.0f"):format(given.ttl or 0,
                given.initial)
        end

        local word, value, rest = ask(self, "ma", key, tail)
        if word == nil then
            return nil, value, rest
        elseif value == nil then
            local _, err, code = outcome(word)
            return nil, err, code
        end
        return tonumber(value)
    end
end

---Adds to a number: `incr(key, by?, { initial?, ttl? })`; gives the new one.
client.incr = counter("I")
---Subtracts; never goes below 0.
client.decr = counter("D")

-- One question to a server, for all of its keys. When it could not be
-- connected to, the next ones on the ring are asked.
local function fetch(self, server, wanted, values, by_server)
    local found, err, code = native.many(
        server.target or native_pool(self, server), self.timeout, wanted)

    if found then
        for i = 1, #wanted do
            values[wanted[i] ] = found[i]
        end
        return true
    elseif found == nil then
        note(self, server, code)
    end

    if code ~= "connect_failed" then
        return found, err, code
    end
    for other, keys in pairs(by_server(self, wanted)) do
        if other == server then
            return nil, err, code
        end

        local ok, why, what = fetch(self, other, keys, values, by_server)
        if not ok then
            return ok, why, what
        end
    end
    return true
end

local function by_server(self, keys)
    local groups, order = {}, {}

    for i = 1, #keys do
        if type(keys[i]) ~= "string" or keys[i] == "" then
            error("a key must be a string that is not empty", 3)
        end
    end

    if #self.servers == 1 then
        local only = self.servers[1]
        return { [only] = keys }, { #keys > 0 and only or nil }
    end

    for _, key in ipairs(keys) do
        local server = choose(self, key)
        if not groups[server] then
            groups[server] = {}
            order[#order + 1] = server
        end
        table.insert(groups[server], key)
    end
    return groups, order
end

---Several values, of several servers at a time.
---@param keys string[]
---@return table<string, string>? values  by their keys; what is not there is
---                                       not there
---@return string? err
---@return string? code
function client:get_multi(keys)
    local values, threads = {}, {}
    local groups, order = by_server(self, keys)

    for i = 2, #order do
        threads[i] = ngx.thread.spawn(fetch, self, order[i],
            groups[order[i]], values, by_server)
    end

    local ok, err, code = true, nil, nil
    if order[1] then
        ok, err, code = fetch(self, order[1], groups[order[1]], values,
            by_server)
    end

    for i = 2, #order do
        local alive, one, why, what = ngx.thread.wait(threads[i])

        if ok and not (alive and one) then
            ok, err, code = one, alive and why or one, what
        end
    end

    if ok == false then
        error(err, 2)
    elseif not ok then
        return nil, err, code
    end
    return values
end

---Forgets everything, on all servers.
function client:flush()
    for _, server in ipairs(self.servers) do
        local word, err, code = call(
            server.target or native_pool(self, server), self.timeout,
            "flush_all", "", "")

        if not word then
            return nil, err, code
        end
    end
    return true
end

---The version of the first server.
function client:version()
    local server = self.servers[1]
    local word, err, rest = call(server.target or native_pool(self, server),
        self.timeout, "version", "", "")

    if not word then
        return nil, err, rest
    end
    return rest
end

---The same with other options of a call: `timeout` in milliseconds.
---@param given { timeout: integer }
function client:with(given)
    local timeout = type(given) == "table" and given.timeout

    stores.check_timeout(timeout)
    return setmetatable({ timeout = timeout }, {
        __index = function(_, key)
            return self[key]
        end,
    })
end

---Counters of this worker for each server, by its name.
---@return table<string, table>
function client:stats()
    local all = {}

    for _, server in ipairs(self.servers) do
        local target = server.target or native_pool(self, server)
        local found = db_native.stats(target)

        found.shared, found.pending = native.shared(target)
        found.dead = server.health.dead_until > ngx.now()
        all[server.name] = found
    end
    return all
end

---Closes the connections; the object can still be used.
function client:close()
    for _, server in ipairs(self.servers) do
        db_native.drain(server.target or native_pool(self, server))
    end
end

---@class pandan.memcached
local memcached = {}

-- Of the servers of this worker, by their places.
local healths = {}

local function server_of(parts, words, place)
    local keywords = {
        host = place.host, port = place.port, path = place.path,
        user = parts.user, password = parts.password,
    }

    for name, value in pairs(words) do
        keywords[name] = value
    end
    if parts.tls then
        keywords.tls = words.tls_name or place.host or ""
    end
    keywords.tls_name = nil
    keywords.place = place.path or place.host .. ":" .. place.port
    healths[keywords.place] = healths[keywords.place] or { dead_until = 0 }
    return {
        name = keywords.place, keywords = keywords,
        health = healths[keywords.place],
    }
end

-- A login by SASL needs both.
local function check_sasl(parts, words)
    if words.sasl and (words.sasl ~= "plain"
        or not (words.user or parts.user)
        or not (words.password or parts.password))
    then
        return "option sasl must be plain, and there must be a user and a "
            .. "password"
    end
end

local KIND = {
    name = "memcached", one = "memcached", dialect = "memcached",
    read = url.read, check = check_sasl,
}

---Gives memcached; connects when it is first used. Options may stand in the
---URL, too: those of pools of databases, and `user password tls_ca tls_cert
---tls_key tls_name tls_verify`, and `sasl` ("plain": logs in by SASL, in the
---binary protocol).
---@param text string
---@param given? table
---@return pandan.memcached.client
function memcached.open(text, given)
    local parts, pool, words = stores.open(KIND, text, given)
    local servers = {}

    for i, place in ipairs(parts.hosts) do
        servers[i] = server_of(parts, words, place)
    end
    return setmetatable({
        url = base.mask(text), options = pool, servers = servers,
        timeout = pool.query_timeout,
    }, client)
end

return memcached
