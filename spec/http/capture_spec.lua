-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("ngx.location.capture", function()
    local server

    setup(function()
        server = nginx.start({
            server = [[
                location /echo { content_by_lua_block {
                    ngx.req.read_body()
                    ngx.header["X-One"] = { "a", "b" }
                    ngx.status = 202
                    ngx.print(ngx.req.get_method(), " ", ngx.var.args or "-",
                        " ", ngx.req.get_body_data() or "-", " ",
                        ngx.var.http_content_length or "-")
                } }

                location /answer { content_by_lua_block {
                    local res = ngx.location.capture("/echo?a=1", {
                        args = { b = "x y" }, method = ngx.HTTP_POST,
                        body = "hello",
                    })
                    ngx.print(res.status, " ", res.body, " ",
                        res.header["X-One"][2], " ", res.truncated)
                } }

                location /waits {
                    rewrite_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.ctx.rewrite = ngx.location.capture("/slow").body
                    }
                    access_by_lua_block {
                        ngx.ctx.access = ngx.location.capture("/slow").body
                    }
                    content_by_lua_block {
                        ngx.print(ngx.ctx.rewrite, ngx.ctx.access,
                            ngx.location.capture("/slow").body)
                    }
                }

                location /slow { content_by_lua_block {
                    ngx.sleep(0.001)
                    ngx.print("slow ")
                } }

                location /order { content_by_lua_block {
                    local a, b, c = ngx.location.capture_multi({
                        { "/sleep?0.02" }, { "/sleep?0" }, { "/none" },
                    })
                    ngx.print(a.body, b.body, c.status)
                } }

                location /sleep { content_by_lua_block {
                    ngx.sleep(tonumber(ngx.var.args))
                    ngx.print(ngx.var.args, " ")
                } }

                location /none { return 404; }

                location /nested { content_by_lua_block {
                    local depth = tonumber(ngx.var.arg_depth)
                    if depth == 0 then
                        return ngx.print("bottom")
                    end
                    local res = ngx.location.capture(
                        "/nested?depth=" .. depth - 1)
                    ngx.print(res.status == 200 and res.body or res.status)
                } }

                location /coroutine { content_by_lua_block {
                    local thread = ngx.thread.spawn(function()
                        return ngx.location.capture("/slow").body
                    end)
                    local wrapped = coroutine.wrap(function()
                        coroutine.yield(ngx.location.capture("/slow").body)
                    end)
                    ngx.print(wrapped(), select(2, ngx.thread.wait(thread)))
                } }

                location /many { content_by_lua_block {
                    local queries = {}
                    for i = 1, 500 do
                        queries[i] = { "/sleep?0.00" .. i % 7 }
                    end
                    local answers = { ngx.location.capture_multi(queries) }
                    for i = 1, 500 do
                        assert(answers[i].body == "0.00" .. i % 7 .. " ")
                    end
                    ngx.print(#answers, " ")
                    for _ = 1, 3000 do
                        assert(ngx.location.capture("/none").status == 404)
                    end
                    ngx.print(#ngx.location.capture("/large").body)
                } }

                location /large { content_by_lua_block {
                    for _ = 1, 3000 do
                        ngx.print(("x"):rep(1000))
                    end
                } }

                location /counters { content_by_lua_block {
                    local c = require("pandan.runtime").counters()
                    ngx.print(c.waits, " ", c.tasks)
                } }
            ]],
        })
    end)

    teardown(function()
        server:stop()
    end)

    local function body(path)
        return server:get(path).body
    end

    it("sends a method, arguments and a body, and brings the answer", function()
        assert.equal("202 POST a=1&b=x%20y hello 5 b false", body("/answer"))
    end)

    it("may wait in each phase, also when a timer woke the code", function()
        assert.equal("slow slow slow ", body("/waits"))
    end)

    it("answers in the order asked, in whatever order they end", function()
        assert.equal("0.02 0 404", body("/order"))
    end)

    it("nests, and stops at nginx's limit", function()
        assert.equal("bottom", body("/nested?depth=40"))
        assert.equal("500", body("/nested?depth=60"))
        server:wait_log("lua subrequests cycle while processing")
    end)

    it("takes many at once, many in a row, and large ones", function()
        assert.equal("500 3000000", body("/many"))
    end)

    it("works in light threads and user coroutines", function()
        assert.equal("slow slow ", body("/coroutine"))
    end)

    it("leaves nothing behind", function()
        assert.equal("0 1", body("/counters"))
    end)
end)
