-- SPDX-License-Identifier: MIT
local workers = require("support.workers")

local HTTP = [[
    lua_shared_dict pandan 1m;
    lua_shared_dict pandan_cache 4m;
    init_worker_by_lua_block {
        cache = require("pandan.cache").new("specs", { ttl = 30 })
    }
]]

describe("a cache", function()
    local server, one, two

    setup(function()
        server = workers.start(2, { http = HTTP })
        one, two = server:two()
    end)

    it("loads once, then answers from level 1 here, from 2 there", function()
        local code = [[
            local value, err, from = cache:get("a", nil, function(key)
                return { name = key, by = ngx.worker.pid() }
            end)
            return value.name .. " " .. value.by .. " " .. from
        ]]

        assert.equal("a " .. one.pid .. " load", one:run(code))
        assert.equal("a " .. one.pid .. " l1", one:run(code))
        assert.equal("a " .. one.pid .. " l2", two:run(code))
        assert.equal("a " .. one.pid .. " l1", two:run(code))
    end)

    it("keeps values of any shape", function()
        assert.equal("same", one:run([[
            local value = {
                text = "a\0b", list = { 1, 2.5, true, false },
                null = ngx.null, deep = { { { x = 1e300 } } }, [7] = "seven",
            }
            local got = function(key)
                cache:set(key, value)
                return require("pandan.cache").peek(cache, key)
            end
            local v = got("shape")
            assert(v.text == "a\0b" and v.list[2] == 2.5 and v.list[3] == true)
            assert(v.list[4] == false and v.null == ngx.null and v[7])
            assert(v.deep[1][1].x == 1e300)
            cache:set("n", 12.5) cache:set("s", "") cache:set("b", false)
            assert(cache:peek("n") == 12.5 and cache:peek("s") == "")
            assert(cache:peek("b") == false)
            return "same"
        ]]))
    end)

    it("remembers that there is nothing", function()
        assert.equal("1 nil nil l1", one:run([[
            local calls = 0
            local function loader() calls = calls + 1 return nil end
            cache:get("nothing", nil, loader)
            local value, err, from = cache:get("nothing", nil, loader)
            return calls .. " " .. tostring(value) .. " " .. tostring(err)
                .. " " .. from
        ]]))
    end)

    it("tells all workers what one of them set or deleted", function()
        local get = [[
            return tostring((cache:get("told")))
        ]]

        one:run([[cache:set("told", "first") return ""]])
        assert.equal("first", two:run(get))
        one:run([[cache:set("told", "second") return ""]])
        assert.equal("second", two:run(get))
        assert.equal("second", one:run(get))
        two:run([[cache:delete("told") return ""]])
        assert.equal("nil", one:run(get))
    end)

    it("forgets by tag, in all workers", function()
        one:run([[
            cache:set("t1", 1, { tags = { "red", "big" } })
            cache:set("t2", 2, { tags = { "blue" } })
            return ""
        ]])
        local get = [[
            return tostring((cache:get("t1"))) .. tostring((cache:get("t2")))
        ]]
        assert.equal("12", two:run(get))
        one:run([[cache:purge("red") return ""]])
        assert.equal("nil2", two:run(get))
        assert.equal("nil2", one:run(get))
        one:run([[cache:set("t1", 1, { tags = { "red" } }) return ""]])
        assert.equal("12", two:run(get))
        two:run([[cache:purge() return ""]])
        assert.equal("nilnil", one:run(get))
    end)

    it("does not keep what was deleted while it was being loaded", function()
        assert.equal("old nil", one:run([[
            local value = cache:get("race", nil, function(key)
                cache:delete(key)
                return "old"
            end)
            return value .. " " .. tostring(cache:peek("race"))
        ]]))
        assert.equal("old nil", one:run([[
            local value = cache:get("race2", { tags = { "r" } }, function(key)
                cache:purge("r")
                return "old"
            end)
            return value .. " " .. tostring(cache:peek("race2"))
        ]]))
    end)

    it("takes what a loader says of its value over the rest", function()
        assert.equal("true nil", one:run([[
            cache:get("own", nil, function()
                return 1, { ttl = 5, tags = { "mine" } }
            end)
            local _, left = cache:peek("own")
            cache:purge("mine")
            return tostring(left > 4 and left <= 5) .. " "
                .. tostring(cache:peek("own"))
        ]]))
    end)

    it("bounds level 1 in items and in bytes", function()
        assert.equal("10 true", one:run([[
            local c = require("pandan.cache").new("small",
                { items = 10, bytes = 1000 })
            for i = 1, 50 do c:set("k" .. i, "x") end
            local count = c.lru.count
            for i = 1, 50 do c:set("k" .. i, ("x"):rep(300)) end
            return count .. " " .. tostring(c.lru.size <= 1000)
        ]]))
    end)

    it("tells Prometheus what it did, over all workers", function()
        local text = two:run([[
            return require("pandan.cache").prometheus()
        ]])

        assert.match('pandan_cache_loads_total{cache="specs"} %d+', text)
        assert.match('pandan_cache_hits_total{cache="specs",level="l1"} %d+',
            text)
        assert.match("# TYPE pandan_cache_hits_total counter", text)
    end)
end)
