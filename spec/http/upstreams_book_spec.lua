-- SPDX-License-Identifier: MIT
local book = require("support.book")
local nginx = require("support.nginx")
local ports = require("support.ports")

describe("the book's example of upstreams", function()
    it("asks a tenant's next server when one is down", function()
        local conf = book.blocks("upstreams.md", "nginx")
        local dead = ports.free()
        local server = nginx.start({
            http = conf[1] .. [[
                server {
                    listen 127.0.0.1:{{port_peer}};
                    return 200 "$request_uri of a peer";
                }
                init_worker_by_lua_block {
                    ngx.shared.tenants:set("acme",
                        "127.0.0.1:]] .. dead .. [[ 127.0.0.1:{{port_peer}}")
                }
            ]],
            server = conf[2],
            allow = { "Connection refused" },
        })

        assert.equal("/tenant/acme/a of a peer",
            server:get("/tenant/acme/a").body)
        assert.equal("/tenant/acme/b of a peer",
            server:get("/tenant/acme/b").body)
        assert.equal(404, server:get("/tenant/nobody/a").status)
        server:stop()
    end)
end)
