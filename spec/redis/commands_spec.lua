-- SPDX-License-Identifier: MIT
local redis = require("support.redis")

describe("commands of Redis", function()
    local app

    setup(function()
        app = redis.app(redis.start():url())
    end)

    it("are methods by their names", function()
        app:run([[
            assert(r:set("a", "1") == "OK")
            assert(r:get("a") == "1")
            assert(r:incrby("a", 41) == 42)
            assert(r:command("GET", "a") == "42")
            assert(r:ping() == "PONG")
        ]])
    end)

    it("give nil without an error for what is not there", function()
        app:run([[
            local value, err, code = r:get("nothing")
            assert(value == nil and err == nil and code == nil)
        ]])
    end)

    it("take lists and tables for several values", function()
        app:run([[
            assert(r:hset("h", { name = "Ada", born = 1815 }) == 2)
            local all = r:hgetall("h")
            assert(all.name == "Ada" and all.born == "1815")
            assert(r:rpush("l", { "x", "y" }) == 2)
            assert(table.concat(r:lrange("l", 0, -1), ",") == "x,y")
            r:mset("k1", "v1", "k3", "v3")
            local values = r:mget({ "k1", "k2", "k3" })
            assert(#values == 3 and values[1] == "v1"
                and values[2] == ngx.null and values[3] == "v3")
        ]])
    end)

    it("bring every byte back, and every number", function()
        app:run([[
            local bytes = {}
            for i = 0, 255 do bytes[i + 1] = string.char(i) end
            local text = table.concat(bytes):rep(4096)
            assert(r:set("bytes", text) == "OK")
            assert(r:get("bytes") == text)
            assert(r:set("", "") == "OK" and r:get("") == "")

            for _, n in ipairs({ 0, -1, 0.1, 1e300, -2^53, 2^62 }) do
                r:set("n", n)
                assert(tonumber(r:get("n")) == n)
            end
            r:set("n", 9007199254740993LL)
            assert(r:get("n") == "9007199254740993")
            assert(r:incr("n") == "9007199254740994")
            assert(r:zadd("z", 1.5, "m") == 1 and r:zscore("z", "m") == 1.5)
        ]])
    end)

    it("give errors of the server with a code", function()
        app:run([[
            r:del("text")
            r:set("text", "x")
            local value, err, code, word = r:lpush("text", 1)
            assert(value == nil and code == "wrong_type")
            assert(word == "WRONGTYPE" and err:find("^WRONGTYPE Operation"))
            value, err, code, word = r:nosuch()
            assert(value == nil and code == "error" and word == "ERR")
            assert(r:get("text") == "x")
        ]])
    end)

    it("raise mistakes of the caller on his line", function()
        app:run([[
            fails(".lua:1: value 1 is a boolean", function() r:get(true) end)
            fails("value 1 is a boolean; a string, a number", r.get, r, true)
            fails("value 2 is a nil", r.set, r, "a", nil)
            fails("value 2 is a table", r.rpush, r, "a", { {} })
            fails("SELECT would change a connection", r.select, r, 1)
            fails("the name of a command", r.command, r, nil)
            assert(r:client("id") > 0)
            fails("CLIENT would change", r.client, r, "reply", "off")
            settle()
        ]])
    end)

    it("share one connection", function()
        app:run([[
            local threads = {}
            for i = 1, 50 do
                threads[i] = ngx.thread.spawn(r.client, r, "id")
            end
            local id = r:client("id")
            for i = 1, 50 do
                local ok, other = ngx.thread.wait(threads[i])
                assert(ok and other == id)
            end
            local s = r:stats()
            assert(s.shared == 1 and s.pending == 0 and s.lent == 0)
        ]])
    end)
end)
