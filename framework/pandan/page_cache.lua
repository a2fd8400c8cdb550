-- SPDX-License-Identifier: MIT
--- Keeps whole answers of actions, on the levels of pandan.cache:
---
---     local page_cache = require("pandan.page_cache")
---
---     return {
---         use = { page_cache.new { ttl = 60 }, only = { "index" } },
---         index = function(self) ... end,
---     }
---
--- A page that sets a cookie, looks at the session or says that it is private
--- is never kept, and who comes with a session never gets a kept one.

local cookie_parser = require("pandan.cookie")
local json = require("pandan.json")
local native = require("pandan.native")
local options = require("pandan.options")

local crypto = native.crypto

-- Outside of nginx (specs) nothing is kept.
local cache = ngx and require("pandan.cache")

---@class pandan.page_cache
local page_cache = {}
page_cache.__index = page_cache

-- Longer keys become a digest of themselves.
local MAX_KEY = 512

-- What may be kept.
local STATUSES = { [200] = true, [203] = true, [301] = true, [308] = true }

-- nginx's own business; it does not change what we keep.
local VARY_OF_NGINX = { ["accept-encoding"] = true }

local RULES = {
    ttl = { "number", default = 60, min = 0.001 },
    stale = { "number", default = 0, min = 0 },
    stale_if_error = { "number", default = 3600, min = 0 },
    wait = { "number", default = 5, min = 0 },
    pass_ttl = { "number", default = 10, min = 0.001 },
    arguments = { "table", also = "boolean" },
    headers = { "table" },
    cookies = { "table" },
    tags = { "table", also = "function" },
}

-- All pages are in one cache, so that a tag purges any of them.
local pages

local function kept()
    if not pages then
        pages = cache.new("pages", {
            remote = cache.options and cache.options.remote,
        })
    end
    return pages
end

local function lower_set(list)
    local set = {}

    for _, name in ipairs(list or {}) do
        set[name:lower()] = true
    end
    return set
end

---A plugin for the `use` of a controller or a group of routes.
---@param given? table
---  ttl        seconds; 60
---  arguments  names of those that make a page another; all unless given,
---             none with false
---  headers    names of those that do, told to others as Vary
---  cookies    names of those that do
---  tags       list, or function(request) that gives one
---  stale, stale_if_error, wait  as of pandan.cache
---@return pandan.page_cache
function page_cache.new(given)
    local o = options.check(given, RULES)
    local self = setmetatable(o, page_cache)

    self.varies = lower_set(o.headers)
    self.entry = {
        ttl = o.ttl, stale = o.stale, stale_if_error = o.stale_if_error,
        wait = o.wait, background = false, error_ttl = 0,
    }
    return self
end

