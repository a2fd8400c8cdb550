-- SPDX-License-Identifier: MIT
local failover = require("support.redis_failover")
local process = require("support.process")
local redis = require("support.redis")

local WATCHED = [[
port {{port}}
dir {{dir}}
unixsocket {{dir}}/redis.sock
protected-mode no
sentinel monitor main 127.0.0.1 %d 1
sentinel down-after-milliseconds main 2000
sentinel failover-timeout main 3000
]]

describe("a Redis that Sentinels watch", function()
    local primary, replica, sentinel, app

    local function url(query)
        return ("redis-sentinel://127.0.0.1:1,127.0.0.1:%d/main%s"):format(
            sentinel.port, query and "?" .. query or "")
    end

    -- The servers as the Sentinel names them now: it may see one stall on a
    -- busy machine, and have them change places by itself.
    local function roles()
        local port = sentinel:cli("sentinel get-master-addr-by-name main")
            :match("(%d+)$")

        if tonumber(port) == primary.port then
            return primary, replica
        end
        return replica, primary
    end

    local function wait_for_replica()
        assert(process.wait_until(30, function()
            local _, follower = roles()

            return follower:cli("info replication")
                :find("master_link_status:up", 1, true)
                and sentinel:cli("sentinel replicas main")
                    :find("master-link-status\nok", 1, true)
        end))
    end

    setup(function()
        primary = redis.start({ settings = {
            "repl-ping-replica-period 1",
        } })
        replica = redis.start({ settings = {
            "replicaof 127.0.0.1 " .. primary.port,
            "repl-ping-replica-period 1",
        } })
        assert(process.wait_until(10, function()
            return replica:cli("info replication")
                :find("master_link_status:up", 1, true)
        end))
        sentinel = redis.start({ sentinel = true,
            conf = WATCHED:format(primary.port) })
        wait_for_replica()
        app = redis.app(url("query_timeout=15000"), { code = failover.CODE })
    end)

    it("is found by its name", function()
        app:run(([[
            assert(r:set("a", 1) == "OK" and r:get("a") == "1")
            local replies = r:pipeline({ { "INCR", "a" }, { "GET", "b" } })
            assert(replies[1] == 2 and replies[2] == ngx.null)
            replies = r:transaction({ { "INCR", "a" }, { "SET", "z", 1 } })
            assert(replies[1] == 3)
            replies = r:transaction(function(t, held)
                t:set("b", held:get("a") + 1)
            end, { watch = { "a" } })
            assert(replies[1] == "OK" and r:get("b") == "4")
            assert(r:mget("a", "b")[2] == "4")
            local node = r:nodes()[1]
            assert(node.keywords.port == "%d")
            local sub = assert(r:listen("news"))
            r:publish("news", "hello")
            assert(sub:receive().data == "hello")
            sub:close()
            settle_all()
        ]]):format(primary.port))
    end)

    it("has its replicas read, when that is wanted", function()
        app:run([[
            local reader = r:with({ reads = "replicas" })
            assert(#r:nodes("replicas") == 1)
            wait_until(function() return reader:get("b") == "4" end)
            local asked = 0
            for name, s in pairs(r:stats()) do
                asked = asked + (name:find("replica", 1, true)
                    and s.queries or 0)
            end
            assert(asked >= 1, asked)
            assert(reader:set("b", 5) == "OK")
        ]])
    end)

    it("tells of a name that nobody knows, and of Sentinels that are not there",
        function()
            app:run(([[
                local other = Redis.open(
                    "redis-sentinel://127.0.0.1:%d/other?query_timeout=200")
                local value, err, code = other:get("a")
                assert(value == nil and code == "connect_failed", code)
                assert(err == "the Sentinels know of no 'other'", err)
                other = Redis.open(
                    "redis-sentinel://127.0.0.1:1/main?query_timeout=200")
                value, err, code = other:get("a")
                assert(value == nil and code == "connect_failed", code)
                assert(err:find("^cannot ask a Sentinel: cannot connect"),
                    err)
                fails("the name of the master is missing", Redis.open,
                    "redis-sentinel://a")
                fails("option reads must be primary or replicas", Redis.open,
                    "redis-sentinel://a/main?reads=x")
            ]]):format(sentinel.port))
        end)

    -- the old primary goes on taking writes for a while, but not ours
    it("goes to another primary when the Sentinels choose one", function()
        local numbers = failover.run(app, "another primary chosen", function()
            assert(process.wait_until(20, function()
                return sentinel:cli("sentinel failover main") == "OK"
            end))
            assert(process.wait_until(20, function()
                return replica:cli("role"):find("^master")
            end))
        end)
        assert(numbers.failed <= failover.THREADS, numbers.failed)
        wait_for_replica()
        app:run(([[
            wait_until(function()
                assert(r:set("a", 1))
                return r:nodes()[1].keywords.port == "%d"
            end)
            settle_all()
        ]]):format(roles().port))
    end)

    it("fails few requests when its primary is killed, and none hangs",
        function()
            local now, next_one = roles()
            local numbers = failover.run(app, "a primary killed", function()
                now:kill()
            end)
            assert(numbers.failed <= failover.THREADS, numbers.failed)
            app:run(([[
                settle_all()
                assert(r:nodes()[1].keywords.port == "%d")
            ]]):format(next_one.port))
        end)
end)
