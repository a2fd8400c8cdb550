-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

describe("ngx.process", function()
    local server

    setup(function()
        server = code_server.start({
            http = [[
                init_by_lua_block {
                    in_init = require("ngx.process").type()
                }
            ]],
        })
    end)

    it("tells what kind of process this is", function()
        assert.equal("master worker", server:run([[
            return in_init .. " " .. require("ngx.process").type()
        ]]))
    end)

    it("knows the master", function()
        assert.equal(tostring(server.process.pid), server:run([[
            return tostring(require("ngx.process").get_master_pid())
        ]]))
    end)

    it("ends a worker, in whose place another comes", function()
        local old = server:run("return tostring(ngx.worker.pid())")

        server:run([[
            require("ngx.process").signal_graceful_exit()
            return ""
        ]])
        server:wait_log("process (" .. old .. ") exited with code 0")
        assert.is_true(server:run("return tostring(ngx.worker.pid())") ~= old)
    end)
end)
