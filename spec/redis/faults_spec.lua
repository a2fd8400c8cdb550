-- SPDX-License-Identifier: MIT
local fake = require("support.fake_server")
local redis = require("support.redis")

describe("a Redis that fails", function()
    local server, app

    setup(function()
        server = redis.start()
        app = redis.app(server:url(
            "query_timeout=300&connect_timeout=500&limit=4"))
    end)

    it("is killed, and everyone is told", function()
        app:run([[
            local thread = ngx.thread.spawn(r.blpop, r, "none", 20)
            local sub = assert(r:listen("x"))
            wait_until(function()
                return r:info("clients"):find("blocked_clients:1")
            end)
            os.execute("kill -9 ]] .. server.process.pid .. [[")
            local ok, value, err, code = ngx.thread.wait(thread)
            assert(ok and value == nil and code == "closed", code)
            assert(err:find("^the connection was lost: "), err)
            value, err, code = sub:receive(5000)
            assert(value == nil and code == "closed", code)
            sub:close()
            value, err, code = r:get("a")
            assert(value == nil, value)
            assert(code == "closed" or code == "connect_failed", code)
            value, err, code = r:get("a")
            assert(value == nil and code == "connect_failed", code)
            settle()
            assert(r:stats().idle == 0)
        ]])
        server:restart()
        app:run([[ assert(r:ping() == "PONG") ]])
    end)

    it("stops, and no one waits past his deadline", function()
        app:run("assert(r:ping()) settle()")
        server:pause()
        app:run([[
            local threads = {}
            ngx.update_time()
            local began = ngx.now()
            for i = 1, 100 do
                threads[i] = ngx.thread.spawn(r.get, r, "a")
            end
            threads[101] = ngx.thread.spawn(r.pipeline, r, { { "PING" } })
            for i = 1, 101 do
                local ok, value, err, code = ngx.thread.wait(threads[i])
                assert(ok and value == nil and code == "timeout", code)
                assert(err == "no answer in 300 ms", err)
            end
            local short = r:with({ timeout = 20 })
            local value, err, code = short:get("a")
            assert(code == "timeout" and err == "no answer in 20 ms", err)
            value, err, code = r:blpop("a", 0.1)
            assert(code == "timeout", code)
            ngx.update_time()
            assert(ngx.now() - began < 3, ngx.now() - began)
            settle()
        ]])
        server:resume()
        app:run([[
            wait_until(function() return r:ping() == "PONG" end)
            settle()
            assert(r:stats().shared == 1)
        ]])
    end)

    it("answers late, and nobody gets another's answer", function()
        app:run([[
            r:set("late", "late") r:set("next", "next")
            os.execute("kill -STOP ]] .. server.process.pid .. [[")
            local value, err, code = r:with({ timeout = 30 }):get("late")
            assert(value == nil and code == "timeout", code)
            os.execute("kill -CONT ]] .. server.process.pid .. [[")
            for _ = 1, 20 do
                assert(r:get("next") == "next")
            end
            settle()
            wait_until(function() return r:stats().shared == 1 end)
        ]])
    end)

    it("resets connections", function()
        local port = fake.start(false)

        app:run(([[
            local r = Redis.open("redis://127.0.0.1:%d?protocol=2")
            for _ = 1, 3 do
                local value, err, code = r:get("a")
                assert(value == nil and code == "closed", code)
                assert(err:find("connection was lost: Connection reset"), err)
            end
            settle(r)
            assert(r:stats().shared == 0)
        ]]):format(port))
    end)

    it("is out of memory", function()
        app:run([[
            assert(r:config("set", "maxmemory", 1) == "OK")
            local value, err, code = r:set("a", 1)
            assert(value == nil and code == "out_of_memory", code)
            assert(r:ping() == "PONG")
            assert(r:config("set", "maxmemory", 0) == "OK")
            assert(r:set("a", 1) == "OK")
        ]])
    end)

    it("is still loading", function()
        local port = fake.start("%1\r\n+server\r\n+redis\r\n",
            "-LOADING Redis is loading the dataset in memory\r\n")

        app:run(([[
            local r = Redis.open("redis://127.0.0.1:%d")
            local value, err, code = r:get("a")
            assert(value == nil and code == "loading", code)
            assert(err:find("^LOADING Redis is loading"), err)
        ]]):format(port))
    end)

    it("is a replica that takes no writes", function()
        local replica = redis.start({ settings = {
            "replicaof 127.0.0.1 " .. server.port,
        } })

        app:run(([[
            local replica = Redis.open(%q)
            wait_until(function()
                return replica:info("replication")
                    :find("master_link_status:up")
            end)
            local value, err, code = replica:set("a", 1)
            assert(value == nil and code == "read_only", code)
            assert(r:set("b", "seen"))
            wait_until(function() return r:wait(1, 100) == 1 end)
            assert(replica:get("b") == "seen")
        ]]):format(replica:url()))
    end)

    it("leaves nothing behind when a client goes away", function()
        app:run("assert(r:ping()) settle()")
        server:pause()

        local conn = app.nginx:connect()

        conn:send("GET " .. app:piece("r:get('a')")
            .. " HTTP/1.1\r\nHost: x\r\n\r\n")
        conn:close()
        server:resume()
        app:run("assert(r:ping()) settle()")
    end)

    it("has room for some only, the others wait in line", function()
        app:run([[
            local few = Redis.open(url, { limit = 1, pool_timeout = 50 })
            local held = assert(few:connect())
            local none, err, code = few:connect()
            assert(none == nil and code == "pool_timeout", code)
            assert(err == "no connection became free in 50 ms "
                .. "(all 1 are lent)", err)
            local thread = ngx.thread.spawn(few.blpop, few, "l", 1)
            r:rpush("l", 1)
            held:release()
            local ok, popped = ngx.thread.wait(thread)
            assert(ok and popped[2] == "1")
            settle(few)
        ]])
    end)
end)
