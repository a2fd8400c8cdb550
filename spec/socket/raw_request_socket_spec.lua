-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local code_server = require("support.code_server")

describe("ngx.req.socket(true)", function()
    local server

    setup(function()
        local dir = certificates.of_server()

        server = code_server.start({
            http = certificates.listener(dir, "server", [[
                    location / { content_by_lua_block { echo() } }
                ]]) .. [[
                init_by_lua_block {
                    path = "unix:{{dir}}/server.sock"

                    -- what the client says after its request, until "quit"
                    function echo()
                        local sock = assert(ngx.req.socket(true))
                        repeat
                            local line = sock:receive()
                            sock:send((line or "end") .. "\n")
                        until not line or line == "quit"
                    end
                }
            ]],
            server = [[
                location /echo { content_by_lua_block { echo() } }
                location /upgrade { content_by_lua_block {
                    ngx.status = 101
                    ngx.header.Upgrade = "echo"
                    ngx.send_headers()
                    echo()
                } }
                location /silent { content_by_lua_block {
                    ngx.req.socket(true):send("mine")
                    local said = {}
                    for _, name in ipairs({ "say", "print", "flush", "eof" }) do
                        said[#said + 1] = select(2, ngx[name]())
                    end
                    said[#said + 1] = select(2, ngx.req.socket(true))
                    ngx.log(ngx.WARN, "told: ", table.concat(said, ", "))
                } }
                location /duplex { content_by_lua_block {
                    local sock = ngx.req.socket(true)
                    local writer = ngx.thread.spawn(function()
                        return sock:send(("x"):rep(3000000))
                    end)
                    local got = sock:receive(3000000)
                    local _, sent = ngx.thread.wait(writer)
                    sock:send(" " .. #got .. " " .. sent)
                } }
                location /raises {
                    access_by_lua_block {
                        ngx.req.socket(true):send("before")
                        error("raised on purpose")
                    }
                }
                location /deaf { content_by_lua_block {
                    local sock = ngx.req.socket(true)
                    sock:settimeout(50)
                    local _, err = sock:send(("x"):rep(20000000))
                    local _, again = sock:send("y")
                    ngx.log(ngx.WARN, "the writer tells: ", err, ", ", again)
                } }
                location /leaves {
                    lua_check_client_abort on;
                    content_by_lua_block {
                        local sock = ngx.req.socket(true)
                        ngx.on_abort(function()
                            ngx.log(ngx.WARN, "told of the abort")
                            ngx.exit(499)
                        end)
                        sock:send("hello\n")
                        ngx.sleep(10)
                    }
                }
            ]],
        })
    end)

    local function ask(path, more)
        local client = server:connect()

        client:send("GET " .. path .. " HTTP/1.1\r\nHost: x\r\n\r\n"
            .. (more or ""))

        return client
    end

    it("speaks with the client as both like", function()
        local client = ask("/echo", "with the headers\n")

        assert.equal("with the headers", client:receive("*l"))
        client:send("later\n")
        assert.equal("later", client:receive("*l"))
        client:send("quit\n")
        assert.equal("quit", client:receive("*l"))
        assert.equal("", client:receive("*a"))
    end)

    it("takes over after an answer to an upgrade", function()
        local client = ask("/upgrade")

        assert.equal("HTTP/1.1 101 Switching Protocols", client:receive("*l"))
        repeat until client:receive("*l") == ""
        client:send("quit\n")
        assert.equal("quit", client:receive("*l"))
    end)

    it("works under TLS, also for what does not fit at once", function()
        assert.equal("true", server:run([[
            local sock = ngx.socket.connect(path)
            sock:sslhandshake()
            local line = ("y"):rep(2000000)
            sock:send({ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", line,
                "\nquit\n" })
            return tostring(sock:receive() == line)
        ]]))
    end)

    it("keeps nginx from saying anything", function()
        local client = ask("/silent")

        assert.equal("mine", client:receive("*a"))
        server:wait_log("told: (" .. ("raw request socket acquired, "):rep(4)
            .. "duplicate call)")
    end)

    it("reads and writes at the same time", function()
        local client = ask("/duplex")
        local got = 0

        -- more than the sockets hold: it must read to be able to write
        for _ = 1, 30 do
            client:send(("z"):rep(100000))
            got = got + #client:receive(100000)
        end

        assert.equal(3000000, got)
        assert.equal(" 3000000 3000000", client:receive("*a"))
    end)

    it("sends no error page behind what was said", function()
        assert.equal("before", ask("/raises"):receive("*a"))
        assert.matches("raised on purpose", server:error_log())
    end)

    it("gives up on a client that does not read", function()
        local client = ask("/deaf")

        server:wait_log("the writer tells: (timeout, closed)")
        client:close()
    end)

    it("still has the client's leaving told", function()
        local client = ask("/leaves")

        assert.equal("hello", client:receive("*l"))
        client:close()
        server:wait_log("(told of the abort)")
    end)
end)
