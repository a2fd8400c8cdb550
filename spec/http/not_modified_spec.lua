-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("a 304", function()
    it("has no Content-Type by default", function()
        local server = nginx.start({
            server = [[
                location / {
                    default_type text/plain;
                    content_by_lua_block { ngx.status = 304 }
                }
            ]],
        })

        local response = server:get("/")

        assert.equal(304, response.status)
        assert.equal(nil, response.headers["content-type"])
    end)
end)
