-- SPDX-License-Identifier: MIT
local clusters = require("support.redis_cluster")
local redis = require("support.redis")

describe("a cache above a Cluster of Redis", function()
    it("shares what was loaded, its tags and its purges", function()
        local cluster = clusters.start()
        local http = "lua_shared_dict pandan_cache 4m;"
        local code = ([[
            remote = { url = %q, timeout = 5 }
            loads = 0
            function load(key)
                loads = loads + 1
                return "value of " .. key
            end
        ]]):format(cluster:url())
        local hosts = {}

        for i = 1, 2 do
            hosts[i] = redis.app("", { http = http, code = code })
        end

        local function run(host, text)
            return hosts[host]:run([[
                local c = package.loaded.spec_cache
                if not c then
                    c = require("pandan.cache").new("things", {
                        ttl = 600, remote = remote })
                    package.loaded.spec_cache = c
                end
            ]] .. text)
        end

        run(1, [[
            for i = 1, 20 do
                local value, err, from = c:get("k" .. i, {
                    tags = { "all", "n" .. i } }, load)
                assert(value == "value of k" .. i and from == "load", err)
            end
            assert(loads == 20)
        ]])
        run(2, [[
            for i = 1, 20 do
                local value, err, from = c:get("k" .. i, {
                    tags = { "all", "n" .. i } }, load)
                assert(value == "value of k" .. i and from == "l3", from)
            end
            assert(loads == 0)
        ]])
        run(1, [[c:delete("k1") c:purge("n2")]])
        run(2, [[
            wait_until(function()
                return c:peek("k1") == nil and c:peek("k2") == nil
            end)
            assert(c:peek("k3") == "value of k3")
            local _, _, from = c:get("k1", nil, load)
            assert(from == "load", from)
            _, _, from = c:get("k2", { tags = { "all", "n2" } }, load)
            assert(from == "load", from)
        ]])
    end)
end)
