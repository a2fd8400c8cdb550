-- SPDX-License-Identifier: MIT
--- The interface of pgmoon on the pool and driver of ours; see
--- docs/book/postgres.md for what differs. A connection is the borrower's
--- own until keepalive(), and closed without it.

local arrays = require("pgmoon.arrays")
local loan = require("pandan.db.loan")
local native = require("pandan.db.native")

---@class pgmoon.Postgres
local Postgres = {}
Postgres.__index = Postgres

-- What stands for NULL, known by its address.
Postgres.NULL = { "NULL" }

-- Whether all values come as texts, which a deserializer wants.
Postgres.plain = false
Postgres.type_deserializers = require("pgmoon.types")

-- Types whose values the driver makes; others come as text.
Postgres.PG_TYPES = {
    [16] = "boolean", [17] = "bytea", [20] = "number", [21] = "number",
    [23] = "number", [700] = "number", [701] = "number", [1700] = "number",
    [114] = "json", [3802] = "json", [1000] = "array_boolean",
    [1005] = "array_number", [1007] = "array_number",
    [1016] = "array_number", [1021] = "array_number",
    [1022] = "array_number", [1041] = "array_inet", [1231] = "array_number",
    [1009] = "array_string", [1015] = "array_string",
    [1002] = "array_string", [1014] = "array_string",
    [2951] = "array_string", [199] = "array_json", [3807] = "array_json",
}

local DEFAULTS = {
    application_name = "pgmoon", user = "postgres", host = "127.0.0.1",
    port = "5432",
}

-- Numbers of types: one that comes as a string, and one that the server finds.
local OID = 26
local UNKNOWN = 705

-- Statements that a connection keeps prepared.
local STATEMENTS = 64

---@param config? table
---@return pgmoon.Postgres
function Postgres.new(config)
    config = config or {}

    return setmetatable({
        config = setmetatable({}, { __index = function(_, key)
            local value = config[key]
            if value == nil then
                value = DEFAULTS[key]
            end
            return value
        end }),
        convert_null = config.convert_null,
        sock_type = "nginx",
    }, Postgres)
end

local function copy(given)
    local values = {}
    for key, value in pairs(given) do
        values[key] = value
    end
    return values
end

local function keywords(config)
    local socket = config.socket_path
    local words = {
        user = config.user, password = config.password,
        dbname = config.database, application_name = config.application_name,
        host = socket and socket:match("^(.*)/[^/]*$") or config.host,
        port = socket and socket:match("%.(%d+)$") or tostring(config.port),
        client_encoding = "UTF8",
        gssencmode = "disable", sslmode = "disable",
        sslcert = config.cert, sslkey = config.key,
        sslrootcert = config.cafile,
    }

    if config.ssl then
        words.sslmode = config.ssl_verify and "verify-full"
            or config.ssl_required and "require" or "prefer"
    end
    return words
end

