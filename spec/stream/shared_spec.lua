-- SPDX-License-Identifier: MIT
local stream = require("support.stream")

local CODE = [[
    local sides = require("sides")
    sides.count = (sides.count or 0) + 1
    ngx.shared.seen:incr(ngx.config.subsystem, 1, 0)
    ngx.say(sides.count, " ", ngx.shared.seen:get("http") or 0, " ",
        ngx.shared.seen:get("stream") or 0)
]]

describe("HTTP and stream", function()
    it("share the VM, its modules and its dictionaries", function()
        local server = stream.start({
            files = { ["sides.lua"] = "return {}" },
            http = "lua_shared_dict seen 1m;",
            server = "location /count { content_by_lua_block {" .. CODE
                .. "} }",
            stream = "lua_shared_dict seen 1m;\n"
                .. "server { listen 127.0.0.1:{{port_count}};"
                .. "content_by_lua_block {" .. CODE .. "} }",
        })

        assert.equal("1 0 1\n", stream.ask(server, "count"))
        assert.equal("2 1 1\n", server:get("/count").body)
        assert.equal("3 1 2\n", stream.ask(server, "count"))
    end)

    it("have dictionaries of their own if stream says so", function()
        local server = stream.start({
            files = { ["sides.lua"] = "return {}" },
            http = "lua_shared_dict seen 1m;",
            server = "location /count { content_by_lua_block {" .. CODE
                .. "} }",
            stream = "lua_own_shared_dicts on; lua_shared_dict seen 2m;\n"
                .. "server { listen 127.0.0.1:{{port_count}};"
                .. "content_by_lua_block {" .. CODE .. "} }",
        })

        assert.equal("1 0 1\n", stream.ask(server, "count"))
        assert.equal("2 1 0\n", server:get("/count").body)
        assert.equal("3 0 2\n", stream.ask(server, "count"))
    end)

    it("run their init code in the order of the configuration", function()
        local server = stream.start({
            http = [[
                init_by_lua_block { order = ngx.config.subsystem }
                init_worker_by_lua_block {
                    order = order .. " " .. ngx.config.subsystem
                }
            ]],
            server = [[ location /order { content_by_lua_block {
                ngx.say(order) } } ]],
            stream = [[
                init_by_lua_block {
                    order = order .. " " .. ngx.config.subsystem
                }
                init_worker_by_lua_block {
                    order = order .. " " .. ngx.config.subsystem
                    ngx.timer.at(0, function()
                        order = order .. " timer of "
                            .. ngx.config.subsystem
                    end)
                }
            ]],
        })

        server:wait_log("start worker process")
        assert.matches("^http stream http stream",
            server:get("/order").body)
        assert.matches("timer of stream", server:get("/order").body)
    end)
end)
