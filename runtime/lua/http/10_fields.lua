-- SPDX-License-Identifier: MIT
--
-- Fields of `ngx` that are computed: ngx.status, ngx.ctx and the like.

local ngx, pdn = ...

local rawset = rawset

local getters = {
    status = pdn.status_get,
    headers_sent = pdn.headers_sent,
    is_subrequest = pdn.is_subrequest,
    ctx = pdn.ctx_get,
}

local setters = {
    status = pdn.status_set,
    ctx = pdn.ctx_set,
}


setmetatable(ngx, {
    __index = function(_, key)
        local get = getters[key]

        if get then
            return get()
        end
    end,

    __newindex = function(self, key, value)
        local set = setters[key]

        if set then
            return set(value)
        end

        rawset(self, key, value)
    end,
})


package.preload["ngx.resp"] = function()
    return { add_header = ngx.resp.add_header, version = "0.1.25" }
end
