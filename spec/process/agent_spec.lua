-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local process = require("support.process")

describe("the privileged agent", function()
    local server

    local function agent()
        return server:run('return tostring(ngx.shared.dogs:get("agent"))')
    end

    local function another_than(old)
        return process.wait_until(10, function()
            local pid = agent()

            return pid ~= "nil" and pid ~= old and pid
        end)
    end

    setup(function()
        server = code_server.start({
            main = "worker_shutdown_timeout 5s;",
            http = [[
                lua_shared_dict dogs 1m;
                init_by_lua_block {
                    assert(require("ngx.process").enable_privileged_agent(64))
                }
                init_worker_by_lua_block {
                    local process = require("ngx.process")

                    if process.type() == "privileged agent" then
                        local pid = ngx.worker.pid()
                        ngx.timer.at(0, function()
                            ngx.sleep(0.001)
                            ngx.shared.dogs:set("agent", pid)
                        end)
                        ngx.timer.every(0.01, function(premature)
                            if premature then
                                ngx.log(ngx.WARN, "agent ", pid, " goes")
                            end
                        end)
                        ngx.log(ngx.WARN, "agent's id: ", ngx.worker.id(),
                                ", master: ", process.get_master_pid())
                    end
                }
            ]],
        })
    end)

    it("runs beside the workers, and serves nobody", function()
        local pid = another_than(nil)

        assert.is_true(pid ~= false)
        assert.equal("worker", server:run([[
            return require("ngx.process").type()
        ]]))
        assert.equal(tostring(server.process.pid),
            server:wait_log("agent's id: nil, master: (%d+)"))
    end)

    it("comes again when it dies", function()
        local pid = another_than(nil)

        server:allow("process " .. pid .. " exited on signal 9")
        server:allow("agent process " .. pid)
        os.execute("kill -9 " .. pid)

        assert.is_true(another_than(pid) ~= false)
    end)

    it("is another one after a reload, and the old one ends gracefully",
        function()
            local pid = another_than(nil)

            server:reload()
            server:wait_log("(agent " .. pid .. " goes)")
            server:wait_log("agent process (" .. pid .. ") exited with code 0")
            assert.is_true(another_than(pid) ~= false)
        end)
end)
