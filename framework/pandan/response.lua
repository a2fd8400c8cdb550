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

---Sets a header; nil removes it. Line breaks are refused.
---@param name string
---@param value string|number|string[]|nil
function response:header(name, value)
    if name:find("[^%w%-_]") then
        error("'" .. name .. "' is no name of a header", 2)
    end

    for _, text in ipairs(type(value) == "table" and value or { value }) do
        if tostring(text):find("[\r\n%z]") then
            error("the value of header '" .. name .. "' has a line break", 2)
        end
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

---Whether it has no header but its type: most have not.
function response:is_bare()
    return rawget(self, "headers") == nil
end

---Writes it to nginx's client.
---@param fixed? fun(id: string, number?: integer)  adds what every response of
---  the app has
function response:send(fixed)
    local headers = rawget(self, "headers")
    local content_type = self.content_type

    if headers then
        local out = ngx.header

        content_type = headers["Content-Type"]
        for name, value in pairs(headers) do
            if name ~= "Content-Type" then
                out[name] = value
            end
        end
    end

    if fixed then
        fixed(self.request:id_parts())
    end
    runtime.respond(self.status, content_type, self.body)
end

return response
