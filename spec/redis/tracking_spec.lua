-- SPDX-License-Identifier: MIT
local redis = require("support.redis")

describe("changes of Redis' keys", function()
    local server, app

    setup(function()
        server = redis.start()
        app = redis.app(server:url(), {
            http = "lua_shared_dict pandan_cache 4m;",
            allow = { "changes of Redis are not heard" },
        })
    end)

    it("are heard, those of the prefixes that matter", function()
        app:run([[
            local seen, all = {}, 0
            local t = r:track({
                prefixes = { "product:", "user:" },
                clear = function(key)
                    if key then seen[key] = true else all = all + 1 end
                end,
            })
            wait_until(function() return t.connected end)
            assert(all == 1)
            r:set("product:1", "a")
            r:set("other", "b")
            r:hset("user:7", "name", "c")
            wait_until(function()
                return seen["product:1"] and seen["user:7"]
            end)
            assert(not seen.other)
            r:flushall()
            wait_until(function() return all == 2 end)
            t:stop()
            wait_until(function() return not t.connected end)
            settle()
        ]])
    end)

    it("empty a cache's first levels", function()
        app:run([[
            local cache = require("pandan.cache").new("products", {
                ttl = 600 })
            local loads = 0
            local function load(key)
                loads = loads + 1
                return r:get("product:" .. key)
            end
            local t = r:track({
                prefixes = { "product:" },
                clear = function(key)
                    cache:forget(key and key:match("^product:(.*)$"))
                end,
            })
            wait_until(function() return t.connected end)
            r:set("product:1", "old")
            wait_until(function()
                return cache:get("1", nil, load) == "old"
            end)
            ngx.sleep(0.05)
            cache:get("1", nil, load)
            local before = loads
            for _ = 1, 10 do
                assert(cache:get("1", nil, load) == "old")
            end
            assert(loads == before)
            r:set("product:1", "new")
            wait_until(function()
                return cache:get("1", nil, load) == "new"
            end)
            t:stop()
            wait_until(function() return not t.connected end)
        ]])
    end)

    it("go unheard while there is no server, and then anything may have been "
        .. "changed", function()
        local path = app:piece([[
            local all = 0
            local t = r:track({ clear = function(key)
                if not key then all = all + 1 end
            end })
            wait_until(function() return t.connected end)
            os.execute("kill -9 ]] .. server.process.pid .. [[")
            wait_until(function() return not t.connected end)
            for _ = 1, 2000 do
                if t.connected then break end
                ngx.sleep(0.01)
            end
            assert(t.connected and all == 2, all)
            t:stop()
            wait_until(function() return not t.connected end)
            settle()
        ]])
        local conn = app.nginx:connect(30)

        conn:send("GET " .. path .. " HTTP/1.1\r\nHost: x\r\n"
            .. "Connection: close\r\n\r\n")
        server.process:wait(10)
        server:restart()
        assert.equal("ok", conn:response().body)
    end)

    it("are asked for by mistake in two ways", function()
        app:run([[
            fails("clear must be a function", r.track, r, {})
            fails("prefixes must be a list", r.track, r, {
                clear = print, prefixes = "a" })
        ]])
    end)
end)
