-- SPDX-License-Identifier: MIT
local clusters = require("support.redis_cluster")
local redis = require("support.redis")

-- settle() for a Redis of several servers.
local CODE = [[
    function settle_all(of)
        wait_until(function()
            for _, s in pairs((of or r):stats()) do
                if s.lent + s.waiting + s.pending > 0 then return false end
            end
            return true
        end, "the pools never settled")
    end
]]

describe("a Cluster of Redis", function()
    local cluster, app

    setup(function()
        cluster = clusters.start()
        app = redis.app(cluster:url("query_timeout=5000"), { code = CODE })
    end)

    it("gets each command to the server of its key", function()
        app:run([[
            for i = 1, 100 do
                assert(r:set("key" .. i, i) == "OK")
            end
            for i = 1, 100 do
                assert(r:get("key" .. i) == tostring(i))
            end
            assert(r:ping() == "PONG")
            assert(r:get("nothing") == nil)
            assert(r:hset("{key1}h", { a = 1 }) == 1)
            assert(r:hgetall("{key1}h").a == "1")
            local nodes, all = r:nodes(), 0
            assert(#nodes == 3)
            for _, node in ipairs(nodes) do
                local size = node:dbsize()
                assert(size > 10, size)
                all = all + size
            end
            assert(all == 101, all)
            settle_all()
        ]])
    end)

    it("makes keys with a common part in braces neighbours", function()
        app:run([[
            local slot = require("pandan.redis.native").slot
            assert(slot("foo") == 12182 and slot("123456789") == 12739)
            assert(slot("{user1}a") == slot("user1"))
            assert(slot("a{user1}b{x}") == slot("user1"))
            assert(slot("{}a") ~= slot(""))
            assert(r:mset("{u}a", 1, "{u}b", 2) == "OK")
            local both = r:mget("{u}a", "{u}b")
            assert(both[1] == "1" and both[2] == "2")
        ]])
    end)

    it("explains why keys of several slots cannot be used at once",
        function()
            app:run([[
                local value, err, code = r:mget("key1", "key2")
                assert(value == nil and code == "cross_slot", code)
                assert(err:find("'key1' is in slot %d+, 'key2' in slot %d+"),
                    err)
                assert(err:find("{user1}a and {user1}b", 1, true), err)
                value, err, code = r:mset({ "a", "key2", "key1", "a" })
                assert(code == "cross_slot", code)
                assert(err:find("'a' is in slot %d+, 'key1'"), err)
                value, err, code = r:transaction({
                    { "SET", "key1", 1 }, { "SET", "key2", 2 },
                })
                assert(value == nil and code == "cross_slot", code)
                assert(err:find("'key1' is in slot"), err)
            ]])
        end)

    it("splits a pipeline between the servers", function()
        app:run([[
            local replies, failed = r:pipeline(function(p)
                for i = 1, 100 do p:get("key" .. i) end
                p:lpush("key1", 1)
                p:get("nothing")
            end)
            assert(#replies == 102 and failed == 1, failed)
            for i = 1, 100 do
                assert(replies[i] == tostring(i))
            end
            assert(replies[101].code == "wrong_type")
            assert(replies[102] == ngx.null)
            local none, zero = r:pipeline({})
            assert(#none == 0 and zero == 0)
        ]])
    end)

    it("runs transactions and scripts where their keys are", function()
        app:run([[
            for i = 1, 9 do
                local tag = "{t" .. i .. "}"
                local replies, failed = r:transaction(function(t)
                    t:set(tag .. "a", i)
                    t:incr(tag .. "a")
                end)
                assert(failed == 0 and replies[2] == i + 1)
                local watched = r:transaction(function(t, held)
                    t:set(tag .. "b", held:get(tag .. "a") * 2)
                end, { watch = tag .. "a" })
                assert(watched[1] == "OK")
                assert(r:get(tag .. "b") == tostring(2 * (i + 1)))
                local double = r:script_of(
                    "return redis.call('GET', KEYS[1]) * ARGV[1]")
                assert(double({ tag .. "a" }, { 3 }) == 3 * (i + 1))
            end
            settle_all()
        ]])
    end)

    it("waits, and listens", function()
        app:run([[
            local thread = ngx.thread.spawn(r.blpop, r, "queue", 5)
            r:rpush("queue", "job")
            local ok, popped = ngx.thread.wait(thread)
            assert(ok and popped[2] == "job")
            local sub = assert(r:listen("news"))
            r:publish("news", "hello")
            assert(sub:receive().data == "hello")
            sub:close()
            local shard = assert(r:subscription("local"))
            assert(shard:ssubscribe("local"))
            r:spublish("local", "here")
            assert(shard:receive().data == "here")
            shard:close()
            local held = assert(r:connect("key1"))
            assert(held:get("key1") == "1")
            held:release()
            settle_all()
        ]])
    end)

    it("follows a slot that is moved", function()
        -- "key1" is in slot 9189, the second server's
        local from, to = cluster.servers[2], cluster.servers[1]
        assert(from:cli("cluster keyslot key1") == "9189")

        cluster:move(9189, from, to, function()
            app:run([[
                -- the old server asks whoever comes to ask the new one
                assert(r:get("key1") == "1")
                assert(r:set("{key1}new", "born there") == "OK")
                assert(r:get("{key1}new") == "born there")
                local replies, failed = r:pipeline({
                    { "GET", "key1" }, { "GET", "key2" },
                })
                assert(failed == 0 and replies[1] == "1"
                    and replies[2] == "2")
                local thread = ngx.thread.spawn(r.blpop, r, "{key1}q", 5)
                r:rpush("{key1}q", "job")
                local ok, popped = ngx.thread.wait(thread)
                assert(ok and popped[2] == "job")
                local value, err, code = r:lpush("key1", "x")
                assert(value == nil and code == "wrong_type", code)
            ]])
        end)
        app:run([[
            assert(r:get("key1") == "1")
            assert(r:incr("key1") == 2)
            local replies = r:transaction({ { "INCR", "key1" } })
            assert(replies[1] == 3)
            settle_all()
        ]])
        cluster:move(9189, to, from)
        app:run([[
            local replies, failed = r:pipeline({ { "INCR", "key1" } })
            assert(failed == 0 and replies[1] == 4)
            replies = r:transaction({ { "INCR", "key1" } })
            assert(replies[1] == 5)
            settle_all()
        ]])
    end)

    it("loses nothing while a slot is moved to and fro under load", function()
        local from, to = cluster.servers[2], cluster.servers[1]
        local path = app:piece([[
            local count, stop = 0, false
            local function work(i)
                while not stop do
                    local value, err = r:incr("{key1}c" .. i)
                    if not value then error(err) end
                    count = count + 1
                    local again = r:get("{key1}c" .. i)
                    assert(again == tostring(value), again)
                    ngx.sleep(0.001)
                end
            end
            local threads = {}
            for i = 1, 8 do threads[i] = ngx.thread.spawn(work, i) end
            for _ = 1, 3000 do
                local file = io.open(dir .. "/stop")
                if file then file:close() break end
                ngx.sleep(0.01)
            end
            stop = true
            for i = 1, 8 do
                local ok, err = ngx.thread.wait(threads[i])
                assert(ok, err)
            end
            settle_all()
            return count
        ]])
        local conn = app.nginx:connect(60)

        conn:send("GET " .. path .. " HTTP/1.1\r\nHost: x\r\n"
            .. "Connection: close\r\n\r\n")
        for _ = 1, 3 do
            cluster:move(9189, from, to)
            from, to = to, from
        end
        require("support.files").write(app.nginx.dir .. "/stop", "")

        local response = conn:response()
        assert(tonumber(response.body), response.body)
        assert(tonumber(response.body) > 50, response.body)
    end)
end)
