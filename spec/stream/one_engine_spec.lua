-- SPDX-License-Identifier: MIT
-- What waits in a session is woken by a request, and the other way round.
local process = require("support.process")
local stream = require("support.stream")

describe("the engine that HTTP and stream share", function()
    local server

    setup(function()
        server = stream.start({
            http = "lua_shared_dict pandan 1m;\n"
                .. "lua_shared_dict pandan_cache 1m;",
            files = {
                ["door.lua"] = [[
                    return { open = require("ngx.semaphore").new(),
                        cache = require("pandan.cache").new("products"),
                        queue = require("pandan.queue").new("lines", 4) }
                ]],
            },
            server = [[
                location /open { content_by_lua_block {
                    require("door").open:post()
                    ngx.print("opened")
                } }
                location /product { content_by_lua_block {
                    ngx.print((require("door").cache:get("p", nil,
                        function() return "made by http" end)))
                } }
                location /connection { content_by_lua_block {
                    local sock = ngx.socket.tcp()
                    assert(sock:connect("127.0.0.1", {{port_echo}},
                        { pool = "echo" }))
                    sock:send("from http\n")
                    ngx.print(sock:getreusedtimes(), " ", sock:receive())
                    sock:setkeepalive()
                } }
                location /timer { content_by_lua_block {
                    ngx.print(require("door").timer)
                } }
                location /push { content_by_lua_block {
                    assert(require("door").queue:push("pushed by http", 20))
                    ngx.print("pushed")
                } }
            ]],
            stream = stream.echo .. [[
                server { listen 127.0.0.1:{{port_door}};
                    content_by_lua_block {
                        ngx.log(ngx.WARN, "waits at the door")
                        assert(require("door").open:wait(20))
                        ngx.say("in")
                    }
                }
                server { listen 127.0.0.1:{{port_product}};
                    content_by_lua_block {
                        ngx.say((require("door").cache:get("p", nil,
                            function() return "made by stream" end)))
                    }
                }
                server { listen 127.0.0.1:{{port_connection}};
                    content_by_lua_block {
                        local sock = ngx.socket.tcp()
                        assert(sock:connect("127.0.0.1", {{port_echo}},
                            { pool = "echo" }))
                        sock:send("from stream\n")
                        ngx.say(sock:getreusedtimes(), " ", sock:receive())
                        sock:setkeepalive()
                    }
                }
                server { listen 127.0.0.1:{{port_timer}};
                    content_by_lua_block {
                        ngx.timer.at(0, function()
                            require("door").timer = "of "
                                .. ngx.config.subsystem
                        end)
                    }
                }
                server { listen 127.0.0.1:{{port_pull}};
                    content_by_lua_block {
                        ngx.log(ngx.WARN, "waits for a line")
                        ngx.say(require("door").queue:pop(20))
                    }
                }
            ]],
        })
    end)

    it("wakes a session when a request opens its semaphore", function()
        local client = stream.connect(server, "door")

        server:wait_log("waits at the door")
        assert.equal("opened", server:get("/open").body)
        assert.equal("in", client:receive())
        client:close()
    end)

    it("hands a session what a request has put into a queue", function()
        local client = stream.connect(server, "pull")

        server:wait_log("waits for a line")
        assert.equal("pushed", server:get("/push").body)
        assert.equal("pushed by http", client:receive())
        client:close()
    end)

    it("has one cache", function()
        assert.equal("made by stream\n", stream.ask(server, "product"))
        assert.equal("made by stream", server:get("/product").body)
    end)

    it("has one pool of connections", function()
        assert.equal("0 from stream\n", stream.ask(server, "connection"))
        assert.equal("1 from http", server:get("/connection").body)
        assert.equal("2 from stream\n", stream.ask(server, "connection"))
    end)

    it("runs timers of sessions, which may have ended", function()
        stream.ask(server, "timer")
        assert.is_true(process.wait_until(5, function()
            return server:get("/timer").body == "of stream"
        end))
    end)
end)
