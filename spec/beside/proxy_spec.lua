-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("proxy_pass beside Lua", function()
    local server

    setup(function()
        server = nginx.start({
            http = [[
                proxy_cache_path {{dir}}/cache keys_zone=pages:1m;
                upstream behind {
                    server unix:{{dir}}/behind.sock;
                    keepalive 4;
                }
                server {
                    listen unix:{{dir}}/behind.sock;
                    location / { content_by_lua_block {
                        ngx.req.read_body()
                        ngx.header["X-Behind"] = "yes"
                        ngx.say(ngx.var.request_method, " ",
                            ngx.var.request_uri, " ",
                            ngx.req.get_headers()["x-user"] or "nobody", " ",
                            ngx.req.get_body_data() or "no body")
                    } }
                    location /count { content_by_lua_block {
                        asked = (asked or 0) + 1
                        ngx.header["Cache-Control"] = "max-age=60"
                        ngx.say("answer ", asked)
                    } }
                    location /large { content_by_lua_block {
                        for i = 1, 64 do
                            ngx.print((" "):rep(16384))
                            ngx.flush(true)
                        end
                    } }
                    location /broken { return 502; }
                }
            ]],
            server = [[
                proxy_http_version 1.1;
                proxy_set_header Connection "";

                location /waits {
                    rewrite_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.req.set_header("X-User", "ann")
                    }
                    access_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.req.set_uri_args("who=" .. "ann")
                    }
                    proxy_pass http://behind;
                }
                location /body {
                    access_by_lua_block {
                        ngx.req.read_body()
                        ngx.sleep(0.001)
                        ngx.req.set_body_data(
                            ngx.req.get_body_data():upper())
                    }
                    proxy_pass http://behind;
                }
                location /unbuffered {
                    access_by_lua_block { ngx.sleep(0.001) }
                    proxy_request_buffering off;
                    proxy_pass http://behind;
                }
                location /filtered {
                    header_filter_by_lua_block {
                        ngx.header["X-Seen"] = ngx.header["X-Behind"]
                        ngx.header["X-Behind"] = nil
                        ngx.header.content_length = nil
                    }
                    body_filter_by_lua_block {
                        if ngx.arg[1] ~= "" then
                            ngx.arg[1] = ngx.arg[1]:gsub("GET", "got")
                        end
                        if ngx.arg[2] then
                            ngx.arg[1] = ngx.arg[1] .. "end\n"
                        end
                    }
                    proxy_pass http://behind;
                }
                location /large {
                    proxy_buffers 4 4k;
                    proxy_buffer_size 4k;
                    proxy_busy_buffers_size 8k;
                    body_filter_by_lua_block {
                        ngx.arg[1] = ngx.arg[1]:gsub(" ", "ab")
                    }
                    header_filter_by_lua_block {
                        ngx.header.content_length = nil
                    }
                    proxy_pass http://behind;
                }
                location /count {
                    access_by_lua_block { ngx.sleep(0.001) }
                    header_filter_by_lua_block {
                        ngx.header["X-Cache"] = ngx.var.upstream_cache_status
                        ngx.header.content_length = nil
                    }
                    body_filter_by_lua_block {
                        ngx.arg[1] = ngx.arg[1]:gsub("answer", "page")
                    }
                    proxy_cache pages;
                    proxy_cache_key $uri;
                    proxy_pass http://behind;
                }
                location /chosen {
                    set $target "";
                    rewrite_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.var.target = "unix:{{dir}}/behind.sock"
                    }
                    proxy_pass http://$target:/chosen;
                }
                location /broken {
                    proxy_intercept_errors on;
                    error_page 502 = @sorry;
                    proxy_pass http://behind;
                }
                location @sorry {
                    content_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.status = 503
                        ngx.say("sorry for ", ngx.var.upstream_status)
                    }
                }
                location /logged {
                    log_by_lua_block {
                        ngx.log(ngx.WARN, "upstream said ",
                            ngx.var.upstream_status, " ",
                            ngx.var.upstream_http_x_behind)
                    }
                    proxy_pass http://behind;
                }
                location /captured { content_by_lua_block {
                    local a, b = ngx.location.capture_multi({
                        { "/waits/1" }, { "/filtered" },
                    })
                    ngx.print(a.body, b.header["X-Seen"], " ", b.body)
                } }
            ]],
        })
    end)

    it("follows rewrite and access that wait and change the request",
        function()
            assert.equal("GET /waits/1?who=ann ann no body\n",
                server:get("/waits/1").body)
        end)

    it("sends the body that access has changed", function()
        assert.equal("POST /body nobody NAME=ANN\n", server:get("/body",
            { method = "POST", body = "name=ann" }).body)
    end)

    it("sends a body unbuffered after access has waited", function()
        local body = ("x"):rep(100000)

        assert.equal("POST /unbuffered nobody no body\n",
            server:get("/unbuffered", { method = "POST", body = body }).body)
        assert.equal("POST /unbuffered nobody abc\n",
            server:get("/unbuffered", { method = "POST", body = "abc" }).body)
    end)

    it("has its response's headers and body filtered", function()
        local response = server:get("/filtered")

        assert.equal("yes", response.headers["x-seen"])
        assert.is_nil(response.headers["x-behind"])
        assert.equal("got /filtered nobody no body\nend\n", response.body)
    end)

    it("has a response filtered that is larger than all its buffers",
        function()
            local body = server:get("/large").body

            assert.equal(2 * 1048576, #body)
            assert.is_nil(body:find(" ", 1, true))
        end)

    it("caches what filters then change for each client", function()
        local first, second = server:get("/count"), server:get("/count")

        assert.equal("MISS page 1\n", first.headers["x-cache"] .. " "
            .. first.body)
        assert.equal("HIT page 1\n", second.headers["x-cache"] .. " "
            .. second.body)
    end)

    it("goes where Lua says by a variable", function()
        assert.matches("^GET /chosen", server:get("/chosen").body)
    end)

    it("falls back to a Lua location", function()
        local response = server:get("/broken")

        assert.equal(503, response.status)
        assert.equal("sorry for 502\n", response.body)
    end)

    it("tells log_by_lua of the upstream", function()
        server:get("/logged")
        server:wait_log("upstream said (200 yes)")
    end)

    it("answers to captures", function()
        -- nginx has no access phase for subrequests
        assert.equal("GET /waits/1 ann no body\n"
            .. "yes got /filtered nobody no body\nend\n",
            server:get("/captured").body)
    end)

    it("keeps connections to a Lua location alive", function()
        for i = 1, 20 do
            assert.equal("GET /waits/" .. i .. "?who=ann ann no body\n",
                server:get("/waits/" .. i).body)
        end
    end)
end)
