-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("a request's body that is read from its socket", function()
    it("can be put together anew meanwhile", function()
        local server = nginx.start({
            server = [[
                location / { content_by_lua_block {
                    local sock = ngx.req.socket()
                    ngx.req.init_body(100)

                    for _ = 1, 5 do
                        ngx.req.append_body(sock:receive(1):upper())
                    end

                    ngx.req.finish_body()
                    ngx.say(ngx.req.get_body_data())
                } }
            ]],
        })

        assert.equal("HELLO\n", server:get("/", { method = "POST",
            body = "hello" }).body)
    end)
end)
