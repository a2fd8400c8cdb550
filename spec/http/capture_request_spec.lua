-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("a captured subrequest", function()
    local server

    setup(function()
        server = nginx.start({
            server = [[
                location /color { content_by_lua_block {
                    ngx.print(ngx.var.color, " ")
                    ngx.var.color = "changed"
                } }

                location /vars {
                    set $color red;
                    content_by_lua_block {
                        local function get(options)
                            ngx.print(ngx.location.capture("/color",
                                                           options).body)
                        end
                        get()
                        get({ vars = { color = "blue" } })
                        get({ copy_all_vars = true })
                        get({ copy_all_vars = true, vars = { color = 1 } })
                        ngx.print(ngx.var.color, " ")
                        get({ share_all_vars = true })
                        ngx.print(ngx.var.color)
                    }
                }

                location /ctx { content_by_lua_block {
                    local ctx = { n = 1 }
                    ngx.location.capture("/count", { ctx = ctx })
                    ngx.location.capture("/count", { ctx = ngx.ctx })
                    ngx.location.capture("/count")
                    ngx.print(ctx.n, " ", ngx.ctx.n)
                } }

                location /count { content_by_lua_block {
                    ngx.ctx.n = (ngx.ctx.n or 10) + 1
                } }

                location /headers { content_by_lua_block {
                    local res = ngx.location.capture("/mine")
                    ngx.print(res.body, ngx.var.http_x_mine, " ",
                        ngx.var.http_cookie)
                } }

                location /mine { content_by_lua_block {
                    ngx.print(ngx.var.http_x_mine, " ",
                              ngx.var.http_cookie, " ")
                    ngx.req.set_header("X-Mine", "changed")
                    ngx.req.clear_header("Cookie")
                } }

                location /forward { content_by_lua_block {
                    ngx.req.read_body()
                    local function get(options)
                        ngx.print(ngx.location.capture("/body",
                                                       options).body, ",")
                    end
                    get()
                    get({ method = ngx.HTTP_POST })
                    get({ always_forward_body = true })
                    get({ body = "" })
                    ngx.print(ngx.req.get_body_data())
                } }

                location /body { content_by_lua_block {
                    ngx.print(ngx.req.get_body_data(), " ",
                              ngx.var.http_content_length)
                    if ngx.req.get_body_data() then
                        ngx.req.set_body_data("changed")
                    end
                } }

                location /exec { content_by_lua_block {
                    local res = ngx.location.capture("/jump")
                    ngx.print(res.status, " ", res.body)
                } }

                location /jump { rewrite_by_lua_block {
                    ngx.sleep(0.001)
                    ngx.exec("@landed")
                } }

                location @landed { content_by_lua_block {
                    ngx.print("landed ", ngx.is_subrequest)
                } }

                location /filtered {
                    header_filter_by_lua_block {
                        if ngx.is_subrequest then
                            ngx.header["X-Filter"] = ngx.status
                        end
                    }
                    content_by_lua_block { ngx.exit(403) }
                }

                location /filter { content_by_lua_block {
                    local res = ngx.location.capture("/filtered")
                    ngx.print(res.status, " ", res.header["X-Filter"])
                } }

                location /logged {
                    log_subrequest on;
                    content_by_lua_block { ngx.ctx.said = "in its log" }
                    log_by_lua_block {
                        ngx.log(ngx.WARN, ngx.var.uri, " ",
                            ngx.is_subrequest, " ", ngx.ctx.said)
                    }
                }

                location /log { content_by_lua_block {
                    ngx.location.capture("/logged")
                } }

                location /fresh {
                    lua_code_cache off;
                    content_by_lua_block {
                        local ctx = {}
                        ngx.location.capture("/fresh_ctx", { ctx = ctx })
                        ngx.print(ctx.seen)
                    }
                }

                location /fresh_ctx {
                    lua_code_cache off;
                    content_by_lua_block { ngx.ctx.seen = "shared" }
                }
            ]],
            allow = { "lua_code_cache is off", "using uninitialized" },
        })
    end)

    teardown(function()
        server:stop()
    end)

    local function body(path, options)
        return server:get(path, options).body
    end

    it("has variables of its own, a copy, or its parent's", function()
        assert.equal(" blue red 1 red red changed", body("/vars"))
    end)

    it("has a ngx.ctx of its own, or the one it is given", function()
        assert.equal("2 11", body("/ctx"))
    end)

    it("has headers of its own", function()
        assert.equal("a b=1 a b=1", body("/headers", {
            headers = { ["X-Mine"] = "a", Cookie = "b=1" },
        }))
    end)

    it("gets its parent's body only when that makes sense", function()
        local conn = server:connect()

        conn:request("POST", "/forward", { body = "hello" })
        assert.equal("nil nil,hello 5,hello 5,nil 0,hello",
                     conn:response().body)
    end)

    it("may jump, and is captured where it lands", function()
        assert.equal("200 landed true", body("/exec"))
    end)

    it("goes through header filters, refused ones too", function()
        assert.equal("403 403", body("/filter"))
    end)

    it("has a log phase if nginx is told so", function()
        body("/log")
        server:wait_log("/logged true in its log")
    end)

    it("shares the VM of its parent without a code cache", function()
        assert.equal("shared", body("/fresh"))
    end)
end)
