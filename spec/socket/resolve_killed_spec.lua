-- SPDX-License-Identifier: MIT
local dns = require("support.dns")
local nginx = require("support.nginx")

describe("threads that wait for one name", function()
    local names, server

    setup(function()
        names = dns.start({})
        server = names and nginx.start({
            allow = { "could not be resolved" },
            server = ([[
                resolver %s ipv6=off;
                location / { content_by_lua_block {
                    local threads = {}
                    for i = 1, 3 do
                        threads[i] = ngx.thread.spawn(function()
                            return ngx.socket.connect("none.test", 80)
                        end)
                    end
                    ngx.thread.wait(unpack(threads))
                    for i = 1, 3 do
                        ngx.thread.kill(threads[i])
                    end
                    ngx.say("alive")
                } }
            ]]):format(names.address),
        })
    end)

    it("can be killed as soon as one has its answer", function()
        if not server then
            pending("port 53 may not be bound")
        end

        for _ = 1, 3 do
            assert.equal("alive\n", server:get("/").body)
        end
    end)
end)
