-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

describe("os.getenv in init_by_lua", function()
    local server

    setup(function()
        server = code_server.start({
            main = "env GIVEN=explicit; env EMPTY=; env PASSED;",
            env = { PASSED = "through", GIVEN_NOT = "x" },
            http = [[
                init_by_lua_block {
                    in_init = os.getenv
                    seen = {
                        os.getenv("GIVEN"), os.getenv("EMPTY"),
                        os.getenv("PASSED"), os.getenv("GIVE"),
                    }
                }
            ]],
        })
    end)

    it("sees what the env directive sets, as workers do", function()
        assert.equal("explicit||through|nil|explicit", server:run([[
            return seen[1] .. "|" .. seen[2] .. "|" .. seen[3] .. "|"
                .. tostring(seen[4]) .. "|" .. os.getenv("GIVEN")
        ]]))
    end)

    it("is LuaJIT's own afterwards", function()
        assert.equal("true explicit", server:run([[
            local own = os.getenv ~= in_init
            return tostring(own) .. " " .. in_init("GIVEN")
        ]]))
    end)
end)
