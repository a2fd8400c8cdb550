-- SPDX-License-Identifier: MIT
local paths = require("support.paths")
local process = require("support.process")
local stream = require("support.stream")

local RELOADS = paths.sanitized and 3 or 6

-- A load of its own process, so that the reloads are not its own: clients
-- that come, ask some lines and go, until told to stop.
local LOAD = [[
    server { listen 127.0.0.1:{{port_load}};
        content_by_lua_block {
            local sock = ngx.req.socket()
            local port = tonumber(os.getenv("ECHO"))
            local running, asked, wrong = true, 0, {}

            local function fail(what, err)
                wrong[#wrong + 1] = what .. ": " .. tostring(err)
            end

            local function client(n)
                while running do
                    local c = ngx.socket.tcp()
                    local ok, err = c:connect("127.0.0.1", port)
                    if not ok then
                        return fail("connect", err)
                    end
                    for i = 1, 10 do
                        local line = n .. "." .. i
                        c:send(line .. "\n")

                        local answer, err = c:receive()
                        if answer ~= line then
                            return fail(line, answer or err)
                        end
                        asked = asked + 1
                        ngx.sleep(0)
                    end
                    c:close()
                end
            end

            local threads = {}
            for n = 1, 20 do
                threads[n] = ngx.thread.spawn(client, n)
            end

            ngx.say("runs")
            ngx.flush(true)
            sock:receive()
            running = false
            for _, thread in ipairs(threads) do
                ngx.thread.wait(thread)
            end
            ngx.say(asked > 0 and "asked" or "idle", " ", #wrong, " ",
                table.concat(wrong, ", "))
        }
    }
]]

describe("a reload under load", function()
    local server, load

    setup(function()
        server = stream.start({
            http = "lua_shared_dict seen 1m;",
            server = [[ location /seen { content_by_lua_block {
                ngx.print(ngx.shared.seen:get("lines") or 0) } } ]],
            stream = [[
                lua_shared_dict seen 1m;
                server { listen 127.0.0.1:{{port_echo}} backlog=1024;
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        while true do
                            local line = sock:receive()
                            if not line then break end
                            ngx.shared.seen:incr("lines", 1, 0)
                            sock:send(line .. "\n")
                        end
                    }
                }
                server { listen 127.0.0.1:{{port_udp}} udp;
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        sock:send(sock:receive())
                    }
                }
            ]],
        })
        load = stream.start({
            env = { ECHO = server.ports.port_echo }, stream = LOAD,
        })
    end)

    it("loses no connection and no line", function()
        local control = stream.connect(load, "load")
        local seen = 0

        assert.equal("runs", control:receive())
        for _ = 1, RELOADS do
            server:reload()
            assert.is_true(process.wait_until(10, function()
                local now = tonumber(server:get("/seen").body)
                local more = now > seen

                seen = now
                return more
            end))
        end
        control:send("stop\n")
        assert.equal("asked 0 ", control:receive())
        control:close()
        stream.settle(server)
        stream.settle(load)
    end)

    it("lets who talks with an old worker end", function()
        local client = stream.connect(server, "echo")
        local old = server:workers()[1]

        client:send("before\n")
        assert.equal("before", client:receive())
        server:signal("HUP")
        assert.is_true(process.wait_until(10, function()
            return #server:workers() == 2
        end))
        client:send("after\n")
        assert.equal("after", client:receive())

        local fresh = stream.datagrams(server, "udp")
        fresh:send("new")
        assert.equal("new", fresh:receive())
        fresh:close()

        client:close()
        assert.is_true(process.wait_until(10, function()
            local workers = server:workers()
            return #workers == 1 and workers[1] ~= old
        end))
    end)
end)
