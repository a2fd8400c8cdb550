-- SPDX-License-Identifier: MIT
--- Services: TCP and UDP servers of the app, beside its pages and in the same
--- workers. A service is a table with some of connect, data (of UDP: packet)
--- and close; each client has a `self` of its own that falls back to it.
---
---     local Echo = Service()
---     function Echo:data(line)
---         return line:upper()
---     end
---     return Echo

local service = {}

-- What a line may hold at most, unless the service says otherwise: a client
-- that never ends one must not fill the memory.
local MAX_LINE = 65536
local CHUNK = 16384

-- The status of a session whose client has gone.
local CLIENT_CLOSED = 499

-- Errors of a socket that are no fault of ours, and what close() is told.
local GONE = {
    closed = "closed", timeout = "timeout", ["client aborted"] = "closed",
}

---@class pandan.service
---@field frame "line"|"any"|integer|fun(self: pandan.service): string?, string?
---  what one call of data() is given: a line without its end, whatever came,
---  so many bytes, or what the function makes of self.socket
---@field max_line integer
---@field app pandan.application
---@field name string
---@field socket table       the client's connection
---@field remote_addr string
local base = { frame = "line", max_line = MAX_LINE }
base.__index = base

---Sends bytes as they are.
---@param ... string|number
---@return integer? sent
---@return string? err
function base:send(...)
    return self.socket:send({ ... })
end

---Ends the connection when the current call has returned.
---@param reason? string  for close()
function base:stop(reason)
    self.stopped = reason or "stopped"
end

local meta = { __index = base }

---Whether a value was made by Service().
function service.is_service(value)
    return type(value) == "table" and getmetatable(value) == meta
end

-- A line is taken in parts of the greatest length: what comes then, if it is
-- not the end of the line, is too much.
local function read_line(self)
    local line, err, part = self.next_line(self.max_line)

    if not line then
        if not err then
            return ""
        end
        return nil, err, part
    end

    local more = self.next_line(1)

    if more then
        return nil, "line too long"
    end
    return (line:gsub("\r$", ""))
end

local function reader(self)
    local frame = self.frame

    if type(frame) == "function" then
        return frame
    elseif frame == "any" then
        return function()
            return self.socket:receiveany(CHUNK)
        end
    elseif type(frame) == "number" then
        return function()
            return self.socket:receive(frame)
        end
    elseif frame == "line" then
        self.next_line = self.socket:receiveuntil("\n")
        return read_line
    end

    error("the frame of service '" .. self.name .. "' is neither \"line\", "
        .. "\"any\", a number nor a function", 0)
end

local function answer(self, text)
    if text == nil then
        return true
    end
    if type(text) ~= "string" then
        error("data() of service '" .. self.name .. "' returned a "
            .. type(text) .. ", not a string", 0)
    end
    if self.frame == "line" then
        return self.socket:send({ text, "\n" })
    end
    return self.socket:send(text)
end

-- One client from its connect() on; gives the reason for close().
local function talk(self)
    local read = reader(self)

    if self.connect then
        local ok, err = answer(self, self:connect())
        if not ok then
            return err
        end
    end

    while not self.stopped do
        local data, err = read(self)
        if not data then
            return err or "closed"
        end

        local ok, problem = answer(self, self:data(data))
        if not ok then
            return problem
        end
    end

    return self.stopped
end

local function answer_packet(self)
    local data = self.socket:receive()
    if not data then
        return
    end

    local text = self:packet(data)
    if text ~= nil then
        self.socket:send(text)
    end
end

local function explain(raised)
    if type(raised) == "table" then
        return tostring(rawget(raised, "message") or raised)
    end
    return debug.traceback(tostring(raised), 2)
end

local function report(name, problem)
    ngx.log(ngx.ERR, "service '", name, "': ", problem)
end

---The class of application/services/NAME.lua.
---@param app pandan.application
---@param name string
function service.load(app, name)
    local class = app.loader:load("application/services/" .. name)

    if not service.is_service(class) then
        error("application/services/" .. name .. ".lua must return what "
            .. "Service() gave", 0)
    end
    return class
end

local function client(app, name)
    local class = service.load(app, name)
    local socket, err = ngx.req.socket(true)

    if not socket then
        error(err, 0)
    end

    return setmetatable({
        app = app, name = name, socket = socket,
        remote_addr = ngx.var.remote_addr,
        settings = app.config.services[name] or {},
    }, { __index = class })
end

-- Tells the service, once, why it is over.
local function finish(self, reason)
    if not self.close or self.finished then
        return
    end
    self.finished = true

    local closed, err = xpcall(self.close, explain, self, reason)
    if not closed then
        report(self.name, err)
    end
end

-- nginx looks whether the client has gone while its code waits for something
-- else, and would end the code without a word.
local function watch(self)
    ngx.on_abort(function()
        finish(self, "closed")
        ngx.exit(CLIENT_CLOSED)
    end)
end

local function serve_client(self)
    if self.close then
        watch(self)
    end

    local ok, reason = xpcall(talk, explain, self)

    if not ok then
        report(self.name, reason)
        reason = "error"
    elseif GONE[reason] then
        reason = GONE[reason]
    elseif reason ~= self.stopped then
        ngx.log(ngx.INFO, "service '", self.name, "': ", reason)
    end

    finish(self, reason)
end

local function serve_packet(self)
    local ok, problem = xpcall(answer_packet, explain, self)

    if not ok then
        report(self.name, problem)
    end
end

---Serves the client at hand; called by the rendered configuration.
---@param app pandan.application
---@param name string
function service.serve(app, name)
    if app.broken then
        return report(name, tostring(app.broken.message or app.broken))
    end

    local made, self = xpcall(client, explain, app, name)
    if not made then
        return report(name, self)
    end

    if ngx.var.protocol == "UDP" then
        return serve_packet(self)
    end
    return serve_client(self)
end

return setmetatable(service, {
    __call = function()
        return setmetatable({}, meta)
    end,
})
