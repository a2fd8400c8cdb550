-- SPDX-License-Identifier: MIT
--- Where a client's request comes from: nginx.

local ngx = ngx

local var, req = ngx.var, ngx.req

-- 0: all. nginx itself has limited their size and number.
local ALL = 0

local function headers()
    return req.get_headers(ALL)
end

-- Suspends until the client has sent it all. Text, or nil and its file.
local function body()
    req.read_body()

    local text = req.get_body_data()
    if text then
        return text
    end
    return nil, req.get_body_file()
end

local lazy = {
    query_string = function()
        return var.args or ""
    end,
    remote_addr = function()
        return var.remote_addr
    end,
    scheme = function()
        return var.scheme
    end,
}

local meta = {
    __index = function(_, key)
        local get = lazy[key]
        return get and get()
    end,
}

---@return pandan.request_source
return function()
    return setmetatable({
        method = req.get_method(), path = var.uri, headers = headers,
        body = body,
    }, meta)
end
