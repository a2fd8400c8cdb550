-- SPDX-License-Identifier: MIT
--- A response: gathered as a table, written once at the end.

local cookie = require("pandan.cookie")

-- Outside of nginx (specs) nothing is sent.
local runtime = ngx and require("pandan.runtime")

---@class pandan.response
---@field status integer
---@field headers table<string, string|string[]>  made at the first look
---@field content_type string?  until then, all that there is of headers
---@field body string
---@field request pandan.request
local response = {}

local meta = {
    __index = function(self, key)
        if key == "headers" then
            local headers = { ["Content-Type"] = self.content_type }
            rawset(self, "headers", headers)
            return headers
        end
        return response[key]
    end,
}

---@return pandan.response
function response.new(request)
    local self = setmetatable({
        request = request, status = 200, body = "", content_type = nil,
    }, meta)
    return self
end

-- Names are the code's, and few: each is looked at once.
local MAX_NAMES = 1000

local names, count = {}, 0

local function is_name(text)
    if names[text] then
        return true
    end
    if text:find("[^%w%-_]") then
        return false
    end
    if count < MAX_NAMES then
        names[text] = true
        count = count + 1
    end
    return true
end

local function has_break(value)
    if type(value) == "table" then
        for _, each in ipairs(value) do
            if has_break(each) then
                return true
            end
        end
        return false
    end

    -- plain searches, which are compiled
    local text = tostring(value)
    return text:find("\n", 1, true) or text:find("\r", 1, true)
        or text:find("\0", 1, true)
end

---Sets a header; nil removes it. Line breaks are refused.
---@param name string
---@param value string|number|string[]|nil
function response:header(name, value)
    if not is_name(name) then
        error("'" .. name .. "' is no name of a header", 2)
    end
    if value ~= nil and has_break(value) then
        error("the value of header '" .. name .. "' has a line break", 2)
    end

    self.headers[name] = value
    return self
end

---@param value string
---@param if_none? any  true-like: unless there is one already
function response:set_type(value, if_none)
    local headers = rawget(self, "headers")

    if headers then
        headers["Content-Type"] = if_none and headers["Content-Type"] or value
    else
        self.content_type = if_none and self.content_type or value
    end
end

---Whether a header has been set, without a look at `headers`.
---@param name string
function response:has(name)
    local headers = rawget(self, "headers")
    return headers ~= nil and headers[name] ~= nil
end

---Sends a cookie; see cookie.lua for the options.
function response:cookie(name, value, options)
    local list = self.headers["Set-Cookie"]
    if not list then
        list = {}
        self.headers["Set-Cookie"] = list
    end

    list[#list + 1] =
        cookie.build(name, value, options, self.request.scheme == "https")
    return self
end

---@param url string   a path or a whole URL
---@param status? integer  302
function response:redirect(url, status)
    self.status = status or 302
    self:header("Location", url)
    self.headers["Content-Type"] = nil
    self.body = ""
    return self
end

-- Vanilla's names.

function response:setBody(text)
    self.body = text
end

function response:getBody()
    return self.body
end

function response:clearBody()
    self.body = ""
end

function response:appendBody(text)
    self.body = self.body .. text
end

function response:prependBody(text)
    self.body = text .. self.body
end

function response:setStatus(status)
    self.status = status
end

function response:setHeader(name, value)
    return self:header(name, value)
end

function response:setHeaders(all)
    for name, value in pairs(all) do
        self:header(name, value)
    end
end

function response:getHeader(name)
    return self.headers[name]
end

function response:clearHeaders()
    self.headers = {}
end

-- By recursion: a loop of few turns would keep the page that has it from being
-- compiled.
local function set_all(out, headers, last)
    local name, value = next(headers, last)

    if name == nil then
        return
    end
    if name ~= "Content-Type" then
        out[name] = value
    end
    return set_all(out, headers, name)
end

---Writes it to nginx's client.
---@param fixed fun(id: string, number?: integer)  adds what every response of
---  the app has, unless it is set here
function response:send(fixed)
    local headers = rawget(self, "headers")
    local content_type = self.content_type

    if headers then
        content_type = headers["Content-Type"]
        set_all(ngx.header, headers)
    end

    fixed(self.request:id_parts())
    runtime.respond(self.status, content_type, self.body)
end

return response
