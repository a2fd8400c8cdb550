-- SPDX-License-Identifier: MIT
local load = require("support.load")
local nginx = require("support.nginx")

local CLIENTS = math.ceil(10000 * load.scale)
local AT_ONCE = 100

--- What a client has sent when it goes.
local PIECES = {
    "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /threads HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /socket HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /much HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /wait HTTP/1.1\r\nHo",
    "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1234",
}

describe("clients that hang up midway", function()
    local server

    setup(function()
        server = nginx.start({
            log_level = "crit",
            http = "lua_check_client_abort on;",
            server = [[
                location /wait {
                    content_by_lua_block {
                        ngx.sleep(0.05)
                        ngx.say("waited")
                    }
                }
                location /threads {
                    content_by_lua_block {
                        local function rest() ngx.sleep(0.05) end
                        local a = ngx.thread.spawn(rest)
                        local b = ngx.thread.spawn(rest)

                        ngx.thread.wait(a, b)
                        ngx.say("both")
                    }
                }
                location /socket {
                    content_by_lua_block {
                        local sock = ngx.socket.tcp()

                        sock:settimeout(200)
                        sock:connect("127.0.0.1", {{port}})
                        sock:send("GET /wait HTTP/1.0\r\n\r\n")
                        sock:receive("*a")
                        sock:close()
                        ngx.say("asked")
                    }
                }
                location /much {
                    content_by_lua_block {
                        local line = ("x"):rep(1000)

                        for _ = 1, 200 do
                            ngx.say(line)
                        end

                        ngx.flush(true)
                    }
                }
                location /body {
                    content_by_lua_block {
                        ngx.req.read_body()
                        ngx.say("read")
                    }
                }
            ]] .. load.counters,
        })
    end)

    it("leave no request, task, wait, timer or socket behind", function()
        local before = load.count(server)
        local sent = 0

        while sent < CLIENTS do
            local conns = {}

            for i = 1, AT_ONCE do
                conns[i] = server:connect()
                conns[i]:send(PIECES[(sent + i) % #PIECES + 1])
            end

            for i, conn in ipairs(conns) do
                if i % 2 == 0 then
                    conn:abort()
                else
                    conn:close()
                end
            end

            sent = sent + AT_ONCE
        end

        assert.equal(before, load.settle(server, before))
        assert.equal("waited\n", server:get("/wait").body)
    end)
end)
