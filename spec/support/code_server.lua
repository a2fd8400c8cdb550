-- SPDX-License-Identifier: MIT
--- A server that runs the Lua code it is sent, for specs of the ngx.* API.
local nginx = require("support.nginx")

local code_server = {}

local LOCATION = [[
    location /run {
        client_body_buffer_size 1m;
        content_by_lua_block {
            ngx.req.read_body()
            local run = assert(loadstring(ngx.req.get_body_data(), "=code"))
            ngx.print((run()))
        }
    }
]]

---Starts nginx as support.nginx does, with `/run` in it.
---@param options? table  as for nginx.start
---@return table server  with server:run(code), which gives what it returned
function code_server.start(options)
    local conf = {}

    for name, value in pairs(options or {}) do
        conf[name] = value
    end

    conf.server = LOCATION .. (conf.server or "")

    local server = nginx.start(conf)

    function server.run(self, code)
        local response = self:get("/run", { body = code })

        if response.status ~= 200 then
            error("code failed:\n" .. self:error_log(), 2)
        end

        return response.body
    end

    return server
end

return code_server
