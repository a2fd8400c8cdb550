-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("the request's body", function()
    local server

    setup(function()
        server = nginx.start({
            http = "client_body_buffer_size 1k; client_max_body_size 8k;",
            server = [[
                location /data { content_by_lua_block {
                    ngx.req.read_body()
                    ngx.print(ngx.req.get_body_data())
                } }

                location /file { content_by_lua_block {
                    ngx.req.read_body()
                    local path = ngx.req.get_body_file()
                    local file = io.open(path, "rb")
                    ngx.print(ngx.req.get_body_data(), #file:read("*a"))
                } }

                location /unread { content_by_lua_block {
                    ngx.print("unread")
                } }

                location /replaced {
                    rewrite_by_lua_block {
                        ngx.req.read_body()
                        ngx.req.set_body_data("another")
                    }
                    proxy_pass http://unix:{{socket}}:/back;
                }

                location /built {
                    rewrite_by_lua_block {
                        ngx.req.read_body()
                        ngx.req.init_body(4)
                        ngx.req.append_body("one ")
                        ngx.req.append_body("two three")
                        ngx.req.finish_body()
                    }
                    proxy_pass http://unix:{{socket}}:/back;
                }

                location /from_file {
                    rewrite_by_lua_block {
                        ngx.req.read_body()
                        ngx.req.set_body_file("{{dir}}/body.txt")
                    }
                    proxy_pass http://unix:{{socket}}:/back;
                }

                location /back { content_by_lua_block {
                    ngx.req.read_body()
                    ngx.print(ngx.var.content_length, " ",
                              ngx.req.get_body_data())
                } }

                location /args { content_by_lua_block {
                    ngx.req.read_body()
                    local args, err = ngx.req.get_post_args(2)
                    ngx.print(args.a[1], args.a[2], err)
                } }

                location /needed {
                    lua_need_request_body on;
                    content_by_lua_block {
                        ngx.print(ngx.req.get_body_data())
                    }
                }

                location /misuse { content_by_lua_block {
                    ngx.say(pcall(ngx.req.set_body_data, "a"))
                    ngx.say(pcall(ngx.req.append_body, "a"))
                    ngx.say(pcall(ngx.req.get_post_args))
                } }
            ]],
            files = { ["body.txt"] = "from a file" },
        })
    end)

    local function post(path, body)
        return server:get(path, { method = "POST", body = body })
    end

    it("is read when all of it came", function()
        assert.equal("hello", post("/data", "hello").body)
    end)

    it("is waited for", function()
        local conn = server:connect()

        conn:send("POST /data HTTP/1.1\r\nHost: a\r\n"
                  .. "Content-Length: 10\r\n\r\nhello")
        assert.equal("unread", server:get("/unread").body)
        conn:send("world")
        assert.equal("helloworld", conn:response().body)
    end)

    it("may come in chunks", function()
        local conn = server:connect()

        conn:send("POST /data HTTP/1.1\r\nHost: a\r\n"
                  .. "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        conn:send("2\r\nde\r\n0\r\n\r\n")
        assert.equal("abcde", conn:response().body)
    end)

    it("lies in a file when it is large", function()
        assert.equal("nil4000", post("/file", ("x"):rep(4000)).body)
    end)

    it("is refused when it is too large", function()
        assert.equal(413, post("/data", ("x"):rep(9000)).status)
    end)

    it("is no next request when nobody reads it", function()
        local conn = server:connect()

        conn:request("POST", "/unread", { body = "GET /nope HTTP/1.1\r\n" })
        assert.equal("unread", conn:response().body)
        conn:request("GET", "/unread")
        assert.equal("unread", conn:response().body)
    end)

    it("can be replaced by a string", function()
        assert.equal("7 another", post("/replaced", "first").body)
    end)

    it("can be written piece by piece", function()
        assert.equal("13 one two three", post("/built", "first").body)
    end)

    it("can be replaced by a file", function()
        assert.equal("11 from a file", post("/from_file", "first").body)
    end)

    it("holds arguments, of which some may be left out", function()
        assert.equal("1x ytruncated", post("/args", "a=1&a=x%20y&b=2").body)
    end)

    it("is there at once when the location needs it", function()
        assert.equal("hello", post("/needed", "hello").body)
    end)

    it("must have been read by whom wants to replace it", function()
        local body = server:get("/misuse").body

        assert.truthy(body:find("false.*request body not read yet"))
        assert.truthy(body:find("no request body found; maybe you should "
                                .. "turn on lua_need_request_body?", 1, true))
    end)
end)
