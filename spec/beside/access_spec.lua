-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("modules of nginx that decide on access", function()
    local server

    local function as(name, path)
        return server:get(path, { headers = { ["X-Name"] = name } })
    end

    setup(function()
        server = nginx.start({
            allow = { "limiting requests", "limiting connections" },
            http = [[
                limit_req_zone $arg_key zone=rate:1m rate=1r/m;
                limit_conn_zone $arg_key zone=open:1m;
            ]],
            server = [[
                location = /check {
                    internal;
                    content_by_lua_block {
                        ngx.sleep(0.001)
                        local user = ngx.var.http_x_name
                        if user ~= "ann" then
                            return ngx.exit(user and 403 or 401)
                        end
                        ngx.header["X-User"] = user:upper()
                    }
                }
                location = /private {
                    auth_request /check;
                    auth_request_set $who $sent_http_x_user;
                    content_by_lua_block { ngx.say("for ", ngx.var.who) }
                }
                location = /private/waits {
                    auth_request /check;
                    access_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.ctx.after = true
                    }
                    content_by_lua_block { ngx.say(ngx.ctx.after) }
                }
                location = /check/by_rewrite {
                    internal;
                    rewrite_by_lua_block {
                        ngx.sleep(0.001)
                        if ngx.var.http_x_name ~= "ann" then
                            ngx.exit(403)
                        end
                    }
                    content_by_lua_block { ngx.exit(204) }
                }
                location = /private/file {
                    auth_request /check/by_rewrite;
                    alias {{dir}}/file.txt;
                }
                location = /either {
                    satisfy any;
                    deny all;
                    access_by_lua_block {
                        ngx.sleep(0.001)
                        if ngx.var.arg_user ~= "ann" then
                            ngx.exit(403)
                        end
                    }
                    content_by_lua_block { ngx.say("in") }
                }
                location = /denied {
                    deny all;
                    access_by_lua_block { ngx.log(ngx.WARN, "not reached") }
                    content_by_lua_block { ngx.say("in") }
                }
                location = /rate {
                    limit_req zone=rate;
                    limit_req_status 429;
                    access_by_lua_block { ngx.sleep(0.001) }
                    content_by_lua_block { ngx.say("in") }
                }
                location = /delayed {
                    limit_req zone=rate burst=5 nodelay;
                    rewrite_by_lua_block { ngx.sleep(0.001) }
                    content_by_lua_block { ngx.say("in") }
                }
                location = /open {
                    limit_conn open 1;
                    limit_conn_status 429;
                    lua_http10_buffering off;
                    content_by_lua_block {
                        ngx.print("in")
                        ngx.flush(true)
                        while not go do
                            ngx.sleep(0.002)
                        end
                        go = nil
                        ngx.say(" out")
                    }
                }
                location = /go { content_by_lua_block {
                    go = true
                    ngx.say("gone")
                } }
                location = /real {
                    set_real_ip_from unix:;
                    set_real_ip_from 127.0.0.1;
                    real_ip_header X-Forwarded-For;
                    allow 192.0.2.7;
                    deny all;
                    rewrite_by_lua_block { ngx.sleep(0.001) }
                    content_by_lua_block {
                        ngx.say(ngx.var.remote_addr, " ",
                            #ngx.var.binary_remote_addr, " ",
                            ngx.var.realip_remote_addr)
                    }
                }
            ]],
            files = { ["file.txt"] = "a file\n" },
        })
    end)

    it("ask a Lua location, which lets the request in", function()
        local response = as("ann", "/private")

        assert.equal(200, response.status)
        assert.equal("for ANN\n", response.body)
    end)

    it("ask a Lua location, which refuses", function()
        assert.equal(403, as("bob", "/private").status)
        assert.equal(401, server:get("/private").status)
    end)

    it("let access_by_lua wait after them", function()
        assert.equal("true\n", as("ann", "/private/waits").body)
        assert.equal(403, as("bob", "/private/waits").status)
    end)

    it("ask a location whose rewrite_by_lua decides, before a file",
        function()
            assert.equal("a file\n",
                as("ann", "/private/file").body)
            assert.equal(403, as("bob", "/private/file").status)
        end)

    it("are one of any with access_by_lua", function()
        assert.equal("in\n", server:get("/either?user=ann").body)
        assert.equal(403, server:get("/either?user=bob").status)
    end)

    it("refuse before access_by_lua runs", function()
        assert.equal(403, server:get("/denied").status)
        assert.is_nil(server:error_log():find("not reached", 1, true))
    end)

    it("limit requests before Lua", function()
        assert.equal(200, server:get("/rate?key=a").status)
        assert.equal(429, server:get("/rate?key=a").status)
        assert.equal(200, server:get("/rate?key=b").status)
    end)

    it("let a burst through to Lua", function()
        for _ = 1, 6 do
            assert.equal(200, server:get("/delayed?key=c").status)
        end

        assert.equal(503, server:get("/delayed?key=c").status)
    end)

    it("count a request that waits in Lua as open", function()
        local conn = server:connect()

        conn:send("GET /open?key=a HTTP/1.0\r\n\r\n")

        repeat
            local line = assert(conn:receive("*l"))
        until line == ""

        assert.equal("in", conn:receive(2))
        assert.equal(429, server:get("/open?key=a").status)
        server:get("/go")
        assert.equal(" out\n", conn:receive("*a"))
        conn:close()

        server:get("/go")
        assert.equal("in out\n", server:get("/open?key=a").body)
    end)

    it("give Lua the client's real address", function()
        assert.equal("192.0.2.7 4 127.0.0.1\n", server:get("/real",
            { headers = { ["X-Forwarded-For"] = "192.0.2.7" } }).body)
        assert.equal(403, server:get("/real").status)
    end)
end)
