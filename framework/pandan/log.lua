-- SPDX-License-Identifier: MIT
--- The request log: one line each, JSON in production, text elsewhere. Lines
--- gather and are written together, so that a request seldom waits for a file.

local context = require("pandan.context")
local json = require("pandan.json")

---@class pandan.log
---@field lines string[]
local log = {}
log.__index = log

local MAX_LINES = 64

-- The text of a second is made once.
local second, second_text

local function time_text()
    local at = os.time()
    if at ~= second then
        second, second_text = at, os.date("!%Y-%m-%dT%H:%M:%SZ", at)
    end
    return second_text
end

local function tenths(ms)
    return math.floor(ms * 10 + 0.5) / 10
end

---@param options { file?: string, format: "json"|"text"|"none" }
---@return pandan.log
function log.new(options)
    return setmetatable({
        path = options.file, format = options.format, lines = {},
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
    file:write(table.concat(lines))
    file:flush()
    self.lines = {}
end

local function add(self, text)
    self.lines[#self.lines + 1] = text .. "\n"
    if #self.lines >= MAX_LINES or self.format == "text" then
        self:flush()
    end
end

local function time_of_queries(queries)
    local ms = 0
    for i = 1, #queries do
        ms = ms + queries[i].ms
    end
    return tenths(ms)
end

-- What a client chose is text of any kind; all else here is ours and plain.
local function quoted(text)
    if text:find("^[%w/._ -]*$") then
        return '"' .. text .. '"'
    end
    return json.encode(text, { replace = true })
end

local NONE = {}

local function as_json(request, response, ms)
    local route = request.route
    local queries = rawget(request, "queries") or NONE

    return '{"action":'
        .. (route and quoted(route.controller .. "@" .. route.action)
            or "null")
        .. ',"client":' .. quoted(request.remote_addr)
        .. ',"id":"' .. request.id
        .. '","method":' .. quoted(request.sent_method)
        .. ',"ms":' .. tenths(ms)
        .. ',"path":' .. quoted(request.path)
        .. ',"queries":' .. #queries
        .. ',"query_ms":' .. time_of_queries(queries)
        .. ',"status":' .. response.status
        .. ',"time":"' .. time_text() .. '"}'
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
        add(self, as_json(request, response, ms))
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
