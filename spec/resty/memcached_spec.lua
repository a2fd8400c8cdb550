-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local stores = require("support.stores")

describe("Debian's lua-nginx-memcached", function()
    local server, path

    local function run(code)
        return server:run(([[
            local memcached = require("nginx.memcached")
            local memc = memcached:new()
            memc:set_timeout(5000)
            assert(memc:connect("unix:%s"))
        ]]):format(path) .. code)
    end

    setup(function()
        path = stores.memcached()
        server = code_server.start({ http = stores.lua_path })
    end)

    it("stores, adds, counts and deletes", function()
        assert.equal("1 nil NOT_STORED 5 7 1 nil", run([[
            memc:flush_all()
            local out = { tostring(memc:set("k", "v")) }
            local ok, err = memc:add("k", "w")
            out[2], out[3] = tostring(ok), err
            memc:set("n", 5)
            out[4] = (memc:get("n"))
            out[5] = memc:incr("n", 2)
            out[6] = memc:delete("k")
            out[7] = tostring((memc:get("k")))
            return table.concat(out, " ")
        ]]))
    end)

    it("keeps flags, and gets many at once", function()
        assert.equal("one:3 two:0", run([[
            memc:set("a", "one", 0, 3)
            memc:set("b b", "two")
            local all = assert(memc:get({ "a", "b b" }))
            return all.a[1] .. ":" .. all.a[2] .. " " .. all["b b"][1] .. ":"
                .. all["b b"][2]
        ]]))
    end)

    it("carries values of many packets", function()
        assert.equal("true", run([[
            local text = ("x\r\n"):rep(100000)
            assert(memc:set("big", text))
            return tostring(memc:get("big") == text)
        ]]))
    end)

    it("goes back to the pool", function()
        assert.equal("1 true", run([[
            memc:version()
            local kept = memc:set_keepalive(10000, 10)
            local again = memcached:new()
            again:connect("unix:]] .. path .. [[")
            return kept .. " " .. tostring(again:get_reused_times() > 0)
        ]]))
    end)
end)
