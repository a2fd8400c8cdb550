-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("a captured answer", function()
    local server

    setup(function()
        server = nginx.start({
            files = { ["page.txt"] = ("static "):rep(20000) },
            server = [[
                location /page.txt { root {{dir}}; }

                location /show { content_by_lua_block {
                    local res = ngx.location.capture(ngx.var.args, {
                        method = ngx.var.arg_head and ngx.HTTP_HEAD
                            or ngx.HTTP_GET,
                    })
                    ngx.print(res.status, " ", #res.body, " ",
                        res.header["Content-Length"], " ",
                        res.header["Content-Type"], " ", res.truncated)
                } }

                location /modified { content_by_lua_block {
                    local res = ngx.location.capture("/page.txt")
                    ngx.print(res.header["Last-Modified"])
                } }

                location /proxy/ {
                    proxy_pass http://127.0.0.1:{{port}}/;
                }

                location /moved { return 301 /elsewhere; }

                location /location { content_by_lua_block {
                    local res = ngx.location.capture("/moved")
                    ngx.print(res.status, " ", res.header.Location)
                } }

                location /dead {
                    proxy_pass http://unix:{{dir}}/nobody.sock;
                }

                location /chunks { content_by_lua_block {
                    for i = 1, 5 do
                        ngx.say(("x"):rep(1000))
                        ngx.flush(true)
                        ngx.sleep(0.001)
                    end
                } }

                location /upstream_of_cut {
                    proxy_pass http://127.0.0.1:{{port_cut}}/;
                }
            ]],
            http = [[
                server {
                    listen 127.0.0.1:{{port_cut}};
                    location / { content_by_lua_block {
                        ngx.header["Content-Length"] = 100
                        ngx.print("only some")
                        ngx.flush(true)
                        ngx.exit(444)
                    } }
                }
            ]],
            allow = { "nobody.sock", "upstream prematurely closed" },
        })
    end)

    teardown(function()
        server:stop()
    end)

    local function show(path)
        return server:get("/show?" .. path).body
    end

    it("is a static file's", function()
        assert.equal("200 140000 140000 text/plain false", show("/page.txt"))
        assert.matches("^%a+, %d+ %a+ %d+ [%d:]+ GMT$",
                       server:get("/modified").body)
    end)

    it("is an upstream's", function()
        assert.equal("200 140000 140000 text/plain false",
                     show("/proxy/page.txt"))
        assert.equal("200 5005 5005 text/plain false",
                     show("/proxy/chunks"))
    end)

    it("is that of code which waits between its prints", function()
        assert.equal("200 5005 nil text/plain false", show("/chunks"))
    end)

    it("has the place that a redirect names", function()
        assert.matches("^301 .*/elsewhere$", server:get("/location").body)
    end)

    it("is the error of an upstream that is not there", function()
        assert.matches("^502 0 ", show("/dead"))
    end)

    it("says when an upstream broke off", function()
        assert.matches("^200 9 100 .* true$", show("/upstream_of_cut"))
    end)
end)
