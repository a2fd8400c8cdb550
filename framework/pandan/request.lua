-- SPDX-License-Identifier: MIT
--- A request as controllers see it. What costs is worked out when it is asked
--- for, once: headers, parameters, cookies, session, body.
---
--- Where the bytes come from is the source's business: `request_nginx.lua` for
--- a client, `test.lua` for a spec.

local cookie = require("pandan.cookie")
local native = require("pandan.native")
local params = require("pandan.params")

---@class pandan.request_source
---@field query_string fun(): string
---@field headers fun(): table<string, string|string[]>  lower-case names
---@field header fun(name: string): string?  one of them
---@field body fun(): string?, string?  the text, or nil and its file
---@field remote_addr fun(): string
---@field scheme fun(): string

---@class pandan.request
---@field app pandan.application
---@field source pandan.request_source
---@field method string
---@field sent_method string   before `_method` of a form changed it
---@field path string
---@field route pandan.route?
---@field route_params table<string, string>
---@field headers table
---@field query table
---@field body table
---@field files table
---@field params table
---@field cookies table<string, string>
---@field session pandan.session
---@field id string  of the request, for logs and pages
local request = {}

local getters = {}

-- Ids: of the worker, by chance, then counted.
local id_of_worker
local count = 0

---Begins another row of ids. Each worker does when it starts: its VM was made
---in the master, and no two may share ids.
function request.new_ids()
    id_of_worker = native.crypto.base64url(native.crypto.random(9)) .. "-"
end

local meta = {
    __index = function(self, key)
        local method = request[key]
        if method ~= nil then
            return method
        end

        local get = getters[key]
        if get then
            local value = get(self)
            rawset(self, key, value)
            return value
        end
    end,
}

---@param app pandan.application
---@param source pandan.request_source
---@param method string
---@param path string  decoded, without the query
---@return pandan.request
function request.new(app, source, method, path)
    -- With room for what nearly all get later. With one more it would be twice
    -- as large, and would have to grow when it gets them.
    local self = setmetatable({
        app = app, source = source, method = method, path = path,
        number = nil, route = nil, remote_addr = nil, route_params = nil,
    }, meta)
    return self
end

-- A header by its name in lower case.
local function lower_header(self, name)
    local value
    if rawget(self, "headers") then
        value = self.headers[name]
    else
        value = self.source.header(name)
    end
    if type(value) == "table" then
        return value[1]
    end
    return value
end

function getters:headers()
    return self.source.headers()
end

function getters:query()
    return params.query(self.source.query_string())
end

-- Reading the body gives both the fields and the files.
local function read_body(self)
    local fields, files = params.body(self)
    rawset(self, "body", fields)
    rawset(self, "files", files)
end

function getters:body()
    read_body(self)
    return rawget(self, "body")
end

function getters:files()
    read_body(self)
    return rawget(self, "files")
end

function getters:route_params()
    return {}
end

-- One that is alone is taken without a loop: a loop of one turn would keep
-- what calls this from being compiled.
local function add(all, from)
    local key, value = next(from)
    if key == nil then
        return
    end

    all[key] = value
    key, value = next(from, key)
    while key ~= nil do
        all[key] = value
        key, value = next(from, key)
    end
end

---Parameters of the route, then the body, then the query.
function getters:params()
    local all = {}

    add(all, self.query)
    if params.may_have_body(self.method) then
        add(all, self.body)
    end
    add(all, self.route_params)
    return all
end

function getters:cookies()
    return cookie.parse(lower_header(self, "cookie") or "")
end

function getters:session()
    return self.app.sessions:read(self)
end

function getters:id()
    local text, number = self:id_parts()
    return number and text .. number or text
end

function getters:sent_method()
    return self.method
end

function getters:host()
    return lower_header(self, "host") or "localhost"
end

function getters:scheme()
    return self.source.scheme()
end

function getters:remote_addr()
    return self.source.remote_addr()
end

function getters:content_type()
    local value = lower_header(self, "content-type")
    return value and value:match("^%s*([^;%s]+)"):lower() or ""
end

---A header's value; of several the first.
---@param name string
---@return string?
function request:header(name)
    return lower_header(self, name:lower())
end

---The id as it is written out: most are written only, and need not become
---texts of their own.
---@return string text
---@return integer? number  what follows it
function request:id_parts()
    local id = rawget(self, "id")
    if id then
        return id
    end

    local number = rawget(self, "number")
    if not number then
        local given = lower_header(self, "x-request-id")
        if given and #given <= 64 and given:find("^[%w._-]+$") then
            rawset(self, "id", given)
            return given
        end
        if not id_of_worker then
            request.new_ids()
        end

        count = count + 1
        number = count
        rawset(self, "number", number)
    end
    return id_of_worker, number
end

function request:is_json()
    return self.content_type == "application/json"
        or self.content_type:find("+json", 1, true) ~= nil
end

---Whether the body is of a kind that a plain HTML form can send.
function request:is_form()
    local kind = self.content_type
    return kind == "application/x-www-form-urlencoded"
        or kind == "multipart/form-data" or kind == "text/plain"
end

---Whether the client would rather have JSON than HTML. Who does not say gets
---what it sent, or what the app is made for (`api = true`).
function request:wants_json()
    local accept = lower_header(self, "accept")

    if not accept or accept == "*/*" then
        return self.app.config.application.api == true or self:is_json()
    end

    local json = accept:find("json", 1, true)
    local html = accept:find("text/html", 1, true)
    return json ~= nil and (html == nil or json < html)
end

-- Vanilla's names.

function request:getHeader(name)
    return self:header(name)
end

function request:getHeaders()
    return self.headers
end

function request:getMethod()
    return self.method
end

function request:isGet()
    return self.method == "GET"
end

function request:getParams()
    return self.params
end

function request:getParam(name)
    return self.params[name]
end

function request:setParam(name, value)
    self.params[name] = value
end

return request
