-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local stores = require("support.stores")

-- The same code is told the same by both.
local function check(title, name, lua_path)
    describe(title, function()
        local server, path

        local function run(code)
            return server:run(([[
                local path = "unix:%s"
                local redis = require("%s")

                local function connected()
                    local red = redis:new()
                    red:set_timeout(5000)
                    assert(red:connect(path))
                    return red
                end
            ]]):format(path, name) .. code)
        end

        setup(function()
            path = stores.redis()
            server = code_server.start({ http = lua_path })
        end)

        it("sets and gets, and knows a null", function()
            assert.equal("OK Pandan true", run([[
                local red = connected()
                local ok = red:set("name", "Pandan")
                local name = red:get("name")
                local none = red:get("nobody")
                return ok .. " " .. name .. " " .. tostring(none == ngx.null)
            ]]))
        end)

        it("keeps its connection in the pool", function()
            assert.equal("true", run([[
                local red = connected()
                red:ping()
                assert(red:set_keepalive(10000, 10))
                red = connected()
                return tostring(red:get_reused_times() > 0)
            ]]))
        end)

        it("sends many commands at once", function()
            assert.equal("OK 1 2 3", run([[
                local red = connected()
                red:init_pipeline()
                red:set("n", 0)
                for _ = 1, 3 do
                    red:incr("n")
                end
                local answers = assert(red:commit_pipeline())
                return table.concat(answers, " ")
            ]]))
        end)

        it("runs transactions and tells of errors", function()
            assert.equal("QUEUED 1 false ERR unknown", run([[
                local red = connected()
                red:del("set")
                red:multi()
                local queued = red:sadd("set", "a")
                local answers = assert(red:exec())
                local ok, err = red:eval("return redis.call('nothing')", 0)
                return queued .. " " .. answers[1] .. " " .. tostring(ok) .. " "
                    .. err:gsub("^ERR [Uu]nknown.*", "ERR unknown")
            ]]))
        end)

        it("hears what another request publishes", function()
            assert.equal("message news hello", run([[
                local red = connected()
                assert(red:subscribe("news"))
                local thread = ngx.thread.spawn(function()
                    return red:read_reply()
                end)
                connected():publish("news", "hello")
                local _, message = ngx.thread.wait(thread)
                return table.concat(message, " ")
            ]]))
        end)

        it("carries bytes of any kind and size", function()
            assert.equal("true", run([[
                local red = connected()
                local bytes = ("\0\r\n\255"):rep(50000)
                red:set("bytes", bytes)
                return tostring(red:get("bytes") == bytes)
            ]]))
        end)

        it("times out without harm to the next", function()
            assert.equal("nil timeout PONG", run([[
                local red = connected()
                red:set_timeout(20)
                local value, err = red:blpop("empty", 0)
                return tostring(value) .. " " .. err .. " "
                    .. connected():ping()
            ]]))
        end)

        it("has lists, numbers and nulls as the original has them", function()
            assert.equal("number 2 a 1 null 0 table null", run([[
                local red = connected()
                red:del("h", "none")
                local added = red:hset("h", "a", 1, "b", 2)
                local flat = red:hgetall("h")
                local many = red:hmget("h", "none")
                local hash = red:array_to_hash(flat)
                red:hmset("h", { c = 3 })
                return table.concat({ type(added), added, flat[1], hash.a,
                    many[1] == ngx.null and "null" or "?",
                    #red:lrange("none", 0, -1), type(red:hgetall("h")),
                    red:hget("h", "none") == ngx.null and "null" or "?" }, " ")
            ]]))
        end)

        it("tells errors from failures, in a pipeline too", function()
            local all = "false WRONGTYPE false WRONGTYPE nil closed nil closed"

            assert.equal(all, run([[
                local red = connected()
                red:set("text", "x")
                local ok, err = red:lpush("text", 1)
                red:init_pipeline(2)
                red:lpush("text", 1)
                red:get("text")
                local replies = red:commit_pipeline()
                assert(replies[2] == "x")
                assert(red:close() == 1)
                local none, closed = red:get("text")
                local again, twice = red:close()
                return table.concat({ tostring(ok), err:match("^%u+"),
                    tostring(replies[1][1]), replies[1][2]:match("^%u+"),
                    tostring(none), closed, tostring(again), twice }, " ")
            ]]))
        end)

        it("takes values of other types as their texts", function()
            assert.equal("true 1.5", run([[
                local red = connected()
                red:set("b", true)
                red:set("f", 1.5)
                return red:get("b") .. " " .. red:get("f")
            ]]))
        end)

        it("keeps to itself what it may not give back", function()
            assert.equal("nil subscribed state nil not subscribed 1", run([[
                local red = connected()
                local none, why = red:read_reply()
                red:subscribe("a", "b")
                red:read_reply()
                local kept, state = red:set_keepalive()
                red:unsubscribe("a")
                red:unsubscribe("b")
                return table.concat({ tostring(kept), state, tostring(none),
                    why, red:set_keepalive(1000, 1) }, " ")
            ]]))
        end)

        it("tells why it cannot connect", function()
            assert.equal("nil connection refused", run([[
                local red = redis:new()
                local ok, err = red:connect("127.0.0.1", 1)
                return tostring(ok) .. " " .. err
            ]]))
        end)
    end)
end

check("Debian's lua-nginx-redis", "nginx.redis", stores.lua_path)
check("resty.redis as a module of ours", "resty.redis", stores.migration_path)

describe("Debian's connector of lua-nginx-redis", function()
    it("opens a connection from a URL's parts", function()
        local path = stores.redis()
        local server = code_server.start({ http = stores.lua_path })

        assert.equal("PONG true", server:run(([[
            local connector = require("nginx.redis.connector")
            local rc = connector.new({ path = "unix:%s" })
            local red = assert(rc:connect())
            local pong = red:ping()
            return pong .. " " .. tostring(rc:set_keepalive(red) == 1)
        ]]):format(path)))
    end)
end)
