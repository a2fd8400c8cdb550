-- SPDX-License-Identifier: MIT
--- A small app in the folder of an nginx of its own: for specs of the
--- framework that need a real request.
---
---     local server = app.start { files = { ["config/routes.lua"] = [[...]] } }
local nginx = require("support.nginx")

local app = {}

local DEFAULTS = {
    [".env"] = "APP_KEY=" .. ("a2"):rep(21) .. "Y=\n",
    ["config/application.lua"] = "return { name = 'app' }\n",
}

---@param options { files: table<string, string>, env?: string, http?: string,
---  server?: string, stream?: string, variables?: table<string, string> }
---  with more of the http and server blocks, what the stream block holds, and
---  more of the process' environment
function app.start(options)
    local files = {}

    for _, from in ipairs({ DEFAULTS, options.files }) do
        for name, text in pairs(from) do
            files["app/" .. name] = text
        end
    end

    return nginx.start({
        main = "pandan_db_threads 4;",
        files = files,
        allow = options.allow,
        stream = options.stream,
        env = options.variables,
        http = [[
            default_type text/html;
            lua_package_path
                "{{root}}/framework/?.lua;{{root}}/framework/?/init.lua;;";
            lua_package_cpath "{{build}}/lib/?.so;;";
            init_by_lua_block {
                require("pandan").boot {
                    root = "{{dir}}/app", env = "]]
            .. (options.env or "development") .. [["
                }
            }
            init_worker_by_lua_block { require("pandan").start_worker() }
        ]] .. (options.http or ""),
        server = [[
            client_max_body_size 100k;
            location / {
                content_by_lua_block { require("pandan").handle() }
            }
        ]] .. (options.server or ""),
    })
end

return app