-- All that makes connections differ, in an order.
local function key_of(config)
    local words, names = keywords(config), {}
    local key = { tostring(config.pool_name),
        config.backlog and tostring(config.pool_size) or "" }

    for name in pairs(words) do
        names[#names + 1] = name
    end
    table.sort(names)

    for _, name in ipairs(names) do
        key[#key + 1] = name .. "=" .. loan.key(words[name])
    end
    return table.concat(key, " ")
end

local find_pool = loan.finder({
    "pool_name", "host", "port", "socket_path", "user", "password", "database",
    "application_name", "cert", "key", "cafile", "ssl", "ssl_verify",
    "ssl_required", "backlog", "pool_size",
}, function(config)
    return loan.pool("postgres", key_of(config), {
        limit = config.backlog and config.pool_size or nil,
        statements = STATEMENTS,
    }, keywords, config)
end)

-- In the original's words; the server's own go through as they are.
local function connect_failure(err, code)
    local said = err:match("FATAL:%s+(.*)$")

    if said then
        return nil, "FATAL: " .. said
    end
    return loan.failure(err, code)
end

---@return true? ok
---@return string? err
function Postgres:connect()
    if self.lease then
        self:disconnect()
    end

    -- the pool is looked for once: making its key costs
    self.pool = self.pool or find_pool(self.config)

    local lease, err, code = native.borrow(self.pool, self.timeout)
    if not lease then
        return connect_failure(err, code)
    end

    self.lease = lease
    return true
end

---@param timeout integer  milliseconds of each of what follows
function Postgres:settimeout(timeout)
    self.timeout = timeout
end

---The pool closes what rests for a minute; how long and how many is not the
---caller's to say.
function Postgres:keepalive()
    return loan.part(self, true)
end

function Postgres:disconnect()
    return loan.part(self, false)
end

local ARRAY = "^array_"

-- What the driver makes of a column is not all that the original does.
local function finish_column(self, rows, name, oid)
    local kind = self.PG_TYPES[oid]
    local decode = kind and self.type_deserializers[kind]

    for _, row in ipairs(rows) do
        local value = row[name]

        if value == nil then
            if self.convert_null then
                row[name] = self.NULL
            end
        elseif not self.plain then
            if kind and kind:find(ARRAY) and type(value) == "table" then
                arrays.adopt(value, self.NULL)
            elseif not kind and type(value) ~= "string" then
                row[name] = tostring(value)
            end
        elseif decode then
            row[name] = decode(self, value, kind)
        elseif kind == "number" then
            row[name] = tonumber(value)
        elseif kind == "boolean" then
            row[name] = value == "t"
        end
    end
end

-- Columns that are right as they came need no look at their rows.
local function finish_rows(self, result)
    local rows = result.rows

    for i, name in ipairs(result.names) do
        local oid = result.types[i]
        local kind = self.PG_TYPES[oid]

        if self.plain or self.convert_null or oid == OID
            or (kind and kind:find(ARRAY))
        then
            finish_column(self, rows, name, oid)
        end
    end
    return rows
end

-- Rows, { affected_rows = n }, or true.
local function shape(self, result)
    local count = tonumber(result.command:match("(%d+)$"))

    if not result.rows then
        return count and { affected_rows = count } or true
    end

    local rows = finish_rows(self, result)
    if count and #rows > 0 and not result.command:find("^SELECT") then
        rows.affected_rows = count
    end
    return rows
end

-- The original's words for what an error or a notice has.
local function words_of(fields)
    local text = fields.severity .. ": " .. fields.message

    if fields.position then
        text = text .. " (" .. fields.position .. ")"
    end
    if fields.detail then
        text = text .. "\n" .. fields.detail
    end
    return text
end

local function notices_of(results)
    local notices = results.notices

    for i, notice in ipairs(notices or {}) do
        notices[i] = words_of(notice)
    end
    return notices
end

local function finish_event(event)
    event.operation, event.pid = "notification", tonumber(event.pid)
    return event
end

local function notified_in(results)
    local notified = results.notified

    for _, event in ipairs(notified or {}) do
        finish_event(event)
    end
    return notified
end

-- One result, or all of several; how many; what LISTEN brought; notices.
local function shape_all(self, results)
    local notified, notices = notified_in(results), notices_of(results)

    for i, result in ipairs(results) do
        results[i] = shape(self, result)
    end
    if #results > 1 then
        return results, #results, notified, notices
    end
    return results[1], #results, notified, notices
end

local function receive_failure(err, code)
    return nil, "receive_message: failed to get type: "
        .. ((code == "timeout" or code == "closed") and code or err)
end

local function query_failure(self, err, code, fields, partial)
    if not fields then
        self.lease = code ~= "timeout" and self.lease or nil
        return receive_failure(err, code)
    end
    return nil, words_of(fields), shape_all(self, partial or {})
end

local function serialize(self, ...)
    local count = select("#", ...)
    local values = { ... }

    for i = 1, count do
        local value = values[i]
        local meta = type(value) == "table" and getmetatable(value)

        if value == self.NULL then
            values[i] = nil
        elseif type(value) == "table" then
            if not (meta and meta.pgmoon_serialize) then
                return nil, "pgmoon: param " .. i .. ": table does not "
                    .. "implement pgmoon_serialize, can't serialize"
            end

            local oid, text = meta.pgmoon_serialize(value, self)
            if not oid then
                return nil, "pgmoon: param " .. i .. ": " .. tostring(text)
            end
            values[i] = setmetatable({ text, oid ~= 0 and oid or UNKNOWN },
                native.binary)
        end
    end
    return values, count
end

---One result, or an array of them when there are several.
---@param sql string
---@param ... any  values for $1, $2 ...: then one statement only
---@return table|true|nil result
---@return integer|string count  of results; or err
---@return any ...  notifications and notices; or the results before the failed
---  one, their count, notifications and notices
function Postgres:query(sql, ...)
    if sql:find("\0", 1, true) then
        return nil, "invalid null byte in query"
    elseif not self.lease then
        return receive_failure(nil, "closed")
    end

    local results, err, code, fields, partial, _

    if select("#", ...) == 0 then
        results, err, code, _, fields, partial = native.ask(self.lease,
            self.timeout, self.plain, sql)
    else
        local values, count = serialize(self, ...)
        if not values then
            return nil, count
        end
        results, err, code, _, fields, partial = native.ask(self.lease,
            self.timeout, self.plain, sql, unpack(values, 1, count))
    end

    if results then
        return shape_all(self, results)
    elseif results == false then
        return nil, "ERROR: " .. err
    end
    return query_failure(self, err, code, fields, partial)
end

Postgres.simple_query = Postgres.query
Postgres.extended_query = Postgres.query

---The first of what LISTEN brings, and no statement's result has brought.
---When none comes in time the connection is as good as before.
---@return table? event  { operation, pid, channel, payload }
---@return string? err
function Postgres:wait_for_notification()
    if not self.lease then
        return receive_failure(nil, "closed")
    end

    local events, err, code = native.hear(self.lease, self.timeout)
    if events then
        return finish_event(events[1])
    end
    return receive_failure(err, events == nil and code or "closed")
end

---From now on values come as texts, to be made by these.
---@param oid integer
---@param name string
---@param decode? fun(self: pgmoon.Postgres, text: string, name: string): any
function Postgres:set_type_deserializer(oid, name, decode)
    if not self.plain then
        self.plain = true
        self.PG_TYPES = copy(self.PG_TYPES)
        self.type_deserializers = copy(self.type_deserializers)
    end

    self.PG_TYPES[assert(tonumber(oid))] = name
    if decode then
        self.type_deserializers[name] = decode
    end
end

---The extension's type, which has another number in each database.
function Postgres:setup_hstore()
    local rows = assert(self:query(
        "SELECT oid FROM pg_type WHERE typname = 'hstore'"))

    assert(rows[1], "hstore oid not found")
    self:set_type_deserializer(tonumber(rows[1].oid), "hstore")
end

Postgres.set_type_oid = Postgres.set_type_deserializer

---@param name string
---@return string
function Postgres.escape_identifier(_, name)
    return '"' .. tostring(name):gsub('"', '""') .. '"'
end

---@param value any
---@return string
function Postgres:escape_literal(value)
    local kind = type(value)

    if value == (self or Postgres).NULL then
        return "NULL"
    elseif kind == "number" then
        return tostring(value)
    elseif kind == "string" then
        return "'" .. value:gsub("'", "''") .. "'"
    elseif kind == "boolean" then
        return value and "TRUE" or "FALSE"
    end
    error("don't know how to escape value: " .. tostring(value))
end

---@param bytes string
---@return string
function Postgres.encode_bytea(_, bytes)
    return "E'\\\\x" .. bytes:gsub(".", function(byte)
        return ("%02x"):format(byte:byte())
    end) .. "'"
end

---@param text string
---@return string
function Postgres.decode_bytea(_, text)
    if text:sub(1, 2) == "\\x" then
        return (text:sub(3):gsub("..", function(hex)
            return string.char(tonumber(hex, 16))
        end))
    end
    return (text:gsub("\\(%d%d%d)", function(octal)
        return string.char(tonumber(octal, 8))
    end))
end

return { Postgres = Postgres, new = Postgres.new, VERSION = "1.17.0" }
