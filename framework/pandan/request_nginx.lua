-- SPDX-License-Identifier: MIT
--- Where a client's request comes from: nginx. There is one such source: what
--- it tells is of the request at hand.

local runtime = require("pandan.runtime")

local ngx = ngx

local var, req = ngx.var, ngx.req

local nginx = {}

-- 0: all. nginx itself has limited their size and number.
local ALL = 0

function nginx.headers()
    return req.get_headers(ALL)
end

---One header, without making a table of all.
function nginx.header(name)
    if name == "cookie" then
        -- may come in several lines, which nginx joins
        return var.http_cookie
    end
    return runtime.request_header(name)
end

---Suspends until the client has sent it all: the text, or nil and its file.
function nginx.body()
    req.read_body()

    local text = req.get_body_data()
    if text then
        return text
    end
    return nil, req.get_body_file()
end

function nginx.query_string()
    return var.args or ""
end

function nginx.remote_addr()
    return var.remote_addr
end

function nginx.scheme()
    return var.scheme
end

return nginx
