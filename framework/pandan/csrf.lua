-- SPDX-License-Identifier: MIT
--- Refuses requests that another site made a browser send. A form carries a
--- token that only our own pages know; each page has it under another mask, so
--- that compression cannot give it away.

local halt = require("pandan.halt")
local native = require("pandan.native")

local crypto = native.crypto

local csrf = {}

local SAFE = { GET = true, HEAD = true, OPTIONS = true, TRACE = true }

local LENGTH = 32

local function secret(session, create)
    local text = session._csrf
    if not text and create then
        text = crypto.base64url(crypto.random(LENGTH))
        session._csrf = text
    end
    return text and crypto.unbase64url(text)
end

---The token for a form of this response.
---@param request pandan.request
---@return string
function csrf.token(request)
    local token = rawget(request, "csrf_token")
    if not token then
        local key = secret(request.session, true)
        local mask = crypto.random(LENGTH)
        token = crypto.base64url(mask .. crypto.xor(mask, key))
        rawset(request, "csrf_token", token)
    end
    return token
end

local function valid(session, token)
    local key = secret(session, false)
    local bytes = type(token) == "string" and crypto.unbase64url(token)

    if not key or not bytes or #bytes ~= 2 * LENGTH then
        return false
    end
    return crypto.equal(
        crypto.xor(bytes:sub(1, LENGTH), bytes:sub(LENGTH + 1)), key)
end

local function same_origin(request)
    local site = request:header("sec-fetch-site")
    if site then
        return site == "same-origin" or site == "none"
    end

    local origin = request:header("origin")
    return not origin or origin == request.scheme .. "://" .. request.host
end

---Ends the action with 403 when the request may be forged. Without a session
---cookie there is nothing to abuse, unless a plain form could have sent it.
---@param request pandan.request
function csrf.check(request)
    if SAFE[request.method] then
        return
    end

    if not same_origin(request) then
        halt.with(403, "this request came from another site")
    end

    local app = request.app
    if not request.cookies[app.sessions.name] and not request:is_form() then
        return
    end

    local token = request:header("x-csrf-token")
    if not token and request:is_form() then
        token = request.body._csrf_token
    end

    if not valid(request.session, token) then
        halt.with(403, "the form has expired: go back, reload the page and "
            .. "send it again (CSRF token missing or wrong)")
    end
end

return csrf
