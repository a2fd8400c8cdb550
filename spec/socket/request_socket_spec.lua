-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

describe("ngx.req.socket()", function()
    local server

    setup(function()
        server = code_server.start({
            server = [[
                location /pieces { content_by_lua_block {
                    local sock = assert(ngx.req.socket())
                    sock:settimeout(5000)
                    local seen = {}
                    repeat
                        local data, err, part = sock:receive(5)
                        seen[#seen + 1] = data or part
                    until not data
                    ngx.print(table.concat(seen, "|"))
                } }
                location /count {
                    client_max_body_size 4m;
                    content_by_lua_block {
                        local sock = assert(ngx.req.socket())
                        ngx.print(#sock:receive("*a"))
                    }
                }
                location /first { content_by_lua_block {
                    ngx.print(assert(ngx.req.socket()):receive(3))
                } }
                location /refused { content_by_lua_block {
                    ngx.print(select(2, ngx.req.socket()))
                } }
                location /twice { content_by_lua_block {
                    assert(ngx.req.socket())
                    ngx.print(select(2, ngx.req.socket()))
                } }
                location /after { content_by_lua_block {
                    ngx.req.read_body()
                    ngx.print(select(2, ngx.req.socket()))
                } }
                location /rewrite {
                    rewrite_by_lua_block {
                        ngx.ctx.body = ngx.req.socket():receive("*a")
                    }
                    content_by_lua_block { ngx.print(ngx.ctx.body) }
                }
                location /waits { content_by_lua_block {
                    local sock = assert(ngx.req.socket())
                    sock:settimeout(30)
                    local _, first = sock:receive(100)
                    ngx.log(ngx.WARN, "the reader tells: ", first)
                    sock:settimeout(5000)
                    local _, second, part = sock:receive(100)
                    ngx.log(ngx.WARN, "the reader tells: ", second, " after ",
                        part)
                } }
                location /methods { content_by_lua_block {
                    local sock = ngx.req.socket()
                    for _, name in ipairs({ "send", "connect", "close",
                        "setkeepalive", "sslhandshake" })
                    do
                        ngx.print(tostring(sock[name]), " ")
                    end
                    local tcp = ngx.socket.tcp()
                    ngx.print(select(2, tcp.setkeepalive(sock)), ", ",
                        select(2, tcp.sslhandshake(sock)))
                } }
            ]],
        })
    end)

    it("reads the body in pieces, and its end", function()
        assert.equal("hello| worl|d",
            server:get("/pieces", { body = "hello world" }).body)
    end)

    it("reads a body that comes byte by byte", function()
        local client = server:connect()

        client:send("POST /pieces HTTP/1.0\r\nContent-Length: 11\r\n\r\n")

        for byte in ("hello world"):gmatch(".") do
            client:send(byte)
        end

        assert.equal("hello| worl|d", client:response().body)
    end)

    it("reads a body greater than any buffer", function()
        assert.equal("3000000",
            server:get("/count", { body = ("x"):rep(3000000) }).body)
    end)

    it("reads no byte of the next request", function()
        local client = server:connect()
        local request = "POST /pieces HTTP/1.1\r\nHost: x\r\n"
            .. "Content-Length: 5\r\n\r\nabcde"

        client:send(request .. request)
        assert.equal("abcde|", client:response().body)
        assert.equal("abcde|", client:response().body)
    end)

    it("leaves no rest of a body to be taken for a request", function()
        local client = server:connect()

        client:send("POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 90"
            .. "\r\n\r\nabcGET /pieces HTTP/1.1\r\nHost: smuggled\r\n")
        assert.equal("abc", client:response().body)
        assert.equal("", client:receive("*a"))
    end)

    it("lets a client send that waits for it", function()
        local client = server:connect()

        client:send("POST /pieces HTTP/1.1\r\nHost: x\r\nExpect: 100-continue"
            .. "\r\nContent-Length: 5\r\nConnection: close\r\n\r\n")
        assert.equal("HTTP/1.1 100 Continue", client:receive("*l"))
        client:receive("*l")
        client:send("abcde")
        assert.equal("abcde|", client:response().body)
    end)

    it("may be had in an earlier phase", function()
        assert.equal("abc", server:get("/rewrite", { body = "abc" }).body)
    end)

    it("goes on after a timeout, and tells of a client that left", function()
        local client = server:connect()

        client:send("POST /waits HTTP/1.1\r\nHost: x\r\n"
            .. "Content-Length: 100\r\n\r\n")
        server:wait_log("the reader tells: (timeout)")
        client:send("some")
        client:close()
        server:wait_log("the reader tells: (client aborted after some)")
    end)

    it("is refused where there is no body, or none to be read", function()
        assert.equal("no body", server:get("/refused").body)
        assert.equal("request body already exists",
            server:get("/twice", { body = "x" }).body)
        assert.equal("request body already exists",
            server:get("/after", { body = "x" }).body)

        local client = server:connect()

        client:send("POST /refused HTTP/1.1\r\nHost: x\r\nConnection: close"
            .. "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        assert.equal("chunked request bodies not supported yet",
            client:response().body)
    end)

    it("can neither write nor be kept", function()
        assert.equal("nil nil nil nil nil closed, closed",
            server:get("/methods", { body = "x" }).body)
    end)
end)
