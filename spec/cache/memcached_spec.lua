-- SPDX-License-Identifier: MIT
--- Level 3 on memcached: two hosts, two servers.
local cache_hosts = require("support.cache_hosts")
local memcached = require("support.memcached")

describe("a cache on memcached", function()
    local servers, one, two

    setup(function()
        servers = { memcached.start(), memcached.start() }
        one = cache_hosts.start(memcached.url(servers))
        two = cache_hosts.start(memcached.url(servers))
    end)

    it("loads once, though both hosts ask", function()
        local values = cache_hosts.load_slowly(one, two)

        assert.equal(values[1], values[2])
    end)

    it("does not keep what was deleted while it was loaded", function()
        assert.equal("nil", one:run(cache_hosts.DELETE_AMID_LOAD))
    end)

    it("finds what another host has loaded, whatever the key", function()
        for _, key in ipairs({ "a", "with blank", "ü", ("x"):rep(1000) }) do
            local code = ("return look(%q)"):format(key)

            assert.matches("load$", one:run(code))
            assert.matches(" l3$", two:run(code))
        end
    end)

    it("does not take what was set, deleted or purged by another", function()
        one:run([[cache:set("b", "set") return ""]])
        assert.equal("set l3", two:run([[return look("b")]]))
        one:run([[cache:delete("b") cache:set("c", "red", { tags = { "red" } })
            cache:set("d", "blue", { tags = { "blue" } })
            cache:purge("red") return ""]])
        two:run([[cache:forget("b") return ""]])
        assert.matches("load$", two:run([[return look("b")]]))
        assert.matches("load$", two:run([[return look("c")]]))
        assert.equal("blue l3", two:run([[return look("d")]]))
        one:run([[cache:purge() return ""]])
        two:run([[cache:forget() return ""]])
        assert.matches("load$", two:run([[return look("d")]]))
    end)

    it("lets another host load when the loader of one fails", function()
        one:run([[
            cache:get("fails", nil, function() return nil, "no" end)
            return ""
        ]])
        assert.matches("load$", two:run([[return look("fails")]]))
    end)

    it("goes on when one server is killed, and when both are", function()
        one:run([[return look("kept", { ttl = 0.01 })]])
        servers[1]:kill()
        assert.matches("load$", one:run([[return look("new1")]]))
        servers[2]:kill()
        assert.matches("load$", one:run([[return look("new2")]]))
        assert.matches("stale$", one:run([[
            ngx.sleep(0.02)
            local value, _, from = cache:get("kept", nil, function()
                return nil, "no"
            end)
            return value .. " " .. from
        ]]))
    end)
end)
