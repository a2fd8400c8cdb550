-- SPDX-License-Identifier: MIT
--- What hosts tell each other about a cache: which keys and tags are no longer
--- what they were. It lies in a stream of the server, so that who could not
--- listen for a while misses nothing. One worker of a host listens for all.
---
--- What is told: "k" and a key, "t" and a tag, "a" for everything.

local native = require("pandan.native")
local shared = require("pandan.shared")

---@class pandan.cache.news
local news = {}
news.__index = news

-- Seconds: a question to the server at most, until another worker looks
-- whether somebody listens, and until who listens must have said so again.
local BLOCK, PAUSE, LEASE = 1, 2, 60

local MAX_TAG = 200

---@param cache pandan.cache
---@param driver table   one with tell, hear and missed
---@param stream string  its key on the server
---@return pandan.cache.news
function news.new(cache, driver, stream)
    return setmetatable({
        cache = cache, driver = driver, stream = stream,
        dict = ngx.shared[cache.options.zone],
        lease = "cache:news:" .. cache.name,
        heard = "\0heard:" .. cache.name,
    }, news)
end

---Who this host is: its own news are none for it.
---@return string
function news:host()
    local dict = self.dict

    if not dict:get("\0host") then
        dict:safe_add("\0host",
            native.crypto.base64url(native.crypto.random(12)))
    end
    return dict:get("\0host") or ""
end

-- Bytes of a server: what is none of ours is passed over.
local function apply(view, what)
    local kind, name = what:sub(1, 1), what:sub(2)

    if kind == "k" and name ~= "" and #name <= shared.cache.MAX_KEY - 8 then
        view:delete(name)
    elseif kind == "t" and name ~= "" and #name <= MAX_TAG then
        view:purge(name)
    elseif kind == "a" then
        view:purge()
    end
end

-- Where this host has heard up to; what it can no longer hear may have been
-- about anything.
local function begin(self)
    local last = self.dict:get(self.heard)

    if not last then
        return "0-0"
    end

    local missed, err = self.driver:missed(self.stream, last)

    if err then
        return nil
    elseif missed then
        self.cache.view:purge()
    end
    return last
end

-- Listens until the server goes away, or this worker does.
local function follow(self, id)
    local view, host = self.cache.view, self:host()
    local last = begin(self)

    while last and not ngx.worker.exiting()
        and shared.lease_extend(self.cache.zone, self.lease, id, LEASE)
    do
        local list = self.driver:hear(self.stream, last, BLOCK)

        if not list then
            return
        end

        for _, one in ipairs(list) do
            if one.host ~= host then
                apply(view, one.what)
            end
            last = one.id
        end
        self.dict:set(self.heard, last)
    end
end

local function listen(premature, self)
    if premature then
        return
    end

    local zone = self.cache.zone
    local id = shared.lease_take(zone, self.lease, 1, LEASE)

    if id then
        local ok, err = pcall(follow, self, id)

        if not ok then
            ngx.log(ngx.ERR, "cache '", self.cache.name,
                "': cannot listen: ", err)
        end
        shared.lease_release(zone, self.lease, id)
    end
    self.pid = nil
    self:start(PAUSE)
end

---Has this worker listen, if no other does.
---@param delay? number  seconds
function news:start(delay)
    local pid = ngx.worker.pid()

    if self.pid ~= pid and ngx.timer.at(delay or 0, listen, self) then
        self.pid = pid
    end
end

return news
