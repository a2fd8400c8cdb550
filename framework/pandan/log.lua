-- SPDX-License-Identifier: MIT
--- The request log: one line each, JSON in production, text elsewhere. Lines
--- gather and are written together, so that a request seldom waits for a file.

local context = require("pandan.context")
local json = require("pandan.json")
local text_buffer = require("pandan.text_buffer")

---@class pandan.log
---@field lines pandan.text_buffer
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

local function tenths(ms)
    local n = math.floor(ms * 10 + 0.5)
    return math.floor(n / 10) .. "." .. n % 10
end

---@param options { file?: string, format: "json"|"text"|"none" }
---@return pandan.log
function log.new(options)
    return setmetatable({
        path = options.file, format = options.format,
        lines = text_buffer.new(),
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
    if self.lines.length == 0 then
        return
    end

    local file = output(self)
    file:write(self.lines:take())
    file:flush()
end

local function end_line(self)
    self.lines:put("\n")
    if self.lines.length >= MAX_WAITING or self.format == "text" then
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

local kept, count = {}, 0

local function quoted(text)
    local found = kept[text]
    if found then
        return found
    end

    found = json.encode(text, { replace = true })
    if count == MAX_KEPT then
        kept, count = {}, 0
    end
    kept[text] = found
    count = count + 1
    return found
end

local NONE = {}

local function put_json(out, request, response, ms)
    local route = request.route
    local queries = rawget(request, "queries") or NONE

    out:put('{"action":')
    out:put(route and quoted(route.controller .. "@" .. route.action)
        or "null")
    out:put(',"client":')
    out:put(quoted(request.remote_addr))
    out:put(',"id":"')
    out:put(request.id)
    out:put('","method":')
    out:put(quoted(request.sent_method))
    out:put(',"ms":')
    out:put(tenths(ms))
    out:put(',"path":')
    out:put(quoted(request.path))
    out:put(',"queries":')
    out:put(tostring(#queries))
    out:put(',"query_ms":')
    out:put(time_of_queries(queries))
    out:put(',"status":')
    out:put(tostring(response.status))
    out:put(',"time":"')
    out:put(time_text())
    out:put('"}')
end

local function as_text(request, response, ms)
    local route = request.route
    local queries = rawget(request, "queries") or NONE

    return ("%s %d %s %s  %.1f ms%s%s  [%s]"):format(
        time_text():sub(12, 19), response.status, request.sent_method,
        -- a line is a line, whatever was in the path
        (request.path:gsub("%c", "?")), ms,
        route and "  " .. route.controller .. "@" .. route.action or "",
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
