-- SPDX-License-Identifier: MIT
--- What controllers inherit. `self` is made for each request; the controller's
--- own table is never written to.

local halt = require("pandan.halt")
local helpers = require("pandan.helpers")
local json = require("pandan.json")
local validation = require("pandan.validation")
local views = require("pandan.view")

---@class pandan.controller
---@field app pandan.application
---@field request pandan.request
---@field response pandan.response
---@field params table
---@field query table
---@field body table
---@field files table
---@field cookies table<string, string>
---@field session pandan.session
---@field controller_name string  "posts"
---@field action_name string      "index"
local controller = {}

-- Fields that are the request's.
local FROM_REQUEST = {
    params = true, query = true, body = true, files = true, cookies = true,
    session = true, route = true,
}

---The metatable of an action's requests.
---@param entry pandan.entry
function controller.metatable(entry)
    local own = entry.own

    return {
        __index = function(self, key)
            local value = own[key]
            if value ~= nil then
                return value
            end

            value = controller[key]
            if value ~= nil then
                return value
            end

            if FROM_REQUEST[key] then
                return rawget(self, "request")[key]
            elseif key == "controller_name" then
                return entry.name
            elseif key == "action_name" then
                return entry.action_name
            end
        end,
    }
end

---Answers with a view of this controller, or with the data as JSON when that
---is asked for.
---@param data? table
---@param name? string  of the view; the action's unless given
function controller:view(data, name)
    if data and self.request:wants_json() then
        local key = next(data)
        if key ~= nil and next(data, key) == nil then
            data = data[key]
        end
        return self:json(data)
    end
    return self:html(self:render(name, data))
end

---The text of a view.
---@param name? string
---@param data? table
function controller:render(name, data)
    name = name or self.action_name
    if not name:find("/", 1, true) then
        name = self.controller_name .. "/" .. name
    end

    local all = data or {}
    if rawget(self, "assigned") then
        all = views.laid_over(data, rawget(self, "assigned"))
    end
    return self.app.views:render(name, all, helpers.of(self.request))
end

function controller:html(text, status)
    local response = self.response
    response.status = status or response.status
    response:set_type("text/html; charset=utf-8", "if none")
    response.body = text
    return response
end

function controller:text(text, status)
    self.response:set_type("text/plain; charset=utf-8")
    return self:html(text, status)
end

function controller:json(value, status)
    local text, err = json.encode(value)
    if not text then
        error("cannot answer with JSON: " .. err, 2)
    end

    local response = self.response
    response.status = status or response.status
    response:set_type("application/json")
    response.body = text
    return response
end

---Sends the browser elsewhere: to a path, a whole URL, or a named route.
---@param target string
---@param object? any      of the route
---@param status? integer  302; 303 after a form
function controller:redirect(target, object, status)
    if not target:find("/", 1, true) and self.app:has_route(target) then
        target = self.app:url(target, object)
    elseif type(object) == "number" then
        status = object
    end

    local unsafe = self.request.method ~= "GET"
    self.response:redirect(target, status or unsafe and 303 or 302)
    return self
end

---Keeps a text for the next page; `self:redirect(…):flash("notice", …)`.
function controller:flash(kind, text)
    self.session:put_flash(kind, text)
    return self
end

function controller:status(status)
    self.response.status = status
    return self
end

function controller:header(name, value)
    self.response:header(name, value)
    return self
end

function controller:cookie(name, value, options)
    self.response:cookie(name, value, options)
    return self
end

---Ends the action with an error page.
---@param status integer
---@param message? string
function controller:abort(status, message)
    halt.with(status, message)
end

---Ends the action with an error of config/errors.lua.
---@param code integer
---@param attributes? table
function controller:raise_error(code, attributes)
    local known = self.app.config.errors[code]
    if not known then
        error("config/errors.lua has no error " .. tostring(code), 2)
    end
    halt.with(known.status or 500, known.message, {
        code = code, attributes = attributes, headers = known.headers,
    })
end

---The checked input, or the end of the action: a form goes back with errors
---and what was typed, JSON gets 422.
---@param rules table
---@param options? table  of pandan.validation, and `input`
---@return table
function controller:validate(rules, options)
    local input = options and options.input or self.params

    -- a record that is edited may keep what must be unique
    options = options or { ignore = self.request.route_params.id }

    local checked, errors = validation.check(input, rules, options)

    if not checked then
        halt.with(422, "the input is not valid", { errors = errors })
    end
    return checked
end

local function done(self, target, object, text, status)
    if self.request:wants_json() then
        self.response.status = status
        if object and status ~= 204 then
            return self:json(object, status)
        end
        self.response.body = ""
        return self.response
    end

    self:redirect(target, object, 303)
    return self:flash("notice", text)
end

---After a form made something: 303 and a notice, or 201 and the record.
---@param target string  a named route
---@param object table
---@param text string
function controller:created(target, object, text)
    if self.request:wants_json() then
        self.response:header("Location", self.app:url(target, object))
    end
    return done(self, target, object, text, 201)
end

function controller:updated(target, object, text)
    return done(self, target, object, text, 200)
end

---@param target string
---@param text string
function controller:deleted(target, text)
    return done(self, target, nil, text, 204)
end

-- Vanilla's names.

function controller:getRequest()
    return self.request
end

function controller:getResponse()
    return self.response
end

local vanilla_view = {}
vanilla_view.__index = vanilla_view

function vanilla_view:assign(key, value)
    local owner = self.owner
    local all = rawget(owner, "assigned") or {}

    if type(key) == "table" then
        for k, v in pairs(key) do
            all[k] = v
        end
    else
        all[key] = value
    end
    rawset(owner, "assigned", all)
end

function vanilla_view:display(name)
    return self.owner:render(name)
end

function vanilla_view:render(name, data)
    return self.owner:render(name, data)
end

function controller:getView()
    return setmetatable({ owner = self }, vanilla_view)
end

function controller:display(name, data)
    return self:render(name, data)
end

---Only the parameters of these names.
function controller:accepted_params(names, params)
    local from, found = params or self.params, {}
    for _, name in ipairs(names) do
        found[name] = from[name]
    end
    return found
end

return controller
