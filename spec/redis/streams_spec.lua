-- SPDX-License-Identifier: MIT
local redis = require("support.redis")

describe("streams of Redis", function()
    local app

    setup(function()
        app = redis.app(redis.start():url())
    end)

    it("are written, read from the start and waited at", function()
        app:run([[
            for i = 1, 3 do
                local id = assert(r:xadd("s", "*", { n = i }))
                assert(id:find("^%d+%-%d+$"), id)
            end
            local all = r:xread("COUNT", 10, "STREAMS", "s", "0")
            assert(#all.s == 3 and all.s[2][2][1] == "n"
                and all.s[2][2][2] == "2")
            assert(r:xread("BLOCK", 20, "STREAMS", "s", "$") == nil)

            local thread = ngx.thread.spawn(r.xread, r, "BLOCK", 5000,
                "STREAMS", "s", "$")
            wait_until(function()
                return r:info("clients"):find("blocked_clients:1")
            end)
            r:xadd("s", "*", "n", "late")
            local ok, got = ngx.thread.wait(thread)
            assert(ok and got.s[1][2][2] == "late")
            settle()
        ]])
    end)

    it("are shared by the consumers of a group", function()
        app:run([[
            assert(r:xgroup("CREATE", "jobs", "crew", "$", "MKSTREAM")
                == "OK")
            local _, err, code = r:xgroup("CREATE", "jobs", "crew", "$")
            assert(code == "exists", code)
            r:pipeline(function(p)
                for i = 1, 10 do p:xadd("jobs", "*", "n", i) end
            end)
            local seen = {}
            for _, name in ipairs({ "one", "two" }) do
                local got = r:xreadgroup("GROUP", "crew", name, "COUNT", 5,
                    "STREAMS", "jobs", ">")
                for _, entry in ipairs(got.jobs) do
                    seen[entry[2][2] ] = name
                    assert(r:xack("jobs", "crew", entry[1]) == 1)
                end
            end
            for i = 1, 10 do
                assert(seen[tostring(i)] == (i <= 5 and "one" or "two"))
            end
            assert(r:xpending("jobs", "crew")[1] == 0)
            assert(r:xreadgroup("GROUP", "crew", "one", "BLOCK", 10,
                "STREAMS", "jobs", ">") == nil)
            _, err, code = r:xreadgroup("GROUP", "none", "one", "STREAMS",
                "jobs", ">")
            assert(code == "no_group", code)
        ]])
    end)
end)
