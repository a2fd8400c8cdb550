-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("nginx with our modules", function()
    it("runs Lua", function()
        local server = nginx.start({
            server = [[
                location / {
                    content_by_lua_block { ngx.say("hello from Lua") }
                }
            ]],
        })

        assert.equal("hello from Lua\n", server:get("/").body)
    end)
end)
