-- SPDX-License-Identifier: MIT
--- What a cache does about a value that no level of this host has: one of all
--- who ask takes a lease, asks the server of level 3, runs the loader; the
--- others wait for that lease to end. When loading fails, what is old serves
--- on.

local codec = require("pandan.cache.codec")
local counters = require("pandan.cache.counters")
local settings = require("pandan.cache.settings")
local shared = require("pandan.shared")
local tags = require("pandan.cache.tags")

local entry = shared.cache.entry
local now = ngx.now

local load = {}

-- Under a key with this behind it stands why its load failed.
local FAILED = "\0failed"

local MISS = {}

---Writes a value that is there, and keeps it in this worker's memory.
---@param lease number  as of pandan.shared.cache.write
---@param stamp? number of the moment before the load
---@param left? number  seconds that it is fresh, else as its kind is
---@return true? ok
---@return string? err
function load.store(self, key, value, bytes, kind, o, lease, stamp, left)
    local time = now()
    local ttl = left or kind == codec.NIL and o.negative_ttl or o.ttl

    if ttl <= 0 or #bytes > o.max_value then
        if lease == 0 then
            self.view:delete(key)
        end
        return nil, ttl > 0 and "the value is larger than max_value" or nil
    end

    entry.fresh = time + ttl
    entry.stale = entry.fresh + o.stale
    entry.dead = entry.fresh + math.max(o.stale, o.stale_if_error)
    entry.stored = time
    entry.stamp = stamp or 0
    entry.flags = kind

    local ok, err = self.view:write(key, bytes, tags.pack(o.tags), lease)

    if ok then
        self:remember(key, value, #bytes, time + ttl, time, o, o.tags)
    end
    return ok, err
end

-- The entry at hand, if it still serves at all.
local function old_value()
    if now() < entry.dead then
        return codec.decode(entry.flags, entry.data, tonumber(entry.len))
    end
    return false
end

-- Loading failed: what is old, or the error.
local function fall_back(self, key, err, code)
    if self.view:read(key) then
        local ok, value = old_value()

        if ok then
            counters.add(self.view, counters.STALE_ERROR)
            return value, nil, "stale"
        end
    end
    return nil, err, code
end

-- Why the last load failed, if that was a moment ago.
local function failed_before(self, key)
    if self.view:read(key .. FAILED) and now() < entry.fresh then
        local ok, message = codec.decode(entry.flags, entry.data,
            tonumber(entry.len))
        return ok and message
    end
end

local function note_failure(self, key, err, o)
    counters.add(self.view, counters.FAILURES)

    if o.error_ttl > 0 then
        entry.stored = now()
        entry.fresh = entry.stored + o.error_ttl
        entry.stale, entry.dead = entry.fresh, entry.fresh
        entry.stamp, entry.flags = shared.cache.NEVER, codec.STRING
        self.view:write(key .. FAILED, tostring(err), "", -1)
    end
end

-- An answer that a loader raised, a 404 say, is no failure to load.
local function is_answer(err)
    return type(err) == "table" and (err.response ~= nil
        or type(err.status) == "number" and err.status < 500)
end

-- The loader's value is stored; what it gave beside may say how.
local function take_loaded(self, key, value, more, ticket)
    local o = ticket.o

    if type(more) == "table" then
        o = settings.over(o, more, 1)
    end

    local bytes, kind = codec.encode(value)

    if not bytes then
        error(kind, 0)
    end

    load.store(self, key, value, bytes, kind, o, ticket.lease, ticket.stamp)

    -- for level 3, once those who wait here have been woken
    ticket.bytes, ticket.kind, ticket.made_of = bytes, kind, o
    return value, nil, "load"
end

local function message_of(err)
    return type(err) == "table" and err.message or tostring(err)
end

-- Calls the loader.
local function run(self, key, loader, ticket)
    counters.add(self.view, counters.LOADS)

    local ok, value, more, code = pcall(loader, key)

    if ok and (value ~= nil or more == nil or type(more) == "table") then
        return take_loaded(self, key, value, more, ticket)
    end

    if not ok and is_answer(value) then
        error(value, 0)
    end

    local err = message_of(ok and more or value)

    note_failure(self, key, err, ticket.o)
    ngx.log(ngx.WARN, "cache '", self.name, "': cannot load '", key, "': ",
        err)

    local old, _, from = fall_back(self, key)

    if from then
        return old, nil, from
    elseif not ok then
        error(value, 0)
    end
    return nil, err, code or "loader"
end

-- With the lease in hand: another may just have loaded it, or failed to.
local function load_now(self, key, loader, ticket)
    local there = self.view:read(key)

    ticket.stamp = entry.stamp

    if there and now() < entry.fresh and entry.stored > ticket.newer then
        local ok, value = old_value()

        if ok then
            return value, nil, "l2"
        end
    end

    local before = failed_before(self, key)

    if before then
        return fall_back(self, key, before, "loader")
    end

    if self.remote then
        local found, value = self.remote:find(ticket, key)

        if found then
            return value, nil, "l3"
        end
    end

    if not loader then
        return nil, nil, "miss"
    end
    return run(self, key, loader, ticket)
end

local function give_back(self, key, ticket, ok, ...)
    if ticket.lease > 0 then
        shared.lease_release(self.zone, self.prefix .. key, ticket.lease)
    end

    if self.remote then
        self.remote:finish(ticket, key)
    end
    if not ok then
        error((...), 0)
    end
    return ...
end

-- `lease` -1: a zone without memory keeps nothing, but the service goes on.
-- `newer`: a value is of use only if it was stored after that.
local function with_lease(self, key, o, loader, lease, newer)
    local ticket = {
        o = o, lease = lease, newer = newer or 0, loads = loader ~= nil,
    }

    return give_back(self, key, ticket,
        pcall(load_now, self, key, loader, ticket))
end

-- Waits until who loads it has ended; gives MISS if there is still nothing.
local function await(self, key, o, other, deadline)
    local left = deadline - now()

    counters.add(self.view, counters.WAITS)

    if left <= 0 or not shared.lease_await_end(self.zone, self.prefix .. key,
        other, left)
    then
        counters.add(self.view, counters.TIMEOUTS)
        return fall_back(self, key, "cannot load '" .. key
            .. "': who loads it has not ended in time", "timeout")
    end

    if self.view:read(key) and now() < entry.fresh then
        local fresh, stored, size =
            entry.fresh, entry.stored, tonumber(entry.len)
        local all_tags = tags.unpack(entry.tags, tonumber(entry.tags_len))
        local ok, value = old_value()

        if ok then
            self:remember(key, value, size, fresh, stored, o, all_tags)
            return value, nil, "l2"
        end
    end

    local before = failed_before(self, key)

    if before then
        return fall_back(self, key, before, "loader")
    end
    return MISS
end

---The value of a key that this host does not have, or not fresh.
---@param old boolean  there is one that serves when loading fails
---@return any value
---@return string? err
---@return string? from_or_code
function load.find(self, key, o, loader, old)
    if not loader and not self.remote then
        return nil, nil, "miss"
    end

    local before = old and failed_before(self, key)

    if before then
        return fall_back(self, key, before, "loader")
    end

    local deadline = now() + o.wait

    while true do
        local lease, err, other = shared.lease_take(self.zone,
            self.prefix .. key, 1, o.load_timeout)

        if lease then
            return with_lease(self, key, o, loader, lease)
        elseif err ~= "busy" then
            return with_lease(self, key, o, loader, -1)
        end

        local value, why, from = await(self, key, o, other, deadline)

        if value ~= MISS then
            return value, why, from
        end
    end
end

-- In a timer: loads again what is old, unless another does.
local function refresh(premature, self, key, o, loader, stored)
    local lease = not premature and shared.lease_take(self.zone,
        self.prefix .. key, 1, o.load_timeout)
    local failed = false

    if lease then
        local ok, _, err, from = pcall(with_lease, self, key, o, loader, lease,
            stored)

        failed = not ok or err ~= nil or from == "stale"
    end

    if failed then
        self.refreshing:set(key, now() + o.error_ttl)
    else
        self.refreshing:delete(key)
    end
end

---Loads a key again beside the request, at most once at a time.
---@param stored number  when the value to be replaced was stored
function load.later(self, key, o, loader, stored)
    local item = self.refreshing.items[key]

    if item and now() < item.value then
        return
    end

    if ngx.timer.at(0, refresh, self, key, o, loader, stored) then
        self.refreshing:set(key, now() + o.load_timeout)
    end
end

return load
