-- SPDX-License-Identifier: MIT
--- The interface of lua-resty-memcached on the driver of ours; see
--- docs/book/memcached.md for what differs. Nothing of memcached is a
--- connection's own, so all use the worker's shared one: to connect is to see
--- that the server answers.

local loan = require("pandan.db.loan")
local native = require("pandan.memcached.native")

local call, many = native.call, native.many

local memcached = { _VERSION = "0.17" }

local metatable = { __index = memcached }

-- Milliseconds, of what nobody set.
local TIMEOUT = 60000

-- What the words of answers are in the original's.
local WORDS = {
    NS = "NOT_STORED", EX = "EXISTS", NF = "NOT_FOUND", EN = "NOT_FOUND",
}

---@param opts? { key_transform?: function[] }
---@return table memc
function memcached.new(_, opts)
    local transform = opts and opts.key_transform
        or { ngx.escape_uri, ngx.unescape_uri }

    if type(transform[1]) ~= "function" or type(transform[2]) ~= "function"
    then
        return nil, "expecting key_transform = { escape, unescape } table"
    end
    return setmetatable({
        escape = transform[1], timeout = TIMEOUT, used = 0,
    }, metatable)
end

---@param timeout integer  milliseconds of each of what follows
function memcached:set_timeout(timeout)
    self.timeout = timeout
    return 1
end

---@param connect integer
---@param send integer
---@param read integer
function memcached:set_timeouts(connect, send, read)
    self.timeout = math.max(connect, send, read)
    return 1
end

local function keywords(place, path, host, port)
    if path then
        return { place = place, path = path }
    end
    return { place = place, host = host, port = tostring(port) }
end

-- The worker's, and how often each was used.
local pools = {}

local function find_pool(host, port)
    local path = host:match("^unix:(.+)$")
    local place = path or host .. ":" .. (port or 11211)

    if not pools[place] then
        pools[place] = {
            target = loan.pool("memcached", place, { limit = 10 }, keywords,
                place, path, host, port or 11211),
            used = 0,
        }
    end
    return pools[place]
end

-- In the original's words.
local function failure(err, code)
    if code == "timeout" then
        return "timeout"
    elseif code == "closed" then
        return "closed"
    end
    return (err:gsub("^cannot connect to .*: Connection refused$",
        "connection refused"))
end

---connect(host, port?) or connect("unix:path").
---@param host string
---@param port? integer
---@return integer? ok
---@return string? err
function memcached:connect(host, port)
    local pool = find_pool(host, port)

    if native.shared(pool.target) == 0 then
        local word, err, code = call(pool.target, self.timeout, "mn", "", "")
        if not word then
            return nil, failure(err, code)
        end
        pool.used = 0
    else
        pool.used = pool.used + 1
    end
    self.target, self.used = pool.target, pool.used
    return 1
end

local function ask(self, command, key, tail, value)
    if not self.target then
        return nil, "closed"
    elseif key ~= "" then
        key = self.escape(tostring(key))
    end

    local word, found, rest = call(self.target, self.timeout, command, key,
        tail, value)
    if word == false then
        error(found, 3)
    elseif word == nil then
        return nil, failure(found, rest)
    end
    return word, found, rest
end

local function outcome(word, err)
    if word == nil then
        return nil, err
    elseif WORDS[word] then
        return nil, WORDS[word]
    end
    return 1
end

local function text_of(value)
    if type(value) == "table" then
        local parts = {}
        for i, part in ipairs(value) do
            parts[i] = text_of(part)
        end
        return table.concat(parts)
    end
    return tostring(value)
end

local function store(mode)
    return function(self, key, value, exptime, flags)
        return outcome(ask(self, "ms", key, (" T%d F%d%s"):format(
            exptime or 0, flags or 0, mode), text_of(value)))
    end
end

---set(key, value, exptime?, flags?): 1, or nil and "NOT_STORED".
memcached.set = store("")
memcached.add = store(" ME")
memcached.replace = store(" MR")
memcached.append = store(" MA")
memcached.prepend = store(" MP")

---@return integer? ok
---@return string? err  "EXISTS", "NOT_FOUND"
function memcached:cas(key, value, unique, exptime, flags)
    return outcome(ask(self, "ms", key, (" C%s T%d F%d"):format(unique,
        exptime or 0, flags or 0), text_of(value)))
end

-- For a list of keys: key → { value, flags, unique }.
local function get_many(self, keys, tail)
    if not self.target then
        return nil, "closed"
    end

    local escaped, found = {}, {}
    for i, key in ipairs(keys) do
        escaped[i] = self.escape(tostring(key))
    end

    local values, flags, code = many(self.target, self.timeout, escaped, tail)
    if values == false then
        error(flags, 3)
    elseif not values then
        return nil, failure(flags, code)
    end

    for i, key in ipairs(keys) do
        if values[i] then
            found[key] = {
                values[i], flags[i]:match("f(%d+)"), flags[i]:match("c(%d+)"),
            }
        end
    end
    return found
end

---get(key): value, flags, err; nil, nil, nil when there is none.
---get(keys): a table of key → { value, flags }.
function memcached:get(key)
    if type(key) == "table" then
        return get_many(self, key, " v f")
    end

    local word, value, rest = ask(self, "mg", key, " v f")
    if word == nil then
        return nil, nil, value
    elseif value == nil then
        return nil
    end
    return value, rest:match("f(%d+)")
end

---As get(), with what cas() wants: value, flags, unique, err.
function memcached:gets(key)
    if type(key) == "table" then
        return get_many(self, key, " v f c")
    end

    local word, value, rest = ask(self, "mg", key, " v f c")
    if word == nil then
        return nil, nil, nil, value
    elseif value == nil then
        return nil
    end
    return value, rest:match("f(%d+)"), rest:match("c(%d+)")
end

function memcached:touch(key, exptime)
    return outcome(ask(self, "mg", key, (" T%d"):format(exptime)))
end

function memcached:delete(key)
    return outcome(ask(self, "md", key, ""))
end

local function counter(mode)
    return function(self, key, value)
        local word, found = ask(self, "ma", key, (" v M%s D%.0f"):format(mode,
            tonumber(value)))

        if word == nil then
            return nil, found
        elseif WORDS[word] then
            return nil, WORDS[word]
        end
        return found
    end
end

---incr(key, by): the new number as a string, or nil and "NOT_FOUND".
memcached.incr = counter("I")
memcached.decr = counter("D")

---@param time? integer  seconds from now
function memcached:flush_all(time)
    return outcome(ask(self, "flush_all", "", time and " " .. time or ""))
end

---@return string? version
---@return string? err
function memcached:version()
    local word, err, rest = ask(self, "version", "", "")

    if word == nil then
        return nil, err
    end
    return rest
end

---@param level integer
function memcached:verbosity(level)
    return outcome(ask(self, "verbosity", "", " " .. level))
end

---@return integer? times
---@return string? err
function memcached:get_reused_times()
    if not self.target then
        return nil, "closed"
    end
    return self.used
end

-- The connection is the worker's, which keeps it anyway.
local function leave(self)
    if not self.target then
        return nil, "closed"
    end
    self.target = nil
    return 1
end

memcached.set_keepalive = leave
memcached.close = leave
memcached.quit = leave

return memcached
