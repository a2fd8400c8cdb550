-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("captures in subrequests of other modules", function()
    local server

    setup(function()
        server = nginx.start({
            server = [[
                location /page {
                    ssi on;
                    default_type text/html;
                    return 200 '<!--# include virtual="/slow" -->,
                        <!--# include virtual="/quick" -->,
                        <!--# include virtual="/rewritten" -->';
                }

                location /slow { content_by_lua_block {
                    ngx.sleep(0.02)
                    ngx.print("slow ", ngx.location.capture("/part?0.01").body)
                } }

                location /quick { content_by_lua_block {
                    ngx.print("quick ", ngx.location.capture("/part?0").body)
                } }

                location /rewritten {
                    rewrite_by_lua_block {
                        ngx.print("rewritten ",
                            ngx.location.capture("/part?0.005").body)
                        ngx.exit(200)
                    }
                }

                location /part { content_by_lua_block {
                    ngx.sleep(tonumber(ngx.var.args))
                    ngx.print("part")
                } }

                location /guarded {
                    auth_request /may;
                    content_by_lua_block { ngx.print("let in") }
                }

                location /may { content_by_lua_block {
                    local res = ngx.location.capture("/part?0.001")
                    ngx.exit(res.body == "part" and 200 or 403)
                } }

                location /inside { content_by_lua_block {
                    ngx.print(ngx.location.capture("/guarded").body)
                } }
            ]],
        })
    end)

    teardown(function()
        server:stop()
    end)

    it("leave the order of included pieces alone", function()
        local body = server:get("/page").body:gsub("%s+", " ")

        assert.equal("slow part, quick part, rewritten part", body)
    end)

    it("may decide who is let in", function()
        assert.equal("let in", server:get("/guarded").body)
    end)

    it("do so below a capture too", function()
        assert.equal("let in", server:get("/inside").body)
    end)
end)
