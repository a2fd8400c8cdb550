-- SPDX-License-Identifier: MIT
local redis = require("support.redis")

describe("a transaction of Redis", function()
    local app

    setup(function()
        app = redis.app(redis.start():url("limit=3"))
    end)

    before_each(function()
        app:run("r:flushall() r:set('n', 1)")
    end)

    it("gives the replies of its commands", function()
        app:run([[
            local replies, failed = r:transaction(function(t)
                t:incr("n")
                t:lpush("n", 1)
                t:get("n")
            end)
            assert(#replies == 3 and failed == 1 and replies[1] == 2)
            assert(replies[2].code == "wrong_type" and replies[3] == "2")
            assert(r:transaction({ { "INCR", "n" } })[1] == 3)
            settle()
        ]])
    end)

    it("does nothing when a command cannot be queued", function()
        app:run([[
            local replies, err, code = r:transaction(function(t)
                t:incr("n")
                t:get("too", "many")
            end)
            assert(replies == nil and code == "aborted", code)
            assert(err:find("wrong number of arguments"), err)
            assert(r:get("n") == "1")
        ]])
    end)

    it("does nothing when a watched key was changed", function()
        app:run([[
            local seen = 0
            local function add(t, c)
                seen = seen + 1
                local n = assert(c:get("n"))
                if seen == 1 then
                    r:set("n", 10)
                end
                t:set("n", n + 1)
            end
            local replies, err, code = r:transaction(add, { watch = "n" })
            assert(replies == nil and code == "conflict", code)
            assert(err == "a watched key was changed by another")
            assert(r:get("n") == "10")

            seen = 0
            r:set("n", 1)
            replies = r:transaction(add, { watch = { "n" }, retries = 1 })
            assert(replies[1] == "OK" and r:get("n") == "11" and seen == 2)
            settle()
        ]])
    end)

    it("can be given up, and errors in it go on", function()
        app:run([[
            local replies, err, code = r:transaction(function(t, c)
                t:set("n", 7)
                return nil, "not today", "later"
            end, { watch = "n" })
            assert(replies == nil and err == "not today" and code == "later")
            fails("oops", r.transaction, r, function() error("oops") end,
                { watch = "n" })
            fails("a function or a list", r.transaction, r, 1)
            settle()
            assert(r:get("n") == "1" and r:stats().idle == 0)
        ]])
    end)
end)

describe("a script of Redis", function()
    it("is sent whole only when the server does not know it", function()
        local app = redis.app(redis.start():url())

        app:run([[
            local add = r:script_of(
                "return redis.call('incrby', KEYS[1], ARGV[1])")
            assert(add({ "n" }, { 5 }) == 5)
            assert(add:run({ "n" }, { 5 }) == 10)
            local info = r:info("commandstats")
            assert(info:find("cmdstat_evalsha:calls=2"), info)
            assert(info:find("cmdstat_eval:calls=1"), info)
            assert(r:script("flush") == "OK")
            assert(add({ "n" }, { 1 }) == 11)
            local reply, err, code = r:script_of("return nonsense(")()
            assert(reply == nil and code == "error" and err:find("compil"))
            local deep = r:script_of("return { 1, { 2, { 3 } }, false }")()
            assert(deep[2][2][1] == 3 and deep[3] == ngx.null)
        ]])
    end)
end)
