-- SPDX-License-Identifier: MIT
--- The interface of lua-resty-redis on the pool and driver of ours; see
--- docs/book/redis.md for what differs. Its connections are the borrower's
--- own until set_keepalive(), and closed without it.

local db_native = require("pandan.db.native")
local loan = require("pandan.db.loan")
local native = require("pandan.redis.native")

local call, add = native.call, native.add

local redis = { _VERSION = "0.31" }

-- Milliseconds, of what nobody set.
local TIMEOUT = 60000

local metatable

---@return table red
function redis.new()
    return setmetatable({
        connect_timeout = TIMEOUT, read_timeout = TIMEOUT,
        -- what is nil would be a command
        lease = false, batch = false, subscribed = false, prefix = false,
    }, metatable)
end

---@param timeout integer  milliseconds of each of what follows
function redis:set_timeout(timeout)
    self.connect_timeout, self.read_timeout = timeout, timeout
end

---@param connect integer
---@param _ integer  of sending, which is part of the answer's time here
---@param read integer
function redis:set_timeouts(connect, _, read)
    self.connect_timeout, self.read_timeout = connect, read
end

local function keywords(host, port, opts)
    local path = host:match("^unix:(.+)$")

    return {
        protocol = "2", path = path, host = not path and host or nil,
        port = not path and tostring(port or 6379) or nil,
        place = path or host .. ":" .. (port or 6379),
        tls = opts.ssl and (opts.server_name or host) or nil,
        tls_verify = opts.ssl and not opts.ssl_verify and "no" or nil,
    }
end

local function find_pool(host, port, opts)
    local limit = opts.backlog and opts.pool_size or nil
    local key = loan.key(opts.pool, host, port, opts.ssl, opts.ssl_verify,
        opts.server_name, limit)

    return loan.pool("redis", key, { limit = limit }, keywords, host, port,
        opts)
end

-- Parts with the connection.
local function part(self, keep)
    self.batch, self.subscribed = false, false
    return loan.part(self, keep)
end

---connect(host, port?, options?) or connect("unix:path", options?); options:
---pool, pool_size, backlog, ssl, ssl_verify, server_name.
---@return integer? ok
---@return string? err
function redis:connect(host, port, opts)
    if type(host) ~= "string" then
        error("bad argument #1 host: string expected, got " .. type(host), 2)
    elseif type(port) == "table" then
        port, opts = nil, port
    end

    if self.lease then
        part(self, false)
    end

    local lease, err, code = db_native.borrow(
        find_pool(host, port, opts or {}), self.connect_timeout)
    if not lease then
        return loan.failure(err, code)
    end

    self.lease = lease
    return 1
end

---The pool closes what rests for a minute; how long and how many is not the
---caller's to say.
---@return integer? ok
---@return string? err
function redis:set_keepalive()
    if not self.lease then
        return nil, "closed"
    elseif self.subscribed then
        return nil, "subscribed state"
    end
    return part(self, true)
end

redis.get_reused_times = loan.reused

---@return integer? ok
---@return string? err
function redis:close()
    if not self.lease then
        return nil, "closed"
    end
    return part(self, false)
end

-- What went wrong on the connection, in the original's words. The answer
-- would still come, so the connection goes.
local function failure(self, code)
    part(self, false)
    return nil, code == "timeout" and "timeout" or "closed"
end

-- What the encoder would refuse, as the original has it.
local function texts(...)
    local list = { ... }

    for i = 1, select("#", ...) do
        if type(list[i]) ~= "number" and type(list[i]) ~= "table" then
            list[i] = tostring(list[i])
        end
    end
    return unpack(list, 1, select("#", ...))
end

local function run(self, head, ...)
    if not self.lease then
        return nil, "closed"
    elseif self.batch then
        if not add(self.batch, head, ...) then
            local added, err = add(self.batch, head, texts(...))
            if not added then
                error(err, 3)
            end
        end
        return nil
    end

    local reply, err, code, server = call(self.lease, self.read_timeout, head,
        ...)

    if reply == false then
        reply, err, code, server = call(self.lease, self.read_timeout, head,
            texts(...))
        if reply == false then
            error(err, 3)
        end
    end

    if reply ~= nil then
        return reply
    elseif err == nil then
        return ngx.null
    elseif server then
        return false, err
    end
    return failure(self, code)
end

-- Commands, by their names: all heads are lower case, for the driver makes a
-- table of what "HGETALL" gives.
local function method(name)
    local head = native.head(name)

    return function(self, ...)
        if self.prefix then
            local long = native.head(self.prefix .. "." .. name)
            self.prefix = false
            return run(self, long, ...)
        end
        return run(self, head, ...)
    end
end

local READING = {
    subscribe = true, psubscribe = true, unsubscribe = false,
    punsubscribe = false,
}

local function listen(self)
    local frame, err, code, server = native.listen(self.lease,
        self.read_timeout)

    if frame == nil and err ~= nil then
        if server then
            return false, err
        elseif code == "timeout" then
            return nil, "timeout"
        end
        return failure(self, code)
    end

    -- the last channel was left
    if type(frame) == "table" and READING[frame[1]] == false
        and frame[3] == 0
    then
        self.subscribed = false
    end
    return frame
end

local function subscriber(name)
    local head = native.head(name)

    return function(self, ...)
        if not self.lease then
            return nil, "closed"
        elseif not self.subscribed and not READING[name] then
            return nil, "not subscribed"
        end

        local ok, err, code = native.tell(self.lease, head, texts(...))
        if ok == false then
            error(err, 2)
        elseif not ok then
            return failure(self, code)
        end

        self.subscribed = true
        return listen(self)
    end
end

for name in pairs(READING) do
    redis[name] = subscriber(name)
end

---The next message of what was subscribed to.
---@return table? message
---@return string? err
function redis:read_reply()
    if not self.lease then
        return nil, "closed"
    elseif not self.subscribed then
        return nil, "not subscribed"
    end
    return listen(self)
end

---hmset(key, field, value, ...) or hmset(key, table).
redis.hmset = method("hmset")

---What follows is kept until commit_pipeline().
function redis:init_pipeline()
    self.batch = native.batch()
end

function redis:cancel_pipeline()
    self.batch = false
end

---@return table? replies  an error is { false, text }
---@return string? err
function redis:commit_pipeline()
    local batch = self.batch

    if not batch then
        return nil, "no pipeline"
    end
    self.batch = false
    if not self.lease then
        return nil, "closed"
    end

    local replies, failed, code = native.run(self.lease, self.read_timeout,
        batch)
    if not replies then
        return failure(self, code)
    end

    for i = 1, failed > 0 and #replies or 0 do
        local reply = replies[i]
        if type(reply) == "table" and getmetatable(reply) == native.error then
            replies[i] = { false, reply.err }
        end
    end
    return replies
end

---@param list table  as HGETALL gives it
---@return table
function redis:array_to_hash(list)
    local hash = {}

    for i = 1, #list, 2 do
        hash[list[i]] = list[i + 1]
    end
    return hash
end

---Commands of a module: register_module_prefix("bf"), then red:bf():add().
---@param prefix string
function redis.register_module_prefix(prefix)
    redis[prefix] = function(self)
        self.prefix = prefix
        return self
    end
end

---All commands are there already.
function redis.add_commands() end

-- Names become methods for ever, so there is an end to them.
local LIMIT = 1000
local count = 0

metatable = {
    __index = function(_, name)
        local found = redis[name]

        if found == nil and type(name) == "string" then
            found = method(name)
            count = count + 1
            if count < LIMIT then
                redis[name] = found
            end
        end
        return found
    end,
}

return redis
