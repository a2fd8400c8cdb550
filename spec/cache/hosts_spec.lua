-- SPDX-License-Identifier: MIT
--- What one host changes, the others learn, though all have it in memory.
local cache_hosts = require("support.cache_hosts")
local redis = require("support.redis")

describe("hosts that share a cache", function()
    local server, one, two

    -- What `two` has in the memory of its workers is gone.
    local function forgets(key)
        return ([[
            return await(function()
                return cache:peek("%s") == nil and "gone"
            end)
        ]]):format(key)
    end

    local function both_have(key, options)
        local code = ("return look('%s', %s)"):format(key, options or "nil")

        one:run(code)
        two:run(code)
        assert.matches("l1$", two:run(code))
    end

    setup(function()
        server = redis.start()
        one = cache_hosts.start(server:url())
        two = cache_hosts.start(server:url())
        -- somebody listens
        both_have("first")
        one:run([[cache:delete("first") return ""]])
        two:run(forgets("first"))
    end)

    it("learn what another one has set", function()
        both_have("a")
        one:run([[cache:set("a", "new") return ""]])
        assert.equal("gone", two:run(forgets("a")))
        assert.equal("new l3", two:run([[return look("a")]]))
    end)

    it("keep what they have set themselves", function()
        two:run([[cache:set("own", "mine") return ""]])
        one:run([[cache:set("later", 1) return ""]])
        both_have("later")
        one:run([[cache:delete("later") return ""]])
        two:run(forgets("later"))
        assert.equal("mine", two:run([[return cache:peek("own")]]))
    end)

    it("learn what another one has purged, by tag or at all", function()
        both_have("t", "{ tags = { 'red' } }")
        both_have("u")
        one:run([[cache:purge("red") return ""]])
        assert.equal("gone", two:run(forgets("t")))
        assert.matches("l1$", two:run([[return look("u")]]))
        one:run([[cache:purge() return ""]])
        assert.equal("gone", two:run(forgets("u")))
    end)

    it("learn it when the server is back, if it was away", function()
        both_have("b")
        both_have("c", "{ tags = { 'blue' } }")
        server:pause()
        one:run([[cache:delete("b") cache:purge("blue") return ""]])
        assert.equal("2", one:run([[
            return require("pandan.shared").queue_count(cache.zone,
                "cache:owed:specs")
        ]]))
        server:resume()
        -- whoever asks finds that it is back
        one:run([[
            await(function()
                look("x" .. math.random())
                return not cache.remote.link.down
            end)
            return ""
        ]])
        assert.equal("gone", two:run(forgets("b")))
        assert.equal("gone", two:run(forgets("c")))
        assert.matches("load$", two:run([[return look("b")]]))
    end)

    it("forget all when there was more news than is kept", function()
        both_have("d")
        server:cli("xtrim pandan:specs:news MAXLEN 0")
        -- who listens begins anew, a moment later
        server:cli("client kill type normal")
        one:run([[cache:delete("other") return ""]])
        assert.equal("gone", two:run(forgets("d")))
    end)

    it("pass over news that are none", function()
        both_have("e")
        for _, words in ipairs({
            "what kk", "x y", "host h", "what t", "what k", "what z",
            "what k" .. ("x"):rep(2000), "what t" .. ("x"):rep(300),
        }) do
            server:cli("xadd pandan:specs:news '*' " .. words)
        end
        one:run([[cache:delete("end") return ""]])
        both_have("end")
        one:run([[cache:delete("end") return ""]])
        two:run(forgets("end"))
        assert.matches("l1$", two:run([[return look("e")]]))
    end)
end)
