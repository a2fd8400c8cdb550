-- SPDX-License-Identifier: MIT
local load = require("support.load")
local nginx = require("support.nginx")
local socket = require("socket")

local CLIENTS = 200

describe("requests that wait", function()
    it("wait together: 200 of 100 ms each are no 20 s in one worker",
        function()
            local server = nginx.start({
                workers = 1,
                server = [[
                    location / {
                        content_by_lua_block {
                            ngx.sleep(0.1)
                            ngx.say("slept")
                        }
                    }
                ]] .. load.counters,
            })
            local conns = {}

            for i = 1, CLIENTS do
                conns[i] = server:connect()
            end

            local started = socket.gettime()

            for i = 1, CLIENTS do
                conns[i]:request("GET", "/")
            end

            for i = 1, CLIENTS do
                assert.equal("slept\n", conns[i]:response().body)
                conns[i]:close()
            end

            assert.is_true(socket.gettime() - started < 2)
        end)
end)
