-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("the line ends within a block", function()
    local server = nginx.start({
        server = "location = /t { content_by_lua_block {\r"
            .. "-- a comment ends here, { or not\r"
            .. "local a = { 1 }\r\n"
            .. 'local b = "two \\\r\n} lines"\n'
            .. 'local c = "skipped \\z \n \t } white space"\n'
            .. 'ngx.print(#a, b:gsub("%c+", "|"), c)\r\n'
            .. "} }",
    })

    it("are read as LuaJIT reads them", function()
        assert.equal("1two |} linesskipped } white space",
            server:get("/t").body)
    end)
end)
