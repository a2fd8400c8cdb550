-- SPDX-License-Identifier: MIT
--- What becomes of an error: a page, JSON, or the form once more. In
--- development the page shows the code; elsewhere it says no more than what
--- happened, and the log has the rest.

local error_page = require("pandan.error_page")
local halt = require("pandan.halt")
local json = require("pandan.json")
local response_class = require("pandan.response")
local sessions = require("pandan.session")

local errors = {}

local TITLES = {
    [400] = "Bad request", [401] = "Please sign in", [403] = "Forbidden",
    [404] = "Page not found", [405] = "Method not allowed",
    [409] = "Conflict", [413] = "Too large", [422] = "Input not valid",
    [429] = "Too many requests", [500] = "Something went wrong",
    [503] = "Not available",
}

---The handler for xpcall: keeps the stack while it still stands.
---@param app pandan.application
function errors.handler(app)
    if app.env == "production" then
        return errors.note
    end
    return errors.note_with_frames
end

function errors.note(err)
    if halt.is_halt(err) then
        return err
    end
    return { message = tostring(type(err) == "table" and err.message or err),
        cause = err, trace = debug.traceback("", 2) }
end

function errors.note_with_frames(err)
    local noted = errors.note(err)
    if not halt.is_halt(err) then
        noted.frames = error_page.frames(3)
    end
    return noted
end

-- The form once more: back to the page it was on, with what was typed.
local function back_to_form(request, err)
    local response = response_class.new(request)
    local data = sessions.writable(request.session)
    local old = {}

    for key, value in pairs(request.params) do
        if type(value) == "string" and not key:find("^_")
            and not key:find("password", 1, true) and #value <= 1024
        then
            old[key] = value
        end
    end

    data._old, data._errors = old, err.errors
    data._flash = data._flash or {}
    data._flash.error = data._flash.error or "Please check the form."
    return response:redirect(err.back, 303)
end

-- The referring page, if it is ours.
local function referring_path(request)
    local referrer = request:header("referer")
    local host, path = (referrer or ""):match("^https?://([^/]+)(/[^#]*)")

    if host == request.host and not path:find("^//") then
        return path
    end
end

local function as_json(request, status, err)
    local response = response_class.new(request)
    local body = { error = err.message or TITLES[status] or "error",
        request_id = request.id }

    if err.errors then
        body = { errors = err.errors }
    elseif err.code then
        body.code = err.code
    end

    response.status = status
    response:set_type("application/json")
    response.body = json.encode(body, { sort = true, replace = true })
    return response
end

local function as_html(app, request, status, err, fault)
    local response = response_class.new(request)
    local title = TITLES[status] or "Error " .. status

    response.status = status
    response:set_type("text/html; charset=utf-8")

    if fault and app.env ~= "production" then
        response.body = error_page.development(app, request, err)
        response.headers["Content-Security-Policy"] =
            "default-src 'none'; style-src 'unsafe-inline'"
        return response
    end

    response.body = app:own_error_page(request, status, err)
        or error_page.plain(status, title,
            not fault and err.message or nil, request.id)
    return response
end

-- A database that is away is no fault of the code: clients may come again.
local AWAY = { connect_failed = true, closed = true, timeout = true,
    pool_timeout = true }

local function status_of_fault(err)
    local cause = type(err.cause) == "table" and err.cause or err
    return AWAY[cause.code] and 503 or 500
end

---The response to what a request raised.
---@param app pandan.application
---@param request pandan.request
---@param err table
---@return pandan.response
function errors.response(app, request, err)
    local fault = not halt.is_halt(err)
    local status = fault and status_of_fault(err) or err.status

    if fault then
        app.log:fault(request, err)
    end

    if status == 422 and err.errors and not request:wants_json() then
        err.back = referring_path(request)
        if err.back then
            return back_to_form(request, err)
        end
    end

    local ok, wants_json = pcall(request.wants_json, request)
    local response
    if ok and wants_json then
        local shown = err
        if fault and app.env == "production" then
            shown = {}
        end
        response = as_json(request, status, shown)
    else
        response = as_html(app, request, status, err, fault)
    end

    for name, value in pairs(err.headers or {}) do
        response:header(name, value)
    end
    return response
end

return errors
