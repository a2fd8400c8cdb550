-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("code that leaves its phase", function()
    local server

    setup(function()
        server = nginx.start({
            server = [[
                location /exit { content_by_lua_block {
                    ngx.exit(404)
                } }

                location /own_status { content_by_lua_block {
                    ngx.status = 201
                    ngx.say("made")
                    ngx.exit(200)
                } }

                location /late { content_by_lua_block {
                    ngx.say("sent")
                    ngx.exit(500)
                } }

                location /denied {
                    access_by_lua_block { ngx.exit(403) }
                    content_by_lua_block { ngx.say("never") }
                }

                location /filtered {
                    return 200 "body";
                    header_filter_by_lua_block { ngx.exit(402) }
                }

                location /exec_content { content_by_lua_block {
                    ngx.exec("/target?a=1", { b = "x y" })
                } }

                location /exec_access {
                    access_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.exec("/target", "c=3")
                    }
                    content_by_lua_block { ngx.say("never") }
                }

                location /exec_named { rewrite_by_lua_block {
                    ngx.ctx.kept = 1
                    ngx.exec("@named")
                } }

                location @named { content_by_lua_block {
                    ngx.print("named ", ngx.var.uri)
                } }

                location /target {
                    internal;
                    content_by_lua_block {
                        ngx.print(ngx.var.uri, "?", ngx.var.args)
                    }
                }

                location /redirect { content_by_lua_block {
                    ngx.redirect("/there", tonumber(ngx.var.arg_status))
                } }

                location /unsafe { content_by_lua_block {
                    ngx.print(pcall(ngx.redirect, "/a\r\nX-Evil: 1"))
                } }

                location /jump {
                    rewrite_by_lua_block {
                        ngx.req.set_uri_args({ a = { 1, "x y" }, b = true })
                        ngx.req.set_uri("/jumped", true)
                    }
                    content_by_lua_block { ngx.say("never") }
                }

                location /jumped {
                    rewrite_by_lua_block { ngx.var.seen = "seen" }
                    set $seen "";
                    content_by_lua_block {
                        local args = ngx.req.get_uri_args()
                        ngx.print(ngx.var.uri, args.a[2], args.b,
                                  ngx.var.seen)
                    }
                }

                location /misuse { content_by_lua_block {
                    ngx.say(pcall(ngx.exit, ngx.AGAIN))
                    ngx.say(pcall(ngx.exec, ""))
                    ngx.say(pcall(ngx.redirect, "/a", 200))
                    ngx.say(pcall(ngx.req.set_uri, ""))
                    ngx.say(pcall(ngx.req.set_uri, "/a\n"))
                    ngx.say(pcall(ngx.req.set_uri, "/a", true))
                } }

                location /counters { content_by_lua_block {
                    local c = require("pandan.runtime").counters()
                    ngx.print(c.hosts, " ", c.waits, " ", c.tasks)
                } }
            ]],
        })
    end)

    it("answers by nginx's own page", function()
        local response = server:get("/exit")

        assert.equal(404, response.status)
        assert.truthy(response.body:find("404 Not Found", 1, true))
    end)

    it("keeps a status that was set", function()
        local response = server:get("/own_status")

        assert.equal(201, response.status)
        assert.equal("made\n", response.body)
    end)

    it("cannot take back a status that was sent", function()
        assert.equal(200, server:get("/late").status)
        server:wait_log("attempt to set status 500 via ngx.exit after "
                        .. "sending out the response status 200")
    end)

    it("keeps later phases from running", function()
        assert.equal(403, server:get("/denied").status)
    end)

    it("replaces the answer of others", function()
        assert.equal(402, server:get("/filtered").status)
    end)

    it("goes on at another location", function()
        assert.equal("/target?a=1&b=x%20y", server:get("/exec_content").body)
        assert.equal("/target?c=3", server:get("/exec_access").body)
        assert.equal("named /exec_named", server:get("/exec_named").body)
    end)

    it("sends the client elsewhere", function()
        local response = server:get("/redirect")

        assert.equal(302, response.status)
        assert.equal("/there", response.headers["Location"])
        assert.equal(308, server:get("/redirect?status=308").status)
    end)

    it("does not send it line breaks", function()
        assert.truthy(server:get("/unsafe").body:find(
            [[unsafe byte "0x0d" in redirect uri "/a\x0D\x0AX-Evil: 1"]], 1,
            true))
    end)

    it("rewrites the URI and searches again", function()
        assert.equal("/jumpedx ytrueseen", server:get("/jump").body)
    end)

    it("is told what is wrong", function()
        local body = server:get("/misuse").body

        assert.truthy(body:find("does not accept NGX_AGAIN or NGX_DONE", 1,
                                true))
        assert.truthy(body:find("The uri argument is empty", 1, true))
        assert.truthy(body:find("only ngx.HTTP_MOVED_TEMPORARILY", 1, true))
        assert.truthy(body:find("attempt to use zero-length uri", 1, true))
        assert.truthy(body:find([[unsafe byte "0x0a" in uri "/a\x0A"]], 1,
                                true))
        assert.truthy(body:find("API disabled in the context of content", 1,
                                true))
    end)

    it("leaves nothing behind", function()
        assert.equal("1 0 1", server:get("/counters").body)
    end)
end)
