-- SPDX-License-Identifier: MIT
local clusters = require("support.redis_cluster")
local failover = require("support.redis_failover")
local redis = require("support.redis")

describe("a Cluster whose server dies", function()
    local cluster, app

    setup(function()
        cluster = clusters.start({ replicas = 3 })
        app = redis.app(cluster:url("query_timeout=15000"),
            { code = failover.CODE })
    end)

    it("has its replicas read, when that is wanted", function()
        app:run([[
            local reader = r:with({ reads = "replicas" })
            for i = 1, 60 do
                assert(r:set("key" .. i, i))
            end
            for i = 1, 60 do
                wait_until(function()
                    return reader:get("key" .. i) == tostring(i)
                end)
            end
            assert(#assert(r:nodes("replicas")) == 3)

            local asked = 0
            for name, s in pairs(r:stats()) do
                if name:find("replica", 1, true) then
                    asked = asked + s.queries
                end
            end
            assert(asked >= 60, asked)
            local replies, failed = reader:pipeline({
                { "GET", "key1" }, { "GET", "key2" }, { "GET", "key3" },
            })
            assert(failed == 0 and replies[3] == "3")
            assert(reader:set("key1", 1) == "OK")
            settle_all()
        ]])
    end)

    it("goes on without a replica that is killed", function()
        cluster.servers[6]:kill()
        app:run([[
            local reader = r:with({ reads = "replicas" })
            for round = 1, 3 do
                for i = 1, 60 do
                    assert(reader:get("key" .. i) == tostring(i))
                end
            end
            settle_all()
        ]])
    end)

    it("fails few requests, and none hangs", function()
        local numbers = failover.run(app, "a Cluster's primary killed",
            function()
                cluster.servers[1]:kill()
            end)
        assert(numbers.failed <= failover.THREADS, numbers.failed)
        app:run("settle_all()")
    end)

    it("has another map then", function()
        app:run(([[
            local found
            for _, node in ipairs(r:nodes()) do
                found = found or node.keywords.port == "%d"
                assert(node.keywords.port ~= "%d")
            end
            assert(found)
            for i = 1, 60 do
                assert(r:set("key" .. i, i) == "OK")
            end
        ]]):format(cluster.servers[4].port, cluster.servers[1].port))
    end)

    -- its server takes connections, and answers nothing
    it("does without a server that is stopped, too", function()
        cluster.servers[2]:pause()
        local path = app:piece([[
            local own = r:with({ timeout = 1000 })
            local failed, slowest = 0, 0
            local back = false
            for round = 1, 100 do
                local good, threads = true, {}
                for i = 1, 60 do
                    threads[i] = ngx.thread.spawn(function()
                        ngx.update_time()
                        local began = ngx.now()
                        local ok, err, code = own:set("key" .. i, round)
                        ngx.update_time()
                        slowest = math.max(slowest, ngx.now() - began)
                        if not ok then
                            failed, good = failed + 1, false
                        end
                    end)
                end
                for i = 1, 60 do ngx.thread.wait(threads[i]) end
                back = good
                if back then break end
            end
            assert(back)
            assert(slowest < 2, slowest)
            settle_all()
            return ("failed=%d slowest=%.2f"):format(failed, slowest)
        ]])
        local response = app.nginx:get(path, { timeout = 60 })

        cluster.servers[2]:resume()
        assert.matches("^failed=", response.body)
        io.stdout:write("a Cluster's primary stopped: ", response.body, "\n")
    end)
end)
