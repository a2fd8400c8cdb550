-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local http = require("support.http")

describe("ngx.header", function()
    local server

    setup(function()
        server = nginx.start({
            server = [[
                location /set { content_by_lua_block {
                    ngx.header.X_Foo = "one"
                    ngx.header["X-List"] = { "a", 2 }
                    ngx.header.content_type = "text/x; charset=utf-8"
                    ngx.header.cache_control = { "no-cache", "private" }
                    ngx.header.Server = nil
                    ngx.say("ok")
                } }

                location /inject { content_by_lua_block {
                    ngx.header["X-Bad"] = "a\r\nX-Evil: 1"
                    ngx.header["X-N\r\nX-Evil"] = "b"
                    ngx.say("ok")
                } }

                location /read { content_by_lua_block {
                    ngx.header.X_Foo = { "a", "b" }
                    ngx.header.Content_Length = 8
                    ngx.print(type(ngx.header["x-foo"]), ngx.header.X_FOO[2],
                              ngx.header.content_length,
                              tostring(ngx.header.nope) == "nil")
                } }

                location /remove { content_by_lua_block {
                    ngx.header.X_Foo = { "a", "b" }
                    ngx.header.X_Foo = nil
                    ngx.header.ETag = '"x"'
                    ngx.header.ETag = nil
                    ngx.say("ok")
                } }

                location /late { content_by_lua_block {
                    ngx.print("body")
                    ngx.header.X_Late = "1"
                    ngx.status = 404
                    ngx.print(ngx.headers_sent)
                } }

                location /length { content_by_lua_block {
                    local ok, err = pcall(function()
                        ngx.header.content_length = "many"
                    end)
                    ngx.print(ok, err)
                } }

                location /dashes {
                    lua_transform_underscores_in_response_headers off;
                    content_by_lua_block {
                        ngx.header.X_Foo = "1"
                        ngx.print(ngx.header.x_foo)
                    }
                }

                location /all { content_by_lua_block {
                    local resp = require("ngx.resp")

                    ngx.header.X_Foo = "a"
                    resp.add_header("X-Foo", "b")
                    ngx.header.content_type = "text/y"

                    local h = ngx.resp.get_headers()
                    ngx.print(h.x_foo[1], h["X-Foo"][2], h.Content_Type)
                } }
            ]],
        })
    end)

    it("sets single values, lists, and nginx's own", function()
        local response = server:get("/set")

        assert.equal("one", response.headers["X-Foo"])
        assert.same({ "a", "2" }, http.values(response, "X-List"))
        assert.equal("text/x; charset=utf-8",
                     response.headers["Content-Type"])
        assert.same({ "no-cache", "private" },
                    http.values(response, "Cache-Control"))
        assert.is_nil(response.headers["Server"])
    end)

    it("escapes what would begin a line of its own", function()
        local response = server:get("/inject")

        assert.is_nil(response.headers["X-Evil"])
        assert.equal("a%0D%0AX-Evil: 1", response.headers["X-Bad"])
    end)

    it("reads what was set, under any spelling", function()
        assert.equal("tableb8t", server:get("/read").body:sub(1, 8))
    end)

    it("removes all of a name", function()
        local response = server:get("/remove")

        assert.is_nil(response.headers["X-Foo"])
        assert.is_nil(response.headers["ETag"])
    end)

    it("refuses when the headers have been sent", function()
        local response = server:get("/late")

        assert.equal(200, response.status)
        assert.is_nil(response.headers["X-Late"])
        assert.equal("bodytrue", response.body)
        server:wait_log("attempt to set ngx.header.HEADER after sending out "
                        .. "response headers")
        server:wait_log("attempt to set ngx.status after sending out")
    end)

    it("refuses a length that is no number", function()
        local body = server:get("/length").body

        assert.truthy(body:find("false", 1, true))
        assert.truthy(body:find("failed to set header", 1, true))
    end)

    it("leaves underscores alone when told to", function()
        local response = server:get("/dashes")

        assert.equal("1", response.headers["X_Foo"])
        assert.equal("1", response.body)
    end)

    it("lists all of them", function()
        assert.equal("abtext/y", server:get("/all").body)
    end)
end)
