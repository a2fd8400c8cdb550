-- SPDX-License-Identifier: MIT
--- A small HTTP/1.1 client over LuaSocket that shows what really came:
--- nothing is followed, decoded or hidden.
local paths = require("support.paths")
local socket = require("socket")

local http = {}

local TIMEOUT = 30 * paths.slowness

local Connection = {}

Connection.__index = Connection

--- Header fields by lower-case name; one that came twice is joined by ", ",
--- and all values of it are in `list`.
local Headers = {}

function Headers:__index(name)
    local values = rawget(self, "_lists")[tostring(name):lower()]

    return values and table.concat(values, ", ")
end

local function new_headers()
    return setmetatable({ _lists = {}, _order = {} }, Headers)
end

local function add_header(headers, name, value)
    local lists = rawget(headers, "_lists")
    local key = name:lower()

    lists[key] = lists[key] or {}
    table.insert(lists[key], value)
    table.insert(rawget(headers, "_order"), name)
end

---All values of a header field of a response.
---@return string[]
function http.values(response, name)
    return rawget(response.headers, "_lists")[name:lower()] or {}
end

---@param port integer|string  a port of 127.0.0.1, or a unix socket's path
---@return table? connection
---@return string? err
function http.connect(port, timeout)
    local sock, ok, err

    if type(port) == "string" then
        sock = require("socket.unix")()
        sock:settimeout(timeout or TIMEOUT)
        ok, err = sock:connect(port)
    else
        sock = socket.tcp()
        sock:settimeout(timeout or TIMEOUT)
        ok, err = sock:connect("127.0.0.1", port)

        if ok then
            sock:setoption("tcp-nodelay", true)
        end
    end

    if not ok then
        sock:close()

        return nil, err
    end

    return setmetatable({ sock = sock }, Connection)
end

---Bytes as they are.
function Connection:send(bytes)
    return self.sock:send(bytes)
end

---@param pattern? integer|string  as LuaSocket's receive
function Connection:receive(pattern)
    local data, err, partial = self.sock:receive(pattern)

    return data or partial, err
end

---All that comes until the other side closes.
function Connection:receive_all()
    local data, _, partial = self.sock:receive("*a")

    return data or partial or ""
end

function Connection:close()
    self.sock:close()
end

--- Closes with a reset instead of a goodbye.
function Connection:abort()
    self.sock:setoption("linger", { on = true, timeout = 0 })
    self.sock:close()
end

local function encode(method, path, options)
    local lines = { ("%s %s HTTP/1.1"):format(method, path) }
    local seen = {}

    for name, value in pairs(options.headers or {}) do
        seen[name:lower()] = true

        for _, one in ipairs(type(value) == "table" and value or { value }) do
            lines[#lines + 1] = name .. ": " .. tostring(one)
        end
    end

    if not seen.host then
        lines[#lines + 1] = "Host: localhost"
    end

    if options.body and not seen["content-length"]
        and not seen["transfer-encoding"]
    then
        lines[#lines + 1] = "Content-Length: " .. #options.body
    end

    return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (options.body or "")
end

---Sends a request; options: headers, body.
function Connection:request(method, path, options)
    self.method = method

    return self:send(encode(method, path, options or {}))
end

local function read_head(conn)
    local line, err = conn.sock:receive("*l")

    if not line then
        return nil, err
    end

    local version, status, reason =
        line:match("^HTTP/(%d%.%d) (%d%d%d) ?(.*)$")

    if not status then
        return nil, "bad status line: " .. line
    end

    local response = {
        version = version,
        status = tonumber(status),
        reason = reason,
        headers = new_headers(),
    }

    while true do
        line, err = conn.sock:receive("*l")

        if not line then
            return nil, err
        end

        if line == "" then
            return response
        end

        local name, value = line:match("^([^:]+):%s*(.-)%s*$")

        if not name then
            return nil, "bad header line: " .. line
        end

        add_header(response.headers, name, value)
    end
end

local function read_chunks(conn)
    local parts = {}

    while true do
        local line, err = conn.sock:receive("*l")
        local size = line and tonumber(line:match("^%x+") or "", 16)

        if not size then
            return table.concat(parts), err or "bad chunk: " .. line
        end

        if size == 0 then
            repeat
                line, err = conn.sock:receive("*l")
            until not line or line == ""

            return table.concat(parts), err
        end

        local data, bad, partial = conn.sock:receive(size)

        parts[#parts + 1] = data or partial

        if not data then
            return table.concat(parts), bad
        end

        conn.sock:receive(2)
    end
end

local function read_body(conn, response)
    local headers = response.headers
    local length = tonumber(headers["content-length"])

    if conn.method == "HEAD" or response.status == 204
        or response.status == 304 or response.status < 200
    then
        return ""
    end

    if (headers["transfer-encoding"] or ""):lower():find("chunked") then
        response.chunked = true

        return read_chunks(conn)
    end

    if length then
        local data, err, partial = conn.sock:receive(length)

        return data or partial, not data and err or nil
    end

    return conn:receive_all()
end

---Reads one response: { status, reason, headers, body, err? }; `err` says
---why the body is not whole.
---@return table? response
---@return string? err
function Connection:response()
    local response, err = read_head(self)

    if not response then
        return nil, err
    end

    response.body, response.err = read_body(self, response)

    return response
end

---One request on a connection of its own.
---@param port integer|string
---@param path string
---@param options? table  method, headers, body, timeout
function http.get(port, path, options)
    options = options or {}

    local conn, err = http.connect(port, options.timeout)

    if not conn then
        return nil, err
    end

    local headers = { Connection = "close" }

    for name, value in pairs(options.headers or {}) do
        if name:lower() == "connection" then
            headers.Connection = nil
        end

        headers[name] = value
    end

    conn:request(options.method or (options.body and "POST") or "GET", path,
        { headers = headers, body = options.body })

    local response

    response, err = conn:response()
    conn:close()

    return response, err
end

return http
