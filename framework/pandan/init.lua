-- SPDX-License-Identifier: MIT
--- Pandan's framework: `boot` makes the application of this VM, `handle`
--- answers one request of nginx with it. The rendered nginx.conf calls these
--- three; see docs/architecture.md.

local application = require("pandan.application")
local null = require("pandan.native").null

---@class pandan
---@field root string  the app's folder, once booted
---@field env string   "development", "test" or "production"
---@field app pandan.application?
local pandan = { version = "0.1.0", null = null }

---Loads the app. In development a broken app is kept as an error that each
---request shows; elsewhere it raises, so that nginx keeps what it has.
---@param options { root: string, env?: string, strict?: boolean,
---  services?: table<string, string> }  where specs find the services
function pandan.boot(options)
    pandan.services = options.services
    pandan.root = options.root
    pandan.env = options.env or os.getenv("PANDAN_ENV") or "development"

    local app, broken = application.new(pandan.root, pandan.env)

    if broken and (options.strict or pandan.env ~= "development") then
        error(broken, 0)
    end

    pandan.app = app
    return app
end

---In each worker, before its first request.
function pandan.start_worker()
    pandan.app:start_worker()
end

---Answers the request at hand.
function pandan.handle()
    return pandan.app:handle_nginx()
end

---Answers the request at hand with an error that nginx found.
---@param status integer
---@param message string
function pandan.refuse(status, message)
    return pandan.app:refuse_nginx(status, message)
end

---Serves the TCP or UDP client at hand by a service of the app.
---@param name string
function pandan.serve(name)
    return require("pandan.service").serve(pandan.app, name)
end

return pandan
