-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

describe("a dictionary of several workers", function()
    local server

    setup(function()
        server = code_server.start({
            workers = 3,
            http = "lua_shared_dict counts 1m;",
        })
    end)

    it("loses no count", function()
        local conns = {}
        local code = [[
            for _ = 1, 2000 do ngx.shared.counts:incr("n", 1, 0) end
            return ""
        ]]

        for i = 1, 12 do
            conns[i] = server:connect(20)
            conns[i]:request("POST", "/run", { body = code })
        end

        for i = 1, 12 do
            assert.equal(200, conns[i]:response().status)
            conns[i]:close()
        end

        assert.equal("24000", server:run([[
            return ngx.shared.counts:get("n")
        ]]))
    end)

    it("keeps its values over a reload", function()
        server:run([[ngx.shared.counts:set("kept", "yes") return ""]])
        server:reload()

        assert.equal("yes", server:run([[
            return ngx.shared.counts:get("kept")
        ]]))
    end)
end)
