-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

describe("a full dictionary", function()
    local server

    setup(function()
        server = code_server.start({
            http = "lua_shared_dict small 32k; lua_shared_dict empty 32k;",
        })
    end)

    it("spares what was read, even in the same second", function()
        assert.equal("read nil", server:run([[
            local d = ngx.shared.small
            local text = ("x"):rep(500)
            d:set("read", "read")
            d:set("unread", "unread")
            for i = 1, 200 do
                d:get("read")
                d:set("k" .. i, text)
            end
            return d:get("read") .. " " .. tostring(d:get("unread"))
        ]]))
    end)

    it("refuses what is larger than itself, and says so", function()
        assert.equal("false no memory", server:run([[
            local ok, err = ngx.shared.small:set("big", ("x"):rep(65536))
            return tostring(ok) .. " " .. err
        ]]))
    end)

    it("gives an empty list of keys and an empty text at once", function()
        assert.equal("0,0", server:run([[
            local d = ngx.shared.empty
            local keys = #d:get_keys()
            d:set("", "")
            d:set("k", "")
            return keys .. "," .. #d:get("k")
        ]]))
    end)
end)
