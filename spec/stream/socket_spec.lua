-- SPDX-License-Identifier: MIT
local stream = require("support.stream")

describe("the client's socket in stream", function()
    local server

    setup(function()
        server = stream.start({
            stream = stream.echo .. [[
                server { listen 127.0.0.1:{{port_order}};
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        for i = 1, 3 do
                            ngx.print("p", i, " ")
                            sock:send("s" .. i .. " ")
                        end
                    }
                }
                server { listen 127.0.0.1:{{port_large}};
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        ngx.print(("a"):rep(3000000))
                        sock:send(("b"):rep(3000000))
                        ngx.print(("c"):rep(3000000))
                    }
                }
                server { listen 127.0.0.1:{{port_peek}};
                    preread_by_lua_block {
                        local sock = ngx.req.socket()
                        local first = sock:peek(3)
                        ngx.log(ngx.WARN, "peeked ", first, " ", sock:peek(5))
                    }
                    proxy_pass 127.0.0.1:{{port_echo}};
                }
                server { listen 127.0.0.1:{{port_taken}};
                    preread_by_lua_block {
                        local sock = ngx.req.socket()
                        ngx.log(ngx.WARN, "took ", sock:receive())
                        ngx.sleep(0.001)
                        ngx.log(ngx.WARN, select(2, pcall(sock.peek, sock, 1)))
                    }
                    proxy_pass 127.0.0.1:{{port_echo}};
                }
                server { listen 127.0.0.1:{{port_half}};
                    content_by_lua_block {
                        local sock = ngx.req.socket()
                        ngx.say("answer")
                        ngx.flush(true)
                        assert(sock:shutdown("send"))
                        ngx.log(ngx.WARN, "rest: ", sock:receive("*a"),
                            " then: ", select(2, ngx.say("more")))
                    }
                }
            ]],
        })
    end)

    it("is a duplex stream of lines", function()
        local client = stream.connect(server, "echo")

        for i = 1, 3 do
            client:send("line " .. i .. "\n")
            assert.equal("line " .. i, client:receive())
        end
        client:close()
    end)

    it("sends in the order of print and send", function()
        assert.equal("p1 s1 p2 s2 p3 s3 ", stream.ask(server, "order"))
    end)

    it("keeps the order when the client is slow to take it", function()
        local all = stream.ask(server, "large")

        assert.equal(9000000, #all)
        assert.equal(("a"):rep(10) .. ("b"):rep(10),
            all:sub(2999991, 3000010))
        assert.equal(("b"):rep(10) .. ("c"):rep(10),
            all:sub(5999991, 6000010))
    end)

    it("peeks without taking", function()
        local client = stream.connect(server, "peek")

        client:send("hel")
        client:send("lo\n")
        assert.equal("hello", client:receive())
        client:close()
        server:wait_log("peeked hel hello")
    end)

    it("leaves what was not received to the proxy", function()
        local client = stream.connect(server, "taken")

        client:send("one\ntwo\nthree\n")
        assert.equal("two", client:receive())
        assert.equal("three", client:receive())
        client:close()
        server:wait_log("took one")
        server:wait_log("attempt to peek on a consumed socket")
    end)

    it("ends one direction and reads on", function()
        local client = stream.connect(server, "half")

        assert.equal("answer\n", client:receive("*a"))
        client:send("late")
        client:close()
        server:wait_log("rest: late then: seen eof")
        stream.settle(server)
    end)
end)
