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

local function fields_of(request, response, ms)
    local route = request.route
    local queries = rawget(request, "queries") or {}
    local in_queries = 0

    for _, query in ipairs(queries) do
        in_queries = in_queries + query.ms
    end

    return {
        time = os.date("!%Y-%m-%dT%H:%M:%SZ"),
        id = request.id,
        method = request.sent_method,
        path = request.path,
        status = response.status,
        ms = math.floor(ms * 10 + 0.5) / 10,
        action = route and route.controller .. "@" .. route.action or nil,
        queries = #queries,
        query_ms = math.floor(in_queries * 10 + 0.5) / 10,
        client = request.remote_addr,
    }
end

---After a request.
---@param request pandan.request
---@param response pandan.response
---@param ms number
function log:request(request, response, ms)
    if self.format == "none" then
        return
    end

    local fields = fields_of(request, response, ms)
    if self.format == "json" then
        return add(self, json.encode(fields, { sort = true, replace = true }))
    end

    add(self, ("%s %d %s %s  %.1f ms%s%s  [%s]"):format(
        fields.time:sub(12, 19), fields.status, fields.method, fields.path,
        fields.ms, fields.action and "  " .. fields.action or "",
        fields.queries > 0 and ("  %d queries %.1f ms"):format(fields.queries,
            fields.query_ms) or "", fields.id))
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
            time = os.date("!%Y-%m-%dT%H:%M:%SZ"), level = "error",
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
