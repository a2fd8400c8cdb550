-- SPDX-License-Identifier: MIT
local redis = require("support.redis")

describe("commands of Redis that wait", function()
    local app

    setup(function()
        app = redis.app(redis.start():url("query_timeout=300&limit=4"))
    end)

    it("have a connection of their own, while others go on", function()
        app:run([[
            local thread = ngx.thread.spawn(r.blpop, r, "list", 5)
            assert(r:ping() == "PONG")
            assert(r:stats().lent == 1)
            r:rpush("list", "x")
            local ok, popped = ngx.thread.wait(thread)
            assert(ok and popped[1] == "list" and popped[2] == "x")
            settle()
            assert(r:stats().idle == 1)
        ]])
    end)

    it("may take longer than others, and end by their own time", function()
        app:run([[
            local began = ngx.now()
            local popped, err = r:brpop("none", 0.4)
            ngx.update_time()
            assert(popped == nil and err == nil, err)
            assert(ngx.now() - began >= 0.39)
            popped, err = r:bzpopmin("none", 0.05)
            assert(popped == nil and err == nil)
            popped, err = r:blmpop(0.05, 1, "none", "left")
            assert(popped == nil and err == nil)
            settle()
        ]])
    end)

    it("read streams as they grow", function()
        app:run([[
            local id = r:xadd("s", "*", { a = 1 })
            local now = r:xread("count", 1, "streams", "s", 0)
            assert(now.s[1][1] == id and now.s[1][2][1] == "a")
            assert(r:stats().lent == 0)
            local thread = ngx.thread.spawn(r.xread, r, "block", 3000,
                "streams", "s", "$")
            wait_until(function()
                return r:info("clients"):find("blocked_clients:1")
            end)
            r:xadd("s", "*", "b", 2)
            local ok, grown = ngx.thread.wait(thread)
            assert(ok and grown.s[1][2][2] == "2")
            assert(r:xgroup("create", "s", "g", 0) == "OK")
            local _, err, code = r:xgroup("create", "s", "g", 0)
            assert(code == "exists", code)
            assert(#r:xreadgroup("group", "g", "me", "block", 10,
                "streams", "s", ">").s == 2)
            settle()
        ]])
    end)

    it("give their connections back when their threads are killed", function()
        app:run([[
            for _ = 1, 3 do
                local threads = {}
                for i = 1, 4 do
                    threads[i] = ngx.thread.spawn(r.blpop, r, "none", 0)
                end
                wait_until(function()
                    return r:info("clients"):find("blocked_clients:4")
                end)
                local _, err, code = r:blpop("none", 1)
                for i = 1, 4 do
                    ngx.thread.kill(threads[i])
                end
                settle()
                wait_until(function()
                    return r:info("clients"):find("blocked_clients:0")
                end)
            end
        ]])
    end)
end)
