-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("ngx.req's headers", function()
    local server

    setup(function()
        server = nginx.start({
            server = [[
                error_page 400 = /bad;

                location = /bad { content_by_lua_block {
                    ngx.req.set_header("X-A", { "1", "2" })
                    ngx.req.clear_header("Host")
                    ngx.print(next(ngx.req.get_headers()) == nil)
                } }

                location /get { content_by_lua_block {
                    local h = ngx.req.get_headers()
                    ngx.print(h["x-a"], h.X_A, h["X-A"], h.nope)
                } }

                location /max { content_by_lua_block {
                    local h, err = ngx.req.get_headers(2)
                    local n = 0
                    for _ in pairs(h) do n = n + 1 end
                    ngx.print(n, err)
                } }

                location /raw { content_by_lua_block {
                    local h = ngx.req.get_headers(nil, true)
                    ngx.print(h["X-A"], h["x-a"])
                } }

                location /proxied {
                    rewrite_by_lua_block {
                        ngx.req.set_header("X-List", { "1", "2" })
                        ngx.req.set_header("X-A", "new")
                        ngx.req.clear_header("X-B")
                        ngx.req.clear_header("User-Agent")
                        ngx.req.set_header("Cookie", "a=1")
                        ngx.req.set_header("X-Bad", "a\r\nX-Evil: 1")
                    }
                    proxy_pass http://unix:{{socket}}:/back;
                }

                location /back { content_by_lua_block {
                    ngx.req.read_body()
                    ngx.print(ngx.req.raw_header(true))
                } }

                location /host { content_by_lua_block {
                    local before = ngx.var.host
                    ngx.req.set_header("Host", "Other.Example:81")
                    ngx.print(before ~= ngx.var.host, ngx.var.host,
                              ngx.var.http_host)
                    ngx.print(pcall(ngx.req.set_header, "Host", "a/b"))
                } }

                location /cookie { content_by_lua_block {
                    ngx.req.set_header("Cookie", "a=1; b=2")
                    ngx.print(ngx.var.cookie_b)
                    ngx.req.clear_header("Cookie")
                    ngx.print(ngx.var.cookie_c)
                } }

                location /length { content_by_lua_block {
                    ngx.print(pcall(ngx.req.set_header, "Content-Length",
                                    "-1"))
                } }

                location /method { content_by_lua_block {
                    ngx.req.set_method(ngx.HTTP_PUT)
                    ngx.print(ngx.req.get_method(), " ",
                              ngx.req.http_version(), " ",
                              ngx.req.is_internal(), " ",
                              ngx.req.start_time() <= os.time() + 1)
                    ngx.print(pcall(ngx.req.set_method, 3))
                } }

                location /first { content_by_lua_block {
                    ngx.print(ngx.req.raw_header())
                } }
            ]],
        })
    end)

    it("are found under any spelling", function()
        local response = server:get("/get", { headers = { ["X-A"] = "1" } })

        assert.equal("111nil", response.body)
    end)

    it("are counted, and say when some are left out", function()
        local response = server:get("/max", {
            headers = { ["X-A"] = "1", ["X-B"] = "2", ["X-C"] = "3" },
        })

        assert.equal("2truncated", response.body)
    end)

    it("keep their spelling when raw", function()
        local response = server:get("/raw", { headers = { ["X-A"] = "1" } })

        assert.equal("1nil", response.body)
    end)

    it("go to the upstream as changed, and nothing else", function()
        local body = server:get("/proxied", {
            headers = { ["X-A"] = "old", ["X-B"] = "b",
                        ["User-Agent"] = "me" },
        }).body

        assert.truthy(body:find("X-A: new\r\n", 1, true))
        assert.truthy(body:find("X-List: 1\r\nX-List: 2\r\n", 1, true))
        assert.truthy(body:find("Cookie: a=1\r\n", 1, true))
        assert.truthy(body:find("X-Bad: a%0D%0AX-Evil: 1\r\n", 1, true))
        assert.falsy(body:find("X-B:", 1, true))
        assert.falsy(body:find("User-Agent", 1, true))
        assert.falsy(body:find("old", 1, true))
    end)

    it("change the host that nginx knows", function()
        local body = server:get("/host").body

        assert.truthy(body:find("^trueother.exampleOther.Example:81"))
        assert.truthy(body:find("failed to set header", 1, true))
    end)

    it("change the cookies that nginx knows", function()
        assert.equal("2nil", server:get("/cookie", {
            headers = { Cookie = "c=3" },
        }).body)
    end)

    it("refuse a length that is none", function()
        assert.truthy(server:get("/length").body:find("failed to set header"))
    end)

    it("are none of a request whose line was bad", function()
        local conn = server:connect()

        conn:send("get /get HTTP/1.1\r\n\r\n")
        assert.equal("true", conn:response().body)
    end)

    it("have the request's line beside them", function()
        local body = server:get("/method").body

        assert.truthy(body:find("^PUT 1.1 false true"))
        assert.truthy(body:find("unsupported HTTP method: 3", 1, true))
    end)

    it("are there as they came", function()
        local body = server:get("/first", { headers = { A = "x" } }).body

        assert.truthy(body:find("^GET /first HTTP/1.1\r\n"))
        assert.truthy(body:find("A: x\r\n", 1, true))
        assert.equal("\r\n\r\n", body:sub(-4))
    end)

    it("are there as they came, however many buffers they fill", function()
        local peer = server:connect()
        local lines = { "GET /first HTTP/1.0" }

        for i = 1, 9 do
            lines[#lines + 1] = "X-" .. i .. ":" .. ("v"):rep(1500) .. "  "
        end

        local sent = table.concat(lines, "\r\n") .. "\r\n\r\n"
        peer:send(sent)

        assert.equal(sent, peer:receive_all():sub(-#sent))
    end)

    it("are there as they came, whatever ends their lines", function()
        local peer = server:connect()
        local sent = "GET /first HTTP/1.0\nA:x \t\nEmpty:\nNone:  \n\n"

        peer:send(sent .. "not a header")
        local answer = peer:receive_all()

        assert.equal(sent, answer:sub(-#sent))
    end)
end)
