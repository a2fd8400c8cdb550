-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local peer = require("support.peer")

describe("idle connections", function()
    local SERVER = [[
        location /keep { content_by_lua_block {
            for i = 1, 3 do
                local sock = ngx.socket.connect("127.0.0.1", %d,
                    { pool = "p" .. i })
                sock:setkeepalive(0)
            end
            ngx.say(require("pandan.runtime").counters().sockets)
        } }
        location /name { content_by_lua_block {
            ngx.say(ngx.socket.connect("localhost", {{port}}) ~= nil)
        } }
    ]]

    local silent

    setup(function()
        silent = peer.start(peer.wait_for_end)
    end)

    it("do not keep an old worker alive", function()
        local server = nginx.start({ server = SERVER:format(silent.port) })

        assert.equal("3\n", server:get("/keep").body)
        assert.equal("true\n", server:get("/name").body)
        server:reload()
        assert.equal("3\n", server:get("/keep").body)
        assert.equal(0, server:stop("QUIT"))
    end)

    it("end with a VM that serves one request", function()
        local server = nginx.start({
            http = "lua_code_cache off;",
            server = SERVER:format(silent.port),
            allow = { "lua_code_cache is off" },
        })

        for _ = 1, 3 do
            assert.equal("3\n", server:get("/keep").body)
        end
    end)
end)
