-- SPDX-License-Identifier: MIT
--- Sessions in an encrypted cookie: AES-256-GCM under a key derived from
--- APP_KEY, bound to the cookie's name, with the times inside. A session that
--- nobody wrote to sends no cookie.

local json = require("pandan.json")
local native = require("pandan.native")

local crypto = native.crypto

-- What browsers keep of one cookie, its name and attributes taken off.
local MAX_COOKIE = 3900

---What it needs itself begins with an underscore; other names are the app's.
---@class pandan.session
---@field _data table           what controllers read and write as fields
---@field _changed_from string? the data as it came, as JSON; nil until somebody
---  may have changed it: most pages do not
local session = {}

-- The data, for who is about to change it. No method: its name is the app's.
local function writable(self)
    local data = rawget(self, "_data")
    if not rawget(self, "_changed_from") then
        rawset(self, "_changed_from", json.encode(data, { sort = true }))
    end
    return data
end

local meta = {
    __index = function(self, key)
        local method = session[key]
        if method ~= nil then
            return method
        end

        local value = rawget(self, "_data")[key]
        if type(value) == "table" then
            -- who has it may change it
            writable(self)
        end
        return value
    end,
    __newindex = function(self, key, value)
        if session[key] ~= nil then
            error("a session cannot keep '" .. key .. "': it is a method", 2)
        end
        writable(self)[key] = value
    end,
}

---Forgets everything, CSRF token included; the cookie is removed.
function session:destroy()
    writable(self)
    rawset(self, "_data", {})
end

---To be called when who the user is changes, as at sign-in: the session's
---life begins anew, and forms of before carry a token that is worth nothing.
function session:regenerate()
    rawget(self, "_data")._csrf = nil
    rawset(self, "_born", os.time())
    -- no data is like this
    rawset(self, "_changed_from", "")
end

---Keeps a text for the next page.
---@param kind string
---@param text string
function session:put_flash(kind, text)
    local data = writable(self)
    data._flash = data._flash or {}
    data._flash[kind] = text
end

---Takes what the page before kept: flash texts, old input, errors. It is
---gone from the session with this.
---@return table
function session:taken()
    local found = rawget(self, "_page")
    if not found then
        local data = rawget(self, "_data")
        found = {
            flash = data._flash or {}, old = data._old or {},
            errors = data._errors or {},
        }
        if data._flash or data._old or data._errors then
            writable(self)
            data._flash, data._old, data._errors = nil, nil, nil
        end
        rawset(self, "_page", found)
    end
    return found
end

---@class pandan.sessions
---@field name string
---@field keys string[]     the first one seals
---@field lifetime integer  seconds
---@field idle integer      seconds
local sessions = {}
sessions.__index = sessions

local function derived(key)
    return crypto.hkdf(key, 32, "pandan session 1")
end

local function read_key(text, name)
    local key = crypto.unbase64(text or "")
    if not key or #key < 32 then
        error(name .. " must be 32 random bytes in base64; 'pandan setup' "
            .. "writes an APP_KEY to .env", 0)
    end
    return derived(key)
end

---@param settings table  config/session.lua
---@param env fun(name: string, default?: string): string?
function sessions.new(settings, env)
    local keys = { read_key(env("APP_KEY"), "APP_KEY") }

    for text in (env("APP_PREVIOUS_KEYS") or ""):gmatch("[^,%s]+") do
        keys[#keys + 1] = read_key(text, "APP_PREVIOUS_KEYS")
    end

    return setmetatable({
        keys = keys,
        name = settings.name or "pandan_session",
        lifetime = settings.lifetime or 14 * 86400,
        idle = settings.idle or 2 * 86400,
        cookie = settings.cookie or {},
    }, sessions)
end

---A session's data, for the framework's own changes.
---@type fun(session: pandan.session): table
sessions.writable = writable

local function object(data, born)
    return setmetatable({ _data = data, _born = born }, meta)
end

function sessions:unseal(text)
    local sealed = crypto.unbase64url(text)
    if not sealed then
        return nil
    end

    for _, key in ipairs(self.keys) do
        local plain = crypto.open(key, sealed, self.name)
        if plain then
            return json.decode(plain)
        end
    end
end

---The request's session; an empty one when there is none, or an old one.
---@param request pandan.request
---@return pandan.session
function sessions:read(request)
    local text = request.cookies[self.name]
    local kept = text and self:unseal(text)
    local now = os.time()

    if type(kept) ~= "table" or now > kept.born + self.lifetime
        or now > kept.seen + self.idle
    then
        return object({}, now)
    end

    local found = object(kept.data, kept.born)
    rawset(found, "_seen", kept.seen)
    return found
end

-- A browser removes only the cookie of the same path and domain.
local function removed(self)
    local options = {}
    for key, value in pairs(self.cookie) do
        options[key] = value
    end
    options.max_age = 0
    return options
end

---Sends the session's cookie if it changed, or is about to go stale.
---@param request pandan.request
---@param response pandan.response
function sessions:write(request, response)
    local found = rawget(request, "session")
    if not found then
        return
    end

    local now = os.time()
    local seen = rawget(found, "_seen")
    local stale = seen and now - seen > self.idle / 10
    local from = rawget(found, "_changed_from")

    if not from and not stale then
        return
    end

    local data = rawget(found, "_data")
    local text, err = json.encode(data, { sort = true })
    if not text then
        error("the session cannot be kept: " .. err, 0)
    end

    if text == from and not stale then
        return
    end

    if next(data) == nil then
        response:cookie(self.name, "", removed(self))
        return
    end

    local sealed = crypto.base64url(crypto.seal(self.keys[1], json.encode({
        data = data, born = rawget(found, "_born"), seen = now,
    }), self.name))

    if #sealed > MAX_COOKIE then
        error("the session has become too large for a cookie ("
            .. #sealed .. " bytes of " .. MAX_COOKIE .. "): keep an id in it, "
            .. "and the rest in the database", 0)
    end

    local options = { max_age = self.lifetime }
    for key, value in pairs(self.cookie) do
        options[key] = value
    end
    response:cookie(self.name, sealed, options)
end

return sessions
