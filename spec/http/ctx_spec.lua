-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("ngx.ctx", function()
    local server

    setup(function()
        server = nginx.start({
            server = [[
                location /phases {
                    rewrite_by_lua_block { ngx.ctx.list = { "rewrite" } }
                    access_by_lua_block {
                        ngx.sleep(0.001)
                        table.insert(ngx.ctx.list, "access")
                    }
                    content_by_lua_block {
                        ngx.print(table.concat(ngx.ctx.list, " "))
                    }
                    log_by_lua_block {
                        ngx.log(ngx.WARN, "logged ", #ngx.ctx.list)
                    }
                }

                location /replace { content_by_lua_block {
                    ngx.ctx = { a = 1 }
                    ngx.print(ngx.ctx.a, pcall(function()
                        ngx.ctx = 1
                    end))
                } }

                location /redirected {
                    rewrite_by_lua_block {
                        ngx.ctx.a = 1
                        ngx.exec("/fresh")
                    }
                }

                location /fresh { content_by_lua_block {
                    ngx.print(ngx.ctx.a)
                } }

                location /timer { content_by_lua_block {
                    ngx.ctx.a = "request"
                    ngx.timer.at(0, function()
                        ngx.log(ngx.WARN, "before: ", ngx.ctx.a)
                        ngx.ctx.a = "timer"
                        ngx.sleep(0.001)
                        ngx.log(ngx.WARN, "after: ", ngx.ctx.a)
                    end)
                } }
            ]],
        })
    end)

    it("lasts from phase to phase", function()
        assert.equal("rewrite access", server:get("/phases").body)
        server:wait_log("logged 2")
    end)

    it("is of one request only", function()
        local conn = server:connect()

        conn:request("GET", "/replace")
        conn:response()
        conn:request("GET", "/fresh")
        assert.equal("nil", conn:response().body)
    end)

    it("can be replaced, by a table", function()
        local body = server:get("/replace").body

        assert.truthy(body:find("^1false"))
        assert.truthy(body:find("ctx should be a table", 1, true))
    end)

    it("begins anew after an internal redirect", function()
        assert.equal("nil", server:get("/redirected").body)
    end)

    it("is a timer's own", function()
        server:get("/timer")
        server:wait_log("before: nil")
        server:wait_log("after: timer")
    end)
end)
