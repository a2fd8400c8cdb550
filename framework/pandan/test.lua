-- SPDX-License-Identifier: MIT
--- For an app's specs: requests that run in process, through router, plugins
--- and controller, and a database that forgets each example.
---
---     local t = require("pandan.test")
---     describe("posts", function()
---         t.database()
---         it("has a list", function()
---             assert.equal(200, t.get("/posts").status)
---         end)
---     end)

local csrf = require("pandan.csrf")
local json = require("pandan.json")
local native = require("pandan.native")
local request_class = require("pandan.request")

local test = {}

-- Cookies of the example at hand, by name.
local jar = {}

local HOST = "test.host"

local function app()
    return require("pandan").app
end

local function lower_names(headers)
    local out = {}
    for name, value in pairs(headers or {}) do
        out[name:lower()] = value
    end
    return out
end

local function cookie_header()
    local list = {}
    for name, value in pairs(jar) do
        list[#list + 1] = name .. "=" .. native.escape.url(value)
    end
    return #list > 0 and table.concat(list, "; ") or nil
end

local function keep_cookies(response)
    for _, line in ipairs(response.headers["Set-Cookie"] or {}) do
        local name, value = line:match("^([^=]+)=([^;]*)")
        if line:find("Max-Age=0", 1, true) then
            jar[name] = nil
        else
            jar[name] = native.escape.unurl(value)
        end
    end
end

local function form_pairs(values, prefix, out)
    local names = {}
    for name in pairs(values) do
        names[#names + 1] = name
    end
    table.sort(names, function(a, b)
        return tostring(a) < tostring(b)
    end)

    for _, name in ipairs(names) do
        local value = values[name]
        local full = prefix and prefix .. "[" .. name .. "]" or tostring(name)
        if type(value) == "table" then
            form_pairs(value, full, out)
        else
            out[#out + 1] = native.escape.url(full) .. "="
                .. native.escape.url(tostring(value))
        end
    end
    return out
end

-- A request that no client sent, see pandan.request_source.
local function source(headers, query, body)
    return {
        headers = function()
            return headers
        end,
        header = function(name)
            return headers[name]
        end,
        query_string = function()
            return query
        end,
        body = function()
            return body or ""
        end,
        remote_addr = function()
            return "127.0.0.1"
        end,
        scheme = function()
            return "http"
        end,
    }
end

---@class pandan.test.response
---@field status integer
---@field headers table
---@field body any       JSON is decoded
---@field body_raw string

---Any request: { method, path, query, headers, body }.
---@param options table
---@return pandan.test.response
function test.request(options)
    local path, query = options.path:match("^([^?]*)%??(.*)$")
    if options.query then
        query = table.concat(form_pairs(options.query, nil, {}), "&")
    end
    local headers = lower_names(options.headers)

    headers.host = headers.host or HOST
    headers.cookie = headers.cookie or cookie_header()

    local response = app():handle(source(headers, query, options.body),
        options.method or "GET", native.escape.unurl(path))

    keep_cookies(response)

    local body = response.body
    local kind = response.headers["Content-Type"] or ""
    return {
        status = response.status, headers = response.headers, body_raw = body,
        body = kind:find("json", 1, true) and json.decode(body) or body,
    }
end

---@param path string
---@param headers? table
function test.get(path, headers)
    return test.request({ path = path, headers = headers })
end

-- A session with a token, as a page with a form would have made it.
local function token()
    local request = request_class.new(app(),
        source({ host = HOST, cookie = cookie_header() }, ""), "GET", "/")
    local text = csrf.token(request)
    local response = require("pandan.response").new(request)

    app().sessions:write(request, response)
    keep_cookies(response)
    return text
end

---Sends a form, with its CSRF token; another method goes as `_method`.
---@param path string
---@param form? table
---@param options? { method?: string, headers?: table }
function test.post(path, form, options)
    local values = { _csrf_token = token() }
    local headers = lower_names(options and options.headers)

    for name, value in pairs(form or {}) do
        values[name] = value
    end
    values._method = options and options.method or values._method

    headers["content-type"] = "application/x-www-form-urlencoded"
    return test.request({
        method = "POST", path = path, headers = headers,
        body = table.concat(form_pairs(values, nil, {}), "&"),
    })
end

function test.put(path, form)
    return test.post(path, form, { method = "PUT" })
end

function test.patch(path, form)
    return test.post(path, form, { method = "PATCH" })
end

function test.delete(path, form)
    return test.post(path, form, { method = "DELETE" })
end

---Sends and asks for JSON.
---@param method string
---@param path string
---@param value? any
---@param headers? table
function test.json(method, path, value, headers)
    headers = lower_names(headers)
    headers.accept = "application/json"
    if value ~= nil then
        headers["content-type"] = "application/json"
    end

    return test.request({
        method = method, path = path, headers = headers,
        body = value ~= nil and assert(json.encode(value)) or "",
    })
end

-- Vanilla's: { method, path, uri_params, headers, body }.
function test.cgi(options)
    return test.request({
        method = options.method, path = options.path,
        query = options.uri_params, headers = options.headers,
        body = options.body,
    })
end

local UNDO = {}

---Runs each example of the block in a transaction that is rolled back. To be
---called in `describe`.
function test.database()
    local words = getfenv(2)
    local co

    words.before_each(function()
        jar = {}
        co = coroutine.create(function()
            local ok, err = pcall(function()
                return require("pandan.db"):transaction(function()
                    coroutine.yield()
                    error(UNDO, 0)
                end)
            end)
            if not ok and err ~= UNDO then
                error(err, 0)
            end
        end)

        assert(coroutine.resume(co))
        if coroutine.status(co) == "dead" then
            error("the database cannot begin a transaction: is it running "
                .. "and migrated?", 0)
        end
    end)

    words.after_each(function()
        assert(coroutine.resume(co))
    end)
end

---Forgets cookies, as a new browser would.
function test.new_browser()
    jar = {}
end

local function count(table_name, values)
    local query = require("pandan.model")(table_name)
    for column, value in pairs(values or {}) do
        query = query:where(column, value)
    end
    return query:count()
end

---Fails unless the table has a row with these values.
function test.assert_has(table_name, values)
    if count(table_name, values) == 0 then
        error("no row in '" .. table_name .. "' with "
            .. json.encode(values or {}, { sort = true }), 2)
    end
end

---Fails if the table has a row with these values.
function test.assert_missing(table_name, values)
    if count(table_name, values) > 0 then
        error("there is a row in '" .. table_name .. "' with "
            .. json.encode(values or {}, { sort = true }), 2)
    end
end

---A real client of one of the app's services, on a socket: send, receive,
---receiveany, settimeout, close ... of ngx.socket.tcp, or .udp.
---@param name string  as in config/services.lua
---@return table socket
function test.service(name)
    local places = require("pandan").services or {}
    local host, port = (places[name] or ""):match("^(.*):(%d+)$")

    if not host then
        error("config/services.lua has no service '" .. name .. "'", 2)
    end

    local settings = app().config.services[name] or {}
    local udp = settings.protocol == "udp"
    local socket = udp and ngx.socket.udp() or ngx.socket.tcp()

    socket:settimeout(5000)

    local ok, err
    if udp then
        ok, err = socket:setpeername(host, tonumber(port))
    else
        ok, err = socket:connect(host, tonumber(port))
    end
    if ok and settings.certificate then
        ok, err = socket:sslhandshake(false, nil, false)
    end
    if not ok then
        error("cannot connect to service '" .. name .. "': " .. err, 2)
    end

    return socket
end

return test
