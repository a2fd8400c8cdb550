-- SPDX-License-Identifier: MIT
--- Level 3: two hosts, each an nginx of its own, on one Redis.
local cache_hosts = require("support.cache_hosts")
local redis = require("support.redis")

describe("a cache with a server of its own", function()
    local server, one, two

    setup(function()
        server = redis.start()
        one = cache_hosts.start(server:url())
        two = cache_hosts.start(server:url())
    end)

    it("loads once, though both hosts ask", function()
        local values = cache_hosts.load_slowly(one, two)

        assert.equal(values[1], values[2])
    end)

    it("does not keep what was deleted while it was loaded", function()
        assert.equal("nil", one:run(cache_hosts.DELETE_AMID_LOAD))
    end)

    it("finds what another host has loaded", function()
        assert.equal("a1 load", one:run([[return look("a")]]))
        assert.equal("a1 l3", two:run([[return look("a")]]))
        assert.equal("a1 l1", two:run([[return look("a")]]))
    end)

    it("keeps for no longer than the first host does", function()
        one:run([[return look("short", { ttl = 0.5 })]])
        assert.equal("true", two:run([[
            look("short", { ttl = 60 })
            local _, left = cache:peek("short")
            return tostring(left <= 0.5)
        ]]))
    end)

    it("takes what another host has set or deleted", function()
        one:run([[cache:set("b", "set") return ""]])
        assert.equal("set l3", two:run([[return look("b")]]))
        one:run([[cache:delete("b") return ""]])
        assert.equal("b", one:run([[return look("b")]]):sub(1, 1))
    end)

    it("does not take what a tag has purged", function()
        local options = [[{ tags = { "red" } }]]

        one:run([[return look("t", ]] .. options .. [[)]])
        one:run([[return look("u")]])
        one:run([[cache:purge("red") return ""]])
        assert.matches("load$", two:run([[return look("t")]]))
        assert.matches("l3$", two:run([[return look("u")]]))
        one:run([[cache:purge() return ""]])
        assert.matches("load$", one:run([[return look("u")]]))
    end)

    it("takes nothing that is not of its own making", function()
        local port = server.port

        for _, text in ipairs({ "junk", "pdn1", "pdn1\18\255\255\255\255",
            ("pdn1x"):rep(1000) })
        do
            assert.matches("load$", one:run(([[
                local redis = require("pandan.redis")
                redis.open("redis://127.0.0.1:%d"):set("pandan:specs:{bad}",
                    %q)
                cache.view:delete("bad")
                return look("bad")
            ]]):format(port, text)))
        end
    end)
end)
