-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("Lua code as an error page", function()
    it("answers with the status of the error", function()
        local server = nginx.start({
            server = [[
                location /missing {
                    error_page 404 = /page;
                    content_by_lua_block { ngx.exit(404) }
                }
                location /page { content_by_lua_block { ngx.say("none") } }
            ]],
        })

        local response = server:get("/missing")

        assert.equal(404, response.status)
        assert.equal("none\n", response.body)
    end)
end)