---Adds tags to the page that is being made.
---@param response pandan.response
---@param ... string
function page_cache.tag(response, ...)
    local list = rawget(response, "page_tags") or {}

    for _, tag in ipairs({ ... }) do
        list[#list + 1] = tag
    end
    rawset(response, "page_tags", list)
end

---Forgets the pages with this tag, or all.
---@param tag? string
function page_cache.purge(tag)
    if cache then
        kept():purge(tag)
    end
end

local function cookies_of(request)
    return cookie_parser.parse(request:header("cookie") or "")
end

-- Whoever comes with a session, or a password, is somebody.
local function is_somebody(request, cookies)
    return request:header("authorization") ~= nil
        or cookies[request.app.sessions.name or ""] ~= nil
end

local function chosen(names, values)
    local list = {}

    for i, name in ipairs(names) do
        list[i] = values[name] or json.null
    end
    return list
end

local function arguments_of(self, request)
    if self.arguments == nil or self.arguments == true then
        return request.query
    elseif self.arguments == false then
        return {}
    end
    return chosen(self.arguments, request.query)
end

local function key_of(self, request, cookies)
    local headers = {}

    for i, name in ipairs(self.headers or {}) do
        headers[i] = request:header(name) or json.null
    end

    local text = json.encode({
        request.scheme, request.host, request.path, request:wants_json(),
        arguments_of(self, request), headers,
        chosen(self.cookies or {}, cookies),
    }, { sort = true })

    -- arguments may hold what is no text
    if not text then
        return nil
    end
    return #text <= MAX_KEY and text
        or crypto.base64url(crypto.sha256(text))
end

-- Does the answer differ by what is not in the key?
local function varies_otherwise(self, headers)
    local value = headers["Vary"]
    local text = type(value) == "table" and table.concat(value, ",")
        or value or ""

    for name in tostring(text):gmatch("[^,%s]+") do
        name = name:lower()
        if not self.varies[name] and not VARY_OF_NGINX[name] then
            return true
        end
    end
    return false
end

local function is_private(headers)
    local control = tostring(headers["Cache-Control"] or ""):lower()

    return headers["Set-Cookie"] ~= nil
        or control:find("private", 1, true) ~= nil
        or control:find("no-store", 1, true) ~= nil
        or control:find("no-cache", 1, true) ~= nil
end

local function may_keep(self, request, response)
    local headers = response.headers

    return STATUSES[response.status] and type(response.body) == "string"
        and rawget(request, "session") == nil and not is_private(headers)
        and not varies_otherwise(self, headers)
end

local function copy(from)
    local to = {}

    for key, value in pairs(from) do
        to[key] = value
    end
    return to
end

local function add_validators(self, response)
    local headers = response.headers

    if not headers["ETag"] then
        headers["ETag"] = '"'
            .. crypto.base64url(crypto.sha256(response.body)):sub(1, 22) .. '"'
    end

    local vary = {}
    for _, name in ipairs(self.headers or {}) do
        vary[#vary + 1] = name
    end
    if self.cookies then
        vary[#vary + 1] = "Cookie"
    end
    if #vary > 0 then
        headers["Vary"] = table.concat(vary, ", ")
    end
end

local function tags_of(self, request, response)
    local list = {}
    local own = self.tags

    if type(own) == "function" then
        own = own(request)
    end
    for _, from in ipairs({ own or {}, rawget(response, "page_tags") or {} })
    do
        for _, tag in ipairs(from) do
            list[#list + 1] = tag
        end
    end
    return list
end

local function load_page(self, request, response, action)
    action()

    if not may_keep(self, request, response) then
        -- for a moment nobody waits for a page that is not to be had
        return { pass = true }, { ttl = self.pass_ttl, stale_if_error = 0 }
    end

    add_validators(self, response)
    return {
        status = response.status, headers = copy(response.headers),
        body = response.body, stored = ngx.time(),
    }, { tags = tags_of(self, request, response) }
end

local function show(page, response)
    response.status = page.status
    response.body = page.body
    -- a copy: what is kept in memory is not to be changed
    rawset(response, "headers", copy(page.headers))
    response.headers["Age"] = math.max(0, ngx.time() - page.stored)
end

local function has_it(request, etag)
    local known = request:header("if-none-match")

    if not known then
        return false
    elseif known == "*" then
        return true
    end

    etag = etag:gsub("^W/", "")
    for each in known:gmatch('"[^"]*"') do
        if each == etag then
            return true
        end
    end
    return false
end

local function answer_304(request, response)
    local etag = rawget(response, "headers") and response.headers["ETag"]

    if response.status == 200 and etag and has_it(request, etag) then
        response.status = 304
        response.body = ""
        response.headers["Content-Type"] = nil
    end
end

---In the place of the action: answers with what is kept, or keeps.
---@param request pandan.request
---@param response pandan.response
---@param action fun()
function page_cache:aroundAction(request, response, action)
    if not cache or request.method ~= "GET" and request.method ~= "HEAD" then
        return action()
    end

    local cookies = cookies_of(request)
    local key = not is_somebody(request, cookies)
        and key_of(self, request, cookies)

    if not key then
        return action()
    end

    local page, err, from = kept():get(key, self.entry, function()
        return load_page(self, request, response, action)
    end)

    if from == "load" then
        return not page.pass and answer_304(request, response) or nil
    elseif err or page == nil or page.pass then
        return action()
    end

    show(page, response)
    answer_304(request, response)
end

return page_cache
