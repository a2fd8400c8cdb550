-- SPDX-License-Identifier: MIT
-- PANDAN_IDLE=10000 for the full size.
local paths = require("support.paths")
local stream = require("support.stream")

local IDLE = tonumber(os.getenv("PANDAN_IDLE")) or (paths.sanitized and 100
    or 500)

describe("idle clients of stream", function()
    it("cost memory only, and are served when they speak", function()
        local server = stream.start({
            connections = IDLE * 2 + 200,
            log_level = "warn",
            main = "worker_rlimit_nofile " .. IDLE * 2 + 500 .. ";",
            stream = [[
                server { listen 127.0.0.1:{{port_echo}} backlog=4096;
                    lua_socket_read_timeout 600s;
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        while true do
                            local line = sock:receive()
                            if not line then break end
                            sock:send(line .. "\n")
                        end
                    }
                }
                # a worker that knocks: one process has too few descriptors
                server { listen 127.0.0.1:{{port_knock}};
                    lua_socket_read_timeout 600s;
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        local n = tonumber(sock:receive())
                        local clients = {}

                        for i = 1, n do
                            local c = ngx.socket.tcp()
                            assert(c:connect("127.0.0.1", {{port_echo}},
                                { pool = "c" .. i }))
                            clients[i] = c
                        end
                        ngx.say("open")
                        ngx.flush(true)
                        sock:receive()

                        local wrong = 0
                        for i = 1, n do
                            clients[i]:send("hello " .. i .. "\n")
                        end
                        for i = 1, n do
                            if clients[i]:receive() ~= "hello " .. i then
                                wrong = wrong + 1
                            end
                            clients[i]:close()
                        end
                        ngx.say("wrong ", wrong)
                    }
                }
            ]],
        })
        local client = stream.connect(server, "knock")

        client:settimeout(120)
        client:send(IDLE .. "\n")
        assert.equal("open", client:receive())

        local hosts = tonumber(server:get("/counters").body:match("^(%d+)"))
        assert.equal(IDLE + 1, hosts)

        client:send("go\n")
        assert.equal("wrong 0", client:receive())
        client:close()
        stream.settle(server)
    end)
end)
