-- SPDX-License-Identifier: MIT
local http = require("support.http")
local nginx = require("support.nginx")

describe("ngx.say and ngx.print of what cannot be printed", function()
    local server = nginx.start({
        server = [[
            location = /names {
                content_by_lua_block { ngx.say({ foo = 3 }) }
            }
            location = /function {
                content_by_lua_block { ngx.print("a", { 1, { print } }) }
            }
            location = /caught {
                content_by_lua_block {
                    pcall(ngx.print, "lost", { foo = 3 })
                    ngx.header["X-Late"] = "yes"
                    ngx.print({ "a", { 1, true, ngx.null } })
                }
            }
        ]],
    })

    it("answer 500, as any error before the headers", function()
        for _, path in ipairs({ "/names", "/function" }) do
            assert.equal(500, http.get(server.port, path).status)
        end
    end)

    it("send nothing of the call, and no headers either", function()
        local response = http.get(server.port, "/caught")

        assert.equal("a1truenull", response.body)
        assert.equal("yes", response.headers["X-Late"])
    end)
end)
