-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("a client that leaves", function()
    local server

    setup(function()
        server = nginx.start({
            server = [[
                location /dies {
                    lua_check_client_abort on;
                    content_by_lua_block {
                        ngx.log(ngx.WARN, "dies waits")
                        ngx.sleep(30)
                    }
                    log_by_lua_block {
                        ngx.log(ngx.WARN, "dies with ", ngx.status)
                    }
                }

                location /told {
                    lua_check_client_abort on;
                    content_by_lua_block {
                        ngx.print(ngx.on_abort(function()
                            ngx.log(ngx.WARN, "told of the abort")
                            ngx.exit(499)
                        end), ngx.on_abort(print))
                        ngx.flush(true)
                        ngx.log(ngx.WARN, "told waits")
                        ngx.sleep(30)
                    }
                    log_by_lua_block {
                        ngx.log(ngx.WARN, "told is over")
                    }
                }

                location /body {
                    lua_check_client_abort on;
                    content_by_lua_block {
                        ngx.log(ngx.WARN, "body waits")
                        ngx.req.read_body()
                        ngx.log(ngx.WARN, "body came")
                    }
                    log_by_lua_block {
                        ngx.log(ngx.WARN, "body ends with ", ngx.status)
                    }
                }

                location /off { content_by_lua_block {
                    ngx.print(ngx.on_abort(print))
                } }

                location /counters { content_by_lua_block {
                    local c = require("pandan.runtime").counters()
                    ngx.print(c.waits, " ", c.tasks)
                } }
            ]],
        })
    end)

    it("takes the waiting code along", function()
        local conn = server:connect()

        conn:request("GET", "/dies")
        server:wait_log("dies waits")
        conn:close()
        server:wait_log("dies with 499")
    end)

    it("is told of to code that asked for it", function()
        local conn = server:connect()

        conn:request("GET", "/told")
        server:wait_log("told waits")
        conn:close()
        server:wait_log("told of the abort")
        server:wait_log("told is over")
    end)

    it("ends the reading of its body", function()
        local conn = server:connect()

        conn:send("POST /body HTTP/1.1\r\nHost: a\r\n"
                  .. "Content-Length: 10\r\n\r\nabc")
        server:wait_log("body waits")
        conn:close()
        server:wait_log("body ends with 400")
        assert.falsy(server:error_log():find("body came", 1, true))
    end)

    it("cannot be asked for without the directive", function()
        assert.equal("nillua_check_client_abort is off",
                     server:get("/off").body)
    end)

    it("leaves nothing behind", function()
        assert.equal("0 1", server:get("/counters").body)
    end)
end)
