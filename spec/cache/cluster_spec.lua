-- SPDX-License-Identifier: MIT
--- Level 3 on a Cluster: keys, locks, tags and news lie on several servers.
local cache_hosts = require("support.cache_hosts")
local redis_cluster = require("support.redis_cluster")

describe("a cache on a Redis Cluster", function()
    local one, two

    setup(function()
        local cluster = redis_cluster.start()

        one = cache_hosts.start(cluster:url())
        two = cache_hosts.start(cluster:url())
    end)

    it("finds what another host has loaded", function()
        for i = 1, 20 do
            local code = ("return look('key%d', { tags = { 't%d' } })")
                :format(i, i % 3)

            assert.matches("load$", one:run(code))
            assert.matches(" l3$", two:run(code))
        end
    end)

    it("learns what another host has deleted or purged", function()
        one:run([[cache:delete("key1") cache:purge("t2") return ""]])
        assert.equal("gone", two:run([[
            return await(function()
                return not cache:peek("key1") and not cache:peek("key2")
                    and "gone"
            end)
        ]]))
        assert.matches("l1$", two:run([[return look("key3")]]))
        assert.matches("load$", two:run([[return look("key2")]]))
    end)
end)
