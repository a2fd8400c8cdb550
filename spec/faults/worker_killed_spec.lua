-- SPDX-License-Identifier: MIT
local load = require("support.load")
local nginx = require("support.nginx")
local process = require("support.process")
local shell = require("support.shell")

local KILLS = 3

describe("a worker that is killed under load", function()
    local server

    setup(function()
        server = nginx.start({
            allow = { "exited on signal 9" },
            log_level = "alert",
            http = "lua_shared_dict counts 1m;",
            server = [[
                location /count { content_by_lua_block {
                    local counts = ngx.shared.counts

                    for i = 1, 100 do
                        counts:incr("key" .. i, 1, 0)
                    end

                    ngx.sleep(0.001)
                    ngx.say(counts:get("key1") == counts:get("key1"))
                } }
            ]] .. load.counters,
        })
    end)

    it("is replaced, and its dictionaries are not left locked", function()
        local ab = load.start(("http://127.0.0.1:%d/count"):format(
            server.port), "-r -c 20", 20000)

        for _ = 1, KILLS do
            local pid = process.wait_until(5, function()
                return server:workers()[1]
            end)

            server:get("/count")
            shell.run("kill -KILL " .. pid)
            assert(process.wait_until(5, function()
                local now = server:workers()[1]

                return now and now ~= pid
            end))
        end

        assert.equal("true\n", server:get("/count").body)
        ab.finish()

        local counted = load.settle(server, "1 1 0 0 0")

        assert.equal("1 1 0 0 0", counted)
    end)
end)
