-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("a request's body that Lua makes with no room in memory", function()
    it("goes to a file", function()
        local server = nginx.start({
            server = [[
                location / { content_by_lua_block {
                    ngx.req.read_body()
                    ngx.req.init_body(0)
                    ngx.req.append_body("he")
                    ngx.req.append_body("llo")
                    ngx.req.finish_body()

                    local file = io.open(ngx.req.get_body_file())
                    ngx.say(ngx.req.get_body_data(), file:read("*a"))
                    file:close()
                } }
            ]],
        })

        assert.equal("nilhello\n", server:get("/").body)
    end)
end)
