-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local stores = require("support.stores")

-- The same code is told the same by both.
local function check(title, name, lua_path)
    describe(title, function()
        local server, path

        local function run(code)
            return server:run(([[
                local memcached = require(%q)
                local memc = memcached:new()
                memc:set_timeout(5000)
                assert(memc:connect("unix:%s"))
            ]]):format(name, path) .. code)
        end

        setup(function()
            path = stores.memcached()
            server = code_server.start({ http = lua_path })
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
                local b = all["b b"]
                return all.a[1] .. ":" .. all.a[2] .. " " .. b[1] .. ":"
                    .. b[2]
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

        it("has cas, touch and the others as the original has them", function()
            assert.equal("1 nil EXISTS nil NOT_FOUND 1 nil NOT_FOUND 1 abc",
                run([[
                memc:set("c", "b", 0, 7)
                local _, flags, unique, err = memc:gets("c")
                assert(flags == "7" and not err, flags)
                local out = { memc:cas("c", "b", unique) }
                local ok
                ok, err = memc:cas("c", "x", unique)
                out[2], out[3] = tostring(ok), err
                ok, err = memc:cas("none", "x", unique)
                out[4], out[5] = tostring(ok), err
                out[6] = memc:touch("c", 100)
                ok, err = memc:touch("none", 100)
                out[7], out[8] = tostring(ok), err
                memc:append("c", "c")
                out[9] = memc:prepend("c", "a")
                out[10] = (memc:get("c"))
                return table.concat(out, " ")
            ]]))
        end)

        it("counts, and tells of what it cannot count", function()
            assert.equal("7 0 nil NOT_FOUND nil CLIENT_ERROR", run([[
                memc:set("n", "5")
                local up, down = memc:incr("n", 2), memc:decr("n", 100)
                local none, why = memc:incr("none", 1)
                memc:set("text", "x")
                local bad, reason = memc:incr("text", 1)
                return table.concat({ up, down, tostring(none), why,
                    tostring(bad), reason:match("^%S+") }, " ")
            ]]))
        end)

        it("tells why it cannot connect, and that it is closed", function()
            assert.equal("nil connection refused 1 nil closed", run([[
                local other = memcached:new()
                local ok, err = other:connect("127.0.0.1", 1)
                local out = { tostring(ok), err, memc:close() }
                local none, _, why = memc:get("a")
                return table.concat(out, " ") .. " " .. tostring(none) .. " "
                    .. why
            ]]))
        end)
    end)
end

check("Debian's lua-nginx-memcached", "nginx.memcached", stores.lua_path)
check("resty.memcached as a module of ours", "resty.memcached",
    stores.migration_path)
