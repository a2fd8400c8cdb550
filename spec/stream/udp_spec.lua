-- SPDX-License-Identifier: MIT
local stream = require("support.stream")

describe("datagrams", function()
    local server

    setup(function()
        server = stream.start({
            stream = [[
                server { listen 127.0.0.1:{{port_echo}} udp;
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        local data = sock:receive()
                        local _, err = sock:receive()
                        sock:send(data .. ", " .. err)
                        sock:send("again")
                    }
                }
                server { listen 127.0.0.1:{{port_slow}} udp;
                    content_by_lua_block {
                        local data = ngx.req.socket():receive()
                        ngx.log(ngx.WARN, "has ", data)
                        ngx.sleep(0.1)
                        ngx.print("had ", data)
                    }
                }
                server { listen 127.0.0.1:{{port_parts}} udp;
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        local parts = {}
                        repeat
                            local part = sock:receive(3)
                            parts[#parts + 1] = part
                        until not part
                        sock:send(table.concat(parts, "|"))
                    }
                }
            ]],
        })
    end)

    it("are read once, and answered by datagrams", function()
        local client = stream.datagrams(server, "echo")

        client:send("hello")
        assert.equal("hello, no more data", client:receive())
        assert.equal("again", client:receive())
        client:close()
    end)

    it("are read in parts", function()
        local client = stream.datagrams(server, "parts")

        client:send("abcdefgh")
        assert.equal("abc|def|gh", client:receive())
        client:close()
    end)

    it("of one client that come while code runs are run one by one",
        function()
            local client = stream.datagrams(server, "slow")

            client:send("one")
            server:wait_log("has one")
            client:send("two")
            client:send("three")

            for _, name in ipairs({ "one", "two", "three" }) do
                assert.equal("had " .. name, client:receive())
            end
            client:close()
            stream.settle(server)
        end)

    it("that flood are answered or lost, and leave nothing behind",
        function()
            local clients = {}

            for i = 1, 50 do
                clients[i] = stream.datagrams(server, "parts")
            end
            for round = 1, 40 do
                for _, client in ipairs(clients) do
                    client:send(("%06d"):format(round))
                end
            end
            for _, client in ipairs(clients) do
                assert.matches("^000|%d%d%d$", client:receive())
                client:close()
            end
            stream.settle(server)
        end)
end)
