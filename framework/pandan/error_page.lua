-- SPDX-License-Identifier: MIT
--- Error pages: for developers the source around the line, the stack with its
--- locals, the request and its queries; for everybody else a plain one.
--- Whatever comes from outside is escaped, and secrets are masked.

local native = require("pandan.native")

local error_page = {}

local MAX_FRAMES, MAX_LOCALS, MAX_VALUE = 20, 20, 200

local function e(text)
    return native.escape.html(tostring(text))
end

---Whether a name tells of something not to be shown.
function error_page.is_secret(name)
    name = tostring(name):lower()
    return name:find("passw", 1, true) or name:find("secret", 1, true)
        or name:find("token", 1, true) or name:find("key", 1, true)
        or name:find("cookie", 1, true) or name:find("csrf", 1, true)
        or name:find("authorization", 1, true)
        or name:find("card", 1, true)
end

local function short(name, value)
    if error_page.is_secret(name) then
        return "[hidden]"
    end

    local text = type(value) == "string" and ("%q"):format(value)
        or tostring(value)
    return #text > MAX_VALUE and text:sub(1, MAX_VALUE) .. " …" or text
end

local function locals_of(level)
    local found = {}

    for i = 1, MAX_LOCALS do
        local name, value = debug.getlocal(level + 1, i)
        if not name then
            break
        end
        if not name:find("^[(_]") then
            found[#found + 1] = { name, short(name, value) }
        end
    end
    return found
end

---The stack at `level`, for the development page.
function error_page.frames(level)
    local frames = {}

    for at = level + 1, level + MAX_FRAMES do
        local info = debug.getinfo(at, "Snl")
        if not info then
            break
        end
        if info.what ~= "C" then
            frames[#frames + 1] = {
                source = info.source, line = info.currentline,
                name = info.name, locals = locals_of(at),
            }
        end
    end
    return frames
end

local function lines_around(path, line)
    local file = io.open(path, "r")
    if not file then
        return nil
    end

    local out, n = {}, 0
    for text in file:lines() do
        n = n + 1
        if n >= line - 6 and n <= line + 6 then
            out[#out + 1] = ('<span class="%s"><b>%4d</b> %s</span>'):format(
                n == line and "here" or "line", n, e(text))
        end
    end

    file:close()
    return table.concat(out, "\n")
end

local function path_of(app, source)
    local path = source:gsub("^@", "")
    if path:sub(1, 1) ~= "/" then
        path = app.root .. "/" .. path
    end
    return path
end

-- The place that the message names, or the first frame of the app's code.
local function place_of(err)
    local cause = type(err.cause) == "table" and err.cause or {}
    if cause.view then
        return cause.view, cause.line
    end

    local file, line = tostring(err.message):match("^([^:\n]+):(%d+): ")
    if file then
        return file, tonumber(line)
    end

    for _, frame in ipairs(err.frames or {}) do
        -- the app's files have relative names, see source.lua
        if frame.source:find("^@[^/]") then
            return frame.source, frame.line
        end
    end
end

local STYLE = [[
body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1d2b20}
body{background:#f6f8f6}
header{background:#8c2f39;color:#fff;padding:1.5rem 2rem}
h1{font-size:1.3rem;margin:0;white-space:pre-wrap}header p{margin:.3rem 0 0}
main{padding:1rem 2rem;max-width:70rem}
pre{background:#fff;border:1px solid #d5ddd6;padding:.7rem;overflow:auto}
pre span{display:block}.here{background:#ffe3e3}b{color:#789;font-weight:400}
table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;
vertical-align:top;font-family:ui-monospace,monospace;font-size:.85rem}
summary{cursor:pointer}]]

local function rows(title, list)
    if #list == 0 then
        return ""
    end

    local out = { "<h2>", e(title), "</h2><table>" }
    for _, row in ipairs(list) do
        out[#out + 1] = "<tr><td>" .. e(row[1]) .. "</td><td>" .. e(row[2])
            .. "</td></tr>"
    end
    out[#out + 1] = "</table>"
    return table.concat(out)
end

local function pairs_of(from)
    local list = {}
    if type(from) == "table" then
        for key, value in pairs(from) do
            list[#list + 1] = { tostring(key), short(key, value) }
        end
    end
    table.sort(list, function(a, b)
        return a[1] < b[1]
    end)
    return list
end

local function stack(err)
    local out = {}
    for _, frame in ipairs(err.frames or {}) do
        out[#out + 1] = ("<details><summary>%s:%d %s</summary>"):format(
            e(frame.source:gsub("^@", "")), frame.line or 0,
            e(frame.name or ""))
        out[#out + 1] = rows("", frame.locals) .. "</details>"
    end
    return table.concat(out)
end

local function page(title, parts)
    return '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        .. '<meta name="viewport" content="width=device-width">'
        .. "<title>" .. e(title) .. "</title><style>" .. STYLE
        .. "</style></head><body>" .. table.concat(parts) .. "</body></html>"
end

---The page for developers.
---@param app pandan.application
---@param request pandan.request
---@param err table  message, frames, cause, hint
---@return string html
function error_page.development(app, request, err)
    local cause = type(err.cause) == "table" and err.cause or {}
    local message = tostring(cause.view and cause.message or err.message)
    local file, line = place_of(err)
    local parts = {
        "<header><h1>", e(message), "</h1><p>", e(request.method), " ",
        e(request.path), "</p></header><main>",
    }

    local hint = err.hint or app:hint(err)
    if hint then
        parts[#parts + 1] = "<p><strong>" .. e(hint) .. "</strong></p>"
    end

    local source = file and lines_around(path_of(app, file), line)
    if source then
        parts[#parts + 1] = "<h2>" .. e((file:gsub("^@", ""))) .. ":"
            .. e(line) .. "</h2><pre>" .. source .. "</pre>"
    end

    if err.frames then
        parts[#parts + 1] = "<h2>Stack</h2>" .. stack(err)
    end

    local queries = {}
    for i, query in ipairs(rawget(request, "queries") or {}) do
        queries[i] = { ("%.1f ms"):format(query.ms), query.sql }
    end
    parts[#parts + 1] = rows("Queries", queries)

    for _, what in ipairs({ "params", "headers" }) do
        local ok, from = pcall(function()
            return request[what]
        end)
        parts[#parts + 1] = rows(what, ok and pairs_of(from) or {})
    end

    local session = rawget(request, "session")
    parts[#parts + 1] =
        rows("session", pairs_of(session and rawget(session, "_data")))
    parts[#parts + 1] = "</main>"
    return page(message, parts)
end

---The page for everybody.
---@param status integer
---@param title string
---@param message? string
---@param id string  of the request
---@return string html
function error_page.plain(status, title, message, id)
    return page(title, {
        '<main><h1>', e(title), "</h1><p>",
        e(message or "The error was noted and will be looked at."), "</p><p>",
        e(status), " · request ", e(id), "</p></main>",
    })
end

return error_page
