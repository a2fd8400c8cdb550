-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local shell = require("support.shell")

describe("filters of nginx beside Lua", function()
    local server

    local function curl(words, path)
        local result = shell.run(("curl -sS %s http://127.0.0.1:%d%s"):format(
            words, server.port, path))

        assert.equal("", result.stderr)

        return result.stdout
    end

    setup(function()
        server = nginx.start({
            files = {
                ["site/a.txt"] = ("a line of text\n"):rep(2000),
                ["site/page.shtml"] = "<i>"
                    .. "<!--# include virtual=\"/part/1\" -->, "
                    .. "<!--# include virtual=\"/part/2\" -->, "
                    .. "<!--# echo var=\"said\" --></i>",
            },
            server = [[
                gzip_types text/plain;
                gzip_min_length 0;
                gzip_http_version 1.0;

                location = /pieces {
                    gzip on;
                    default_type text/plain;
                    body_filter_by_lua_block {
                        ngx.arg[1] = ngx.arg[1]:upper()
                    }
                    content_by_lua_block {
                        for i = 1, 200 do
                            ngx.print("piece ", i, " ")
                            if i % 50 == 0 then
                                ngx.flush(true)
                                ngx.sleep(0.001)
                            end
                        end
                    }
                }
                location = /gunzip {
                    gzip on;
                    gunzip on;
                    default_type text/plain;
                    content_by_lua_block { ngx.print("small") }
                }
                location = /sub {
                    default_type text/html;
                    sub_filter_once off;
                    sub_filter "PIECE" "part";
                    body_filter_by_lua_block {
                        ngx.arg[1] = ngx.arg[1]:gsub("x", "PIECE")
                    }
                    content_by_lua_block {
                        for _ = 1, 3 do
                            ngx.print("<x>")
                            ngx.flush(true)
                            ngx.sleep(0.001)
                        end
                    }
                }
                location = /split {
                    default_type text/html;
                    sub_filter_once off;
                    sub_filter "hello" "bye";
                    content_by_lua_block {
                        ngx.print("he")
                        ngx.flush(true)
                        ngx.sleep(0.001)
                        ngx.print("llo, hel")
                        ngx.flush(true)
                        ngx.print("lo")
                    }
                }
                location /part/ { content_by_lua_block {
                    local n = ngx.var.uri:match("%d")
                    ngx.sleep(0.001 * (3 - n))
                    ngx.print("part ", n)
                } }
                location = /page.shtml {
                    root {{dir}}/site;
                    ssi on;
                    default_type text/html;
                    set $said "";
                    rewrite_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.var.said = "by Lua"
                    }
                }
                location = /ssi_by_lua {
                    ssi on;
                    default_type text/html;
                    content_by_lua_block {
                        ngx.print('<!--# include virt')
                        ngx.flush(true)
                        ngx.sleep(0.001)
                        ngx.say('ual="/part/2" -->!')
                    }
                }
                location = /added {
                    default_type text/html;
                    add_before_body /part/1;
                    add_after_body /part/2;
                    content_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.print(" | ")
                    }
                }
                location = /a.txt {
                    root {{dir}}/site;
                    header_filter_by_lua_block {
                        ngx.header["X-Bytes"] = ngx.header.content_length
                    }
                    log_by_lua_block {
                        ngx.log(ngx.WARN, "sent ", ngx.var.body_bytes_sent,
                            " ", ngx.status)
                    }
                }
                location = /zipped/a.txt {
                    alias {{dir}}/site/a.txt;
                    gzip on;
                    header_filter_by_lua_block {
                        ngx.header.content_length = nil
                    }
                    body_filter_by_lua_block {
                        ngx.arg[1] = ngx.arg[1]:gsub("text", "TEXT")
                    }
                }
                location = /range {
                    default_type text/plain;
                    content_by_lua_block {
                        ngx.header.content_length = 10
                        ngx.header.accept_ranges = "bytes"
                        ngx.header.last_modified = ngx.http_time(1e9)
                        ngx.print("0123456789")
                    }
                }
                location = /headers {
                    add_header X-Added $http_x_in always;
                    expires 1h;
                    rewrite_by_lua_block {
                        ngx.req.set_header("X-In", "Lua")
                    }
                    content_by_lua_block { ngx.exit(404) }
                }
                location = /slow {
                    limit_rate 200k;
                    content_by_lua_block {
                        for _ = 1, 10 do
                            ngx.print(("x"):rep(10000))
                            assert(ngx.flush(true))
                        end
                    }
                }

                location /missing {
                    root {{dir}}/site;
                    error_page 404 = /error/404;
                }
                location /error/ {
                    internal;
                    content_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.say("none of ", ngx.var.request_uri, " ",
                            ngx.req.is_internal())
                    }
                }
                location = /kept {
                    error_page 410 /error/410;
                    content_by_lua_block { ngx.exit(410) }
                }
                location = /named {
                    error_page 403 @named;
                    access_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.exit(403)
                    }
                    content_by_lua_block { ngx.say("no") }
                }
                location @named {
                    rewrite_by_lua_block { ngx.sleep(0.001) }
                    content_by_lua_block { ngx.say("named") }
                }
            ]],
        })
    end)

    it("compress what body_filter_by_lua has changed", function()
        local plain, packed = curl("", "/pieces"),
            curl("--compressed", "/pieces")

        assert.matches("^PIECE 1 PIECE 2 .*PIECE 200 $", plain)
        assert.equal(plain, packed)
        assert.matches("[Cc]ontent%-[Ee]ncoding: gzip",
            curl("--compressed -i", "/pieces"))
    end)

    it("pass Lua's small page through gzip and gunzip", function()
        assert.equal("small", curl("", "/gunzip"))
        assert.equal("small", curl("--compressed", "/gunzip"))
    end)

    it("substitute after body_filter_by_lua", function()
        assert.equal("<part><part><part>", curl("", "/sub"))
    end)

    it("substitute words that came in two pieces", function()
        assert.equal("bye, bye", curl("", "/split"))
    end)

    it("include Lua locations in a page, in its order", function()
        assert.equal("<i>part 1, part 2, by Lua</i>",
            curl("", "/page.shtml"))
    end)

    it("include a location in what Lua printed", function()
        assert.equal("part 2!\n", curl("", "/ssi_by_lua"))
    end)

    it("add Lua locations before and after a Lua page", function()
        assert.equal("part 1 | part 2", curl("", "/added"))
    end)

    it("leave a static file whole, and log_by_lua hears of it", function()
        local response = server:get("/a.txt")

        assert.equal("30000", response.headers["x-bytes"])
        assert.equal(30000, #response.body)
        server:wait_log("sent (30000 200)")
    end)

    it("compress a static file that Lua changes", function()
        local body = curl("--compressed", "/zipped/a.txt")

        assert.equal(("a line of TEXT\n"):rep(2000), body)
        assert.equal(body, curl("", "/zipped/a.txt"))
    end)

    it("answer to conditions on a page of Lua's", function()
        assert.equal(304, server:get("/range", { headers = {
            ["If-Modified-Since"] = "Sun, 09 Sep 2001 01:46:40 GMT",
        } }).status)
    end)

    it("add headers to what Lua ends with an error", function()
        local response = server:get("/headers")

        assert.equal(404, response.status)
        assert.equal("Lua", response.headers["x-added"])
    end)

    it("slow down what Lua flushes, and lose nothing", function()
        assert.equal(100000, #curl("", "/slow"))
    end)

    it("lead an error to a Lua location", function()
        local response = server:get("/missing/x?y=1")

        assert.equal(200, response.status)
        assert.equal("none of /missing/x?y=1 true\n", response.body)
    end)

    it("keep the status of Lua's error", function()
        local response = server:get("/kept")

        assert.equal(410, response.status)
        assert.equal("none of /kept true\n", response.body)
    end)

    it("lead access_by_lua's refusal to a named location", function()
        local response = server:get("/named")

        assert.equal(403, response.status)
        assert.equal("named\n", response.body)
    end)
end)
