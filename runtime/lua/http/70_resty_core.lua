-- SPDX-License-Identifier: MIT
--
-- Those of `resty.core.*` that know requests, see core/70_resty_core.lua.

local ngx, pdn = ...

local require = require

local VERSION = pdn.resty_core.base.version


local function set_req_header(name, value, override)
    if override then
        ngx.req.set_header(name, value)
    else
        require("ngx.req").add_header(name, value)
    end
end


local function set_resp_header(_, name, value, no_override)
    if no_override then
        require("ngx.resp").add_header(name, value)
    else
        ngx.header[name] = value
    end
end


local modules = {
    request = { version = VERSION, set_req_header = set_req_header },
    response = { version = VERSION, set_resp_header = set_resp_header },
}

for name, module in pairs(modules) do
    package.preload["resty.core." .. name] = function()
        return module
    end
end
