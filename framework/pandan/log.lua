-- SPDX-License-Identifier: MIT
--- The request log: one line each, JSON in production, text elsewhere. Lines
--- gather and are written together, so that a request seldom waits for a file.

local context = require("pandan.context")
local json = require("pandan.json")
local string_buffer = require("string.buffer")

---@class pandan.log
---@field lines table  a buffer of LuaJIT's: texts in it are none of Lua's heap
local log = {}
log.__index = log

-- Bytes that are gathered before they are written.
local MAX_WAITING = 16384

local time = ngx and ngx.time or os.time

-- The text of a second is made once.
local second, second_text

local function time_text()
    local at = time()
    if at ~= second then
        second, second_text = at, os.date("!%Y-%m-%dT%H:%M:%SZ", at)
    end
    return second_text
end

-- Most requests are as short as another one: their texts are made once.
local short_times = {}

local function tenths(ms)
    local n = math.floor(ms * 10 + 0.5)
    local text = short_times[n]

    if not text then
        text = math.floor(n / 10) .. "." .. n % 10
        if n < 1000 then
            short_times[n] = text
        end
    end
    return text
end

---@param options { file?: string, format: "json"|"text"|"none" }
---@return pandan.log
function log.new(options)
    return setmetatable({
        path = options.file, format = options.format,
        lines = string_buffer.new(MAX_WAITING),
    }, log)
end

-- Opened by each worker for itself.
local function output(self)
    if not self.file then
        local err
        if self.path then
            self.file, err = io.open(self.path, "a")
        else
            self.file = io.stderr
        end
        if not self.file then
            io.stderr:write("cannot open the log: ", err, "\n")
            self.file = io.stderr
        end
    end
    return self.file
end

---Writes what has gathered.
function log:flush()
    local lines = self.lines
    if #lines == 0 then
        return
    end

    local file = output(self)
    file:write(lines)
    file:flush()
    lines:reset()
end

local function end_line(self)
    self.lines:put("\n")
    if #self.lines >= MAX_WAITING or self.format == "text" then
        self:flush()
    end
end

local function add(self, text)
    self.lines:put(text)
    end_line(self)
end

local function time_of_queries(queries)
    local ms = 0
    for i = 1, #queries do
        ms = ms + queries[i].ms
    end
    return tenths(ms)
end

-- What a client chose is text of any kind; all else here is ours and plain.
-- Paths and addresses come again: what has been quoted is kept for a while.
local MAX_KEPT = 1000

local function field(before)
    return { before = before, kept = {}, count = 0 }
end

local action_field = field('{"action":')
local client_field = field(',"client":')
local method_field = field(',"method":')
local path_field = field(',"path":')

-- A field with its text as it stands in a line.
local function quoted(of, text)
    local found = of.kept[text]
    if found then
        return found
    end

    found = of.before .. json.encode(text, { replace = true })
    if of.count == MAX_KEPT then
        of.kept, of.count = {}, 0
    end
    of.kept[text] = found
    of.count = of.count + 1
    return found
end

-- Without making it a field of every request.
local function sent_method(request)
    return rawget(request, "sent_method") or request.method
end

local function put_queries(out, queries)
    if queries then
        out:put(',"queries":', #queries, ',"query_ms":',
            time_of_queries(queries))
    else
        out:put(',"queries":0,"query_ms":0.0')
    end
end

local function put_id(out, request)
    local text, number = request:id_parts()

    if number then
        -- unlike put(), it makes no text of the number first
        out:putf(',"id":"%s%d"', text, number)
    else
        out:put(',"id":"', text, '"')
    end
end

local function put_json(out, request, response, ms)
    local route = request.route

    out:put(route and quoted(action_field, route.target)
        or '{"action":null')
    out:put(quoted(client_field, request.remote_addr))
    put_id(out, request)
    out:put(quoted(method_field, sent_method(request)))
    out:put(',"ms":', tenths(ms))
    out:put(quoted(path_field, request.path))
    put_queries(out, rawget(request, "queries"))
    out:put(',"status":', response.status, ',"time":"', time_text(), '"}')
end

local NONE = {}

local function as_text(request, response, ms)
    local route = request.route
    local queries = rawget(request, "queries") or NONE

    return ("%s %d %s %s  %.1f ms%s%s  [%s]"):format(
        time_text():sub(12, 19), response.status, sent_method(request),
        -- a line is a line, whatever was in the path
        (request.path:gsub("%c", "?")), ms,
        route and "  " .. route.target or "",
        #queries > 0 and ("  %d queries %.1f ms"):format(#queries,
            time_of_queries(queries)) or "",
        request.id)
end

---After a request.
---@param request pandan.request
---@param response pandan.response
---@param ms number
function log:request(request, response, ms)
    if self.format == "json" then
        put_json(self.lines, request, response, ms)
        end_line(self)
    elseif self.format == "text" then
        add(self, as_text(request, response, ms))
    end
end

---A fault: what nobody meant to happen.
---@param request pandan.request
---@param err table
function log:fault(request, err)
    if self.format == "none" then
        return
    end

    if self.format == "json" then
        return add(self, json.encode({
            time = time_text(), level = "error",
            id = request.id, method = request.method, path = request.path,
            message = tostring(err.message), trace = err.trace,
        }, { sort = true, replace = true }))
    end
    add(self, "error: " .. tostring(err.message) .. (err.trace or ""))
end

---Notes a query with the request that made it; for pandan.db.on_query.
function log.note_query(sql, _, ms)
    local request = context.request()
    if not request then
        return
    end

    local queries = rawget(request, "queries")
    if not queries then
        queries = {}
        rawset(request, "queries", queries)
    end
    queries[#queries + 1] = { sql = sql, ms = ms }
end

return log
