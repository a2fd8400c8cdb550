-- SPDX-License-Identifier: MIT
--- What every view can call, bound to the request that it is rendered for.

local csrf = require("pandan.csrf")
local json = require("pandan.json")
local views = require("pandan.view")

local helpers = {}

local makers = {}

function makers.url(request)
    return function(name, object)
        return request.app:url(name, object)
    end
end

function makers.csrf_token(request)
    return function()
        return csrf.token(request)
    end
end

function makers.csrf_field(request)
    return function()
        return '<input type="hidden" name="_csrf_token" value="'
            .. csrf.token(request) .. '">'
    end
end

function makers.flash(request)
    return function(kind)
        return request.session:taken().flash[kind]
    end
end

---What the user had typed in the form before it was refused.
function makers.old(request)
    return function(name, default)
        local value = request.session:taken().old[name]
        if value == nil then
            return default
        end
        return value
    end
end

---The texts about a field, a list; without a name all, by field.
function makers.errors(request)
    return function(name)
        local all = request.session:taken().errors
        if name == nil then
            return all
        end
        return all[name] or {}
    end
end

function makers.request(request)
    return request
end

function makers.params(request)
    return request.params
end

local plain = { e = views.escape }

function plain.method_field(method)
    return '<input type="hidden" name="_method" value="'
        .. views.escape(method) .. '">'
end

function plain.asset(path)
    return "/" .. path:gsub("^/+", "")
end

function plain.each(list)
    return ipairs(list or {})
end

function plain.json(value)
    return assert(json.encode(value, { html = true }))
end

-- The request's key, which no view can name.
local REQUEST = {}

local meta = {
    __index = function(self, key)
        local value = plain[key]
        if value == nil and makers[key] then
            value = makers[key](rawget(self, REQUEST))
            rawset(self, key, value)
        end
        return value
    end,
}

---@param request pandan.request
---@return table
function helpers.of(request)
    return setmetatable({ [REQUEST] = request }, meta)
end

return helpers
