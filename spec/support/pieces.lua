-- SPDX-License-Identifier: MIT
--- An nginx that runs pieces of Lua, each in a request of its own. A piece is
--- read from its file each time, so it needs no reload.
local files = require("support.files")
local nginx = require("support.nginx")

local pieces = {}

local App = {}

App.__index = App

local COUNT = 40

local LOCATION = [[
    location = /piece%d {
        content_by_lua_block {
            local env = setmetatable({ dir = "{{dir}}" }, { __index = _G })

            setfenv(assert(loadfile("{{dir}}/prelude.lua")), env)()
            setfenv(assert(loadfile("{{dir}}/shared.lua")), env)()

            local piece = assert(loadfile("{{dir}}/piece%d.lua"))
            local ok, result = xpcall(setfenv(piece, env), debug.traceback)
            ngx.print(ok and tostring(result or "ok")
                or "FAILED " .. tostring(result))
        }
    }
]]

local function locations()
    local list = {}

    for i = 1, COUNT do
        list[i] = LOCATION:format(i, i)
    end

    return table.concat(list)
end

---Starts it.
---@param prelude string  Lua that sets what the pieces see
---@param options? table  code (run before each piece), and of support.nginx:
---                       main, http, server, workers, allow
---@return table app  nginx, run(code), piece(code), stop()
function pieces.start(prelude, options)
    options = options or {}

    return setmetatable({
        count = 0,
        nginx = nginx.start({
            main = options.main,
            server = locations() .. (options.server or ""),
            http = options.http,
            workers = options.workers,
            allow = options.allow,
            log_level = options.log_level,
            files = {
                ["prelude.lua"] = prelude,
                ["shared.lua"] = options.code or "",
            },
        }),
    }, App)
end

---Writes a piece of Lua to be run at the path that is returned.
function App:piece(code)
    self.count = self.count % COUNT + 1

    local name = "piece" .. self.count

    files.write(self.nginx.dir .. "/" .. name .. ".lua", code)

    return "/" .. name
end

---Runs it in a request; gives what it returned, as a string.
---@param code string
---@return string
function App:run(code)
    local response = self.nginx:get(self:piece(code), { timeout = 40 })

    if response.status ~= 200 or response.body:find("^FAILED") then
        error(response.body .. (response.status ~= 200
            and self.nginx:error_log():sub(-2000) or ""), 2)
    end

    return response.body
end

function App:stop()
    self.nginx:stop()
end

return pieces
