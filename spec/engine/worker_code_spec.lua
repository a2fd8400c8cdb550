-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("code of the worker", function()
    it("that does not compile is named by its directive", function()
        local server = nginx.start({
            allow = { "init_worker_by_lua error: " },
            http = "init_worker_by_lua_block { not Lua }",
        })

        server:wait_log("init_worker_by_lua error: "
            .. "init_worker_by_lua%(nginx%.conf:%d+%):1: ")
    end)

    it("goes on with system calls that a signal interrupts", function()
        local server = nginx.start({
            http = [[
                init_worker_by_lua_block {
                    local kill = io.popen("kill -s IO " .. ngx.worker.pid()
                        .. " && sleep 0.01")
                    ngx.log(ngx.WARN, "read: ", (select(2, kill:read("*a"))))
                }
            ]],
        })

        server:wait_log("read: nil")
    end)
end)
