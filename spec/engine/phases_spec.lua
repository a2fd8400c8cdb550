-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

local server

setup(function()
    server = nginx.start({
        allow = { "lua_code_cache is off", "aborted: runtime error: " },
        http = [[
            init_by_lua_block { made = "in init" }
            init_worker_by_lua_block { made = made .. ", worker" }
        ]],
        files = {
            ["page.lua"] = "ngx.say('from a file: ', ngx.var.arg_x)",
            ["broken.lua"] = "local x = = 1",
        },
        server = [===[
            location /all {
                set_by_lua_block $x { return "set " .. ngx.get_phase() }
                rewrite_by_lua_block {
                    ngx.sleep(0.01)
                    ngx.ctx.seen = ngx.get_phase()
                }
                access_by_lua_block {
                    ngx.sleep(0.01)
                    ngx.ctx.seen = ngx.ctx.seen .. " " .. ngx.get_phase()
                }
                content_by_lua_block {
                    ngx.say(made, "; ", ngx.var.x, "; ", ngx.ctx.seen, " ",
                        ngx.get_phase())
                }
                header_filter_by_lua_block { ngx.header["X-Phase"] =
                    ngx.get_phase() }
                body_filter_by_lua_block {
                    if ngx.arg[1] ~= "" then
                        ngx.arg[1] = "<" .. ngx.arg[1]:gsub("\n", "") .. ">"
                    end
                }
                log_by_lua_block {
                    ngx.log(ngx.WARN, "logged ", ngx.ctx.seen)
                }
            }
            location /braces { content_by_lua_block {
                -- a comment with a brace }
                --[==[ and a long one }} ]==]
                local text = "}" .. '{' .. [[ } ]] .. [=[ ]] } ]=]
                ngx.say(#text, ({ { "}" } })[1] == nil)
            } }
            location /file { content_by_lua_file {{dir}}/page.lua; }
            location ~ ^/files/(?<name>\w+) {
                content_by_lua_file {{dir}}/$name.lua;
            }
            location /denied {
                access_by_lua_block { ngx.sleep(0.01) ngx.exit(403) }
                content_by_lua_block { ngx.say("never") }
            }
            location /answered {
                access_by_lua_block { ngx.say("by access") ngx.exit(200) }
                content_by_lua_block { ngx.say("never") }
            }
            location /error { content_by_lua_block { error("boom") } }
            location /late { content_by_lua_block {
                ngx.say("partly") ngx.flush() error("boom")
            } }
            location /refused {
                content_by_lua_block { ngx.say("x") }
                header_filter_by_lua_block {
                    local ok, err = pcall(ngx.sleep, 1)
                    ngx.header["X-Error"] = err
                }
            }
            location /filtered-status {
                content_by_lua_block { ngx.say("x") }
                header_filter_by_lua_block { ngx.exit(404) }
            }
            location /set-args {
                set_by_lua $sum "return ngx.arg[1] + ngx.arg[2]" $arg_a 2;
                return 200 $sum;
            }
            location /uncached {
                lua_code_cache off;
                content_by_lua_block {
                    counter = (counter or 0) + 1
                    ngx.sleep(0.001)
                    ngx.say(counter)
                }
            }
        ]===],
    })
end)

describe("phases", function()
    it("run one after the other, and may wait", function()
        local res = server:get("/all")

        assert.equal("<in init, worker; set set; rewrite access content>",
            res.body)
        assert.equal("header_filter", res.headers["x-phase"])
        server:wait_log("logged rewrite access")
    end)

    it("end the request where they say so", function()
        assert.equal(403, server:get("/denied").status)
        assert.equal("by access\n", server:get("/answered").body)
        assert.equal(404, server:get("/filtered-status").status)
    end)

    it("refuse what they cannot, and name themselves", function()
        assert.equal("API disabled in the context of header_filter_by_lua*",
            server:get("/refused").headers["x-error"])
    end)

    it("compute variables from arguments", function()
        assert.equal("42", server:get("/set-args?a=40").body)
    end)
end)

describe("Lua code of the configuration", function()
    it("may hold braces in strings and comments", function()
        assert.equal("11false\n", server:get("/braces").body)
    end)

    it("may lie in files, also named by variables", function()
        assert.equal("from a file: 1\n", server:get("/file?x=1").body)
        assert.equal("from a file: 2\n", server:get("/files/page?x=2").body)
    end)

    it("that does not compile is a 500, with the place in the log", function()
        assert.equal(500, server:get("/files/broken").status)
        server:wait_log("failed to load external Lua file "
            .. '"[^"]*broken.lua": .*:1:')
    end)

    it("that raises is a 500, with the stack in the log", function()
        assert.equal(500, server:get("/error").status)
        server:wait_log("lua entry thread aborted: runtime error: "
            .. "content_by_lua%(nginx.conf:%d+%):1: boom")
    end)

    it("that raises midway closes the connection", function()
        local conn = server:connect()

        conn:send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
        assert.equal("closed", conn:response().err)
    end)

    it("is a fresh VM for each request without lua_code_cache", function()
        assert.equal("1\n", server:get("/uncached").body)
        assert.equal("1\n", server:get("/uncached").body)
    end)
end)
