-- SPDX-License-Identifier: MIT
local fake = require("support.fake_server")
local memcached = require("support.memcached")

describe("three memcached", function()
    local servers, app

    setup(function()
        servers = {}
        for i = 1, 3 do
            servers[i] = memcached.start()
        end
        app = memcached.app(memcached.url(servers,
            "query_timeout=200&connect_timeout=200"))
    end)

    it("share the keys about evenly", function()
        app:run([[
            local keys = {}
            for i = 1, 3000 do
                keys[i] = "key" .. i
                assert(m:set(keys[i], i))
            end
            local values = m:get_multi(keys)
            for i = 1, 3000 do
                local value = values[keys[i] ]
                assert(value == tostring(i))
            end
            for name, s in pairs(m:stats()) do
                assert(s.queries > 600 and s.shared == 1, name)
            end
        ]])
    end)

    it("lay the ring as other clients do", function()
        app:run([[
            local ring = require("pandan.memcached.ring")
            local one = ring.new({ "a:1", "b:1", "c:1" })
            local more = ring.new({ "a:1", "b:1", "c:1", "d:1" })
            local all = function() return true end
            local moved = 0
            assert(#one.at == 480)
            for i = 1, 1000 do
                local key = "k" .. i
                local was, is = one:find(key, all), more:find(key, all)
                assert(was == is or is == 4)
                moved = moved + (was == is and 0 or 1)
            end
            assert(moved > 150 and moved < 350, moved)
        ]])
    end)

    it("do without one that is killed", function()
        servers[2]:kill()
        app:run([[
            local failed, keys = 0, {}
            for i = 1, 300 do
                keys[i] = "key" .. i
            end
            local values, why, what = m:get_multi(keys)
            if not values then
                failed = 1
                assert(what == "closed", why)
            end
            -- whoever opens it anew knows, too, who is down
            m = Memcached.open(url)
            for round = 1, 2 do
                for i = 1, 300 do
                    local ok, err, code = m:set("key" .. i, "again")
                    if not ok then
                        failed = failed + 1
                        assert(code == "closed", code)
                    end
                end
            end
            assert(failed <= 1, failed)
            for i = 1, 300 do
                local value, err = m:get("key" .. i)
                assert(not err, err)
            end
            settle()
        ]])
        servers[2]:launch()
        servers[2].process:running()
    end)

    it("do without one that is stopped", function()
        servers[3].process:signal("STOP")
        app:run([[
            ngx.update_time()
            local began, failed = ngx.now(), 0
            for i = 1, 300 do
                local ok, err, code = m:get("other" .. i)
                if err then
                    failed = failed + 1
                    assert(code == "timeout", code)
                end
            end
            ngx.update_time()
            assert(failed >= 1 and failed <= 3, failed)
            assert(ngx.now() - began < 2)
            settle()
        ]])
        servers[3].process:signal("CONT")
    end)

    it("may break the protocol", function()
        for answer, why in pairs({
            ["VA x\r\n"] = "a value has no length",
            ["VA 3\r\nabcdef"] = "a value does not end where it should",
            ["HD\n"] = "a line does not end",
            [("x"):rep(3000)] = "a line is too long",
        }) do
            app:run(([[
                local m = Memcached.open("memcached://127.0.0.1:%d")
                local value, err, code = m:get("a")
                assert(value == nil and code == "protocol", code)
                assert(err == "memcached broke the protocol: %s", err)
                settle(m)
            ]]):format(fake.start(answer), why))
        end
    end)
end)
