-- SPDX-License-Identifier: MIT
--- The interface of lua-resty-mysql on the pool and driver of ours; see
--- docs/book/mysql.md for what differs. Its connections are the borrower's
--- own until set_keepalive(), and closed without it.

local loan = require("pandan.db.loan")
local native = require("pandan.db.native")

local mysql = { _VERSION = "0.26" }

local mt = { __index = mysql }

-- States as the original numbers them, for they stand in messages.
local CONNECTED = 1
local SENT = 2

local COMMAND_HEAD = 5 -- of a packet: length, number, kind

local CHARSETS = {}

for name in ([[
    big5 dec8 cp850 hp8 koi8r latin1 latin2 swe7 ascii ujis sjis hebrew tis620
    euckr koi8u gb2312 greek cp1250 gbk latin5 armscii8 utf8 ucs2 cp866
    keybcs2 macce macroman cp852 latin7 utf8mb4 cp1251 utf16 utf16le cp1256
    cp1257 utf32 binary geostd8 cp932 eucjpms gb18030
]]):gmatch("%S+") do
    CHARSETS[name] = true
end

---@return table db
function mysql.new()
    return setmetatable({}, mt)
end

---@param timeout integer  milliseconds of each of what follows
function mysql:set_timeout(timeout)
    self.timeout = timeout
end

local function keywords(opts)
    local words = {
        user = opts.user, password = opts.password,
        dbname = opts.database ~= "" and opts.database or nil,
        charset = opts.charset, ansi_quotes = "false",
    }

    if opts.host then
        words.host = opts.host
        words.port = tostring(opts.port or 3306)
    else
        words.socket = opts.path
    end

    if opts.ssl_verify then
        words.sslmode = "verify-full"
    elseif opts.ssl then
        words.sslmode = "require"
    end

    return words
end

local find_pool = loan.finder({
    "pool", "host", "port", "path", "user", "password", "database", "charset",
    "ssl", "ssl_verify", "backlog", "pool_size",
}, function(opts)
    local limit = opts.backlog and opts.pool_size or nil
    local key = loan.key(opts.pool, opts.host, opts.port, opts.path,
        opts.user, opts.password, opts.database, opts.charset, opts.ssl,
        opts.ssl_verify, limit)

    return loan.pool("mysql", key, { limit = limit }, keywords, opts)
end)

-- In the original's words; the server's own go through as they are.
local function connect_failure(err, code, server, fields)
    local number = tonumber(server)

    if code == "timeout" or code == "pool_timeout" then
        return nil, "failed to connect: timeout"
    elseif code == "auth_failed" or (number and number < 2000) then
        return nil, err, number, fields and fields.sqlstate
    elseif err:find("(111)", 1, true) then
        return nil, "failed to connect: connection refused"
    end

    return nil, "failed to connect: " .. err
end

---@param opts table  host, port or path; database, user, password, charset,
---                   pool, pool_size, backlog, ssl, ssl_verify,
---                   compact_arrays
---@return integer? ok
function mysql:connect(opts)
    if opts.charset and not CHARSETS[opts.charset] then
        return nil, "charset '" .. opts.charset .. "' is not supported"
    elseif not opts.host and not opts.path then
        return nil, 'neither "host" nor "path" options are specified'
    end

    if self.lease then
        self:close()
    end

    local lease, err, code, server, fields = native.borrow(find_pool(opts),
        self.timeout)
    if not lease then
        return connect_failure(err, code, server, fields)
    end

    self.lease = lease
    self.compact = opts.compact_arrays
    self.state = CONNECTED
    self.results = nil
    return 1
end

---Runs the statements and keeps what they give for read_result().
---@param query string
---@return integer? bytes
function mysql:send_query(query)
    if self.state ~= CONNECTED then
        return nil, "cannot send query in the current context: "
            .. tostring(self.state)
    end

    local results, err, code = native.text(self.lease, query, self.timeout,
        self.compact and true or false)

    self.state = SENT
    self.next = 1
    self.results = results
    self.err = err

    if results == false then
        self.lease = nil
        return nil, "closed"
    elseif not results then
        -- the connection is gone: it shows where the answer is read
        self.err = "failed to receive packet header: "
            .. (code == "timeout" and "timeout" or "closed")
    end
    return #query + COMMAND_HEAD
end

---@return table? result
---@return string? err    "again": there are more
---@return integer? errno
---@return string? sqlstate
function mysql:read_result()
    if self.state ~= SENT then
        return nil, "cannot read result in the current context: "
            .. tostring(self.state)
    elseif not self.results then
        return nil, self.err
    end

    local results, i = self.results, self.next
    local result = results[i]
    self.next = i + 1

    if results[i + 1] then
        return result, "again"
    end

    self.state = CONNECTED
    self.results = nil

    local errno = result.errno
    if errno and result.sqlstate then
        return nil, result.message, errno, result.sqlstate
    end
    return result
end

---@param query string
---@return table? result
---@return string? err
---@return integer? errno
---@return string? sqlstate
function mysql:query(query)
    local bytes, err = self:send_query(query)
    if not bytes then
        return nil, "failed to send query: " .. err
    end
    return self:read_result()
end

-- Parts with the connection.
local function part(self, keep)
    self.state = nil
    return loan.part(self, keep)
end

---The pool closes what rests for a minute; how long and how many is not the
---caller's to say.
function mysql:set_keepalive()
    if self.state ~= CONNECTED then
        return nil, "cannot be reused in the current connection state: "
            .. tostring(self.state)
    end
    return part(self, true)
end

mysql.get_reused_times = loan.reused

function mysql:close()
    if not self.lease then
        return nil, "closed"
    end
    return part(self, false)
end

---@return string?
function mysql:server_ver()
    if not self.lease then
        return nil
    end
    return (select(2, native.about(self.lease)))
end

function mysql:set_compact_arrays(value)
    self.compact = value
end

return mysql
