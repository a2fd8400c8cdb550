-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("lua_package_path", function()
    it("begins at nginx's prefix, with or without a slash behind", function()
        local server = nginx.start({
            files = {
                ["lua/one.lua"] = "return 1",
                ["lua/two.lua"] = "return 2",
            },
            http = 'lua_package_path "$prefix/lua/on?.lua;'
                .. '${prefix}lua/tw?.lua;;";',
            server = [[
                location / { content_by_lua_block {
                    ngx.say(require("e"), require("o"))
                } }
            ]],
        })

        assert.equal("12\n", server:get("/").body)
    end)
end)
