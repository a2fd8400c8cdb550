-- SPDX-License-Identifier: MIT
local redis = require("support.redis")

describe("a pipeline of Redis", function()
    local app

    setup(function()
        app = redis.app(redis.start():url())
    end)

    it("gives one reply for each command, errors among them", function()
        app:run([[
            local replies, failed = r:pipeline(function(p)
                p:del("a")
                p:set("a", 1)
                p:lpush("a", 2)
                p:get("a")
                p:get("nothing")
                p:hset("h", { x = 1 })
                p:hgetall("h")
            end)
            assert(#replies == 7 and failed == 1)
            assert(replies[2] == "OK" and replies[4] == "1")
            assert(Redis.is_error(replies[3]))
            assert(replies[3].code == "wrong_type")
            assert(tostring(replies[3]):find("^WRONGTYPE"))
            assert(not Redis.is_error(replies[7]))
            assert(replies[5] == ngx.null and replies[7].x == "1")
        ]])
    end)

    it("takes a list, too", function()
        app:run([[
            local replies, failed = r:pipeline({
                { "SET", "b", 7 }, { "incr", "b" },
            })
            assert(replies[1] == "OK" and replies[2] == 8 and failed == 0)
            local none, zero = r:pipeline({})
            assert(#none == 0 and zero == 0)
        ]])
    end)

    it("may be long", function()
        app:run([[
            local replies = r:pipeline(function(p)
                for i = 1, 20000 do
                    p:echo(i)
                end
            end)
            assert(#replies == 20000)
            for i = 1, 20000 do
                assert(replies[i] == tostring(i))
            end
        ]])
    end)

    it("refuses what it cannot carry, on the caller's line", function()
        app:run([[
            fails(".lua:2: BLPOP cannot be part of a pipeline", function()
                r:pipeline({ { "BLPOP", "l", 1 } }) end)
            fails("SELECT cannot be part of a pipeline", function()
                r:pipeline(function(p) p:select(1) end)
            end)
            fails("a function or a list", r.pipeline, r, 1)
            fails("command 2 of a pipeline is not", r.pipeline, r,
                { { "PING" }, "PING" })
        ]])
    end)
end)
