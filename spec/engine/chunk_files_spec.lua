-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

local server

setup(function()
    server = nginx.start({
        allow = { "failed to load external Lua file" },
        server = [[
            location /gone { content_by_lua_file gone.lua; }
            location /folder { content_by_lua_file .; }
            location /early {
                rewrite ^ /later last;
                rewrite_by_lua_block { ngx.exit(503) }
            }
            location /later { content_by_lua_block { ngx.say("later") } }
        ]],
    })
end)

describe("code in files", function()
    it("answers 404 when there is no such file", function()
        assert.equal(404, server:get("/gone").status)
        server:wait_log('external Lua file "[^"]*gone.lua": cannot open ')
    end)

    it("answers 503 when the file cannot be read", function()
        assert.equal(503, server:get("/folder").status)
    end)
end)

describe("code behind rewrite rules", function()
    it("does not run when they chose another location", function()
        assert.equal("later\n", server:get("/early").body)
    end)
end)
