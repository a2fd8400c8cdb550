-- SPDX-License-Identifier: MIT
local memcached = require("support.memcached")

describe("memcached", function()
    local app

    setup(function()
        app = memcached.app(memcached.url({ memcached.start() }))
    end)

    it("keeps values, and forgets them", function()
        app:run([[
            assert(m:set("a", "1") == true)
            assert(m:get("a") == "1")
            local value, err, code = m:get("nothing")
            assert(value == nil and err == nil and code == nil)
            assert(m:delete("a") == true and m:get("a") == nil)
            value, err, code = m:delete("a")
            assert(value == nil and code == "not_found", code)
            assert(m:version():find("^%d+%.%d+"))
            m:set("b", "x")
            assert(m:flush() and m:get("b") == nil)
        ]])
    end)

    it("adds, replaces, appends and prepends", function()
        app:run([[
            m:flush()
            assert(m:add("a", "1"))
            local ok, err, code = m:add("a", "2")
            assert(ok == nil and code == "not_stored", code)
            assert(m:replace("a", "2"))
            ok, err, code = m:replace("b", "2")
            assert(ok == nil and code == "not_stored", code)
            assert(m:append("a", "3") and m:prepend("a", "1"))
            assert(m:get("a") == "123")
        ]])
    end)

    it("changes what nobody else has changed", function()
        app:run([[
            m:set("a", "1", nil, { flags = 7 })
            local value, cas, flags = m:gets("a")
            assert(value == "1" and flags == 7)
            assert(m:cas("a", "2", cas))
            local ok, err, code = m:cas("a", "3", cas)
            assert(ok == nil and code == "conflict", code)
            ok, err, code = m:cas("gone", "3", cas)
            assert(ok == nil and code == "not_found", code)
            assert(m:get("a") == "2")
        ]])
    end)

    it("counts", function()
        app:run([[
            m:set("n", 40)
            assert(m:incr("n", 2) == 42 and m:decr("n") == 41)
            assert(m:decr("n", 100) == 0)
            local n, err, code = m:incr("none")
            assert(n == nil and code == "not_found", code)
            assert(m:incr("none", 1, { initial = 5 }) == 5)
            assert(m:incr("none", 1, { initial = 5 }) == 6)
            m:set("text", "x")
            n, err, code = m:incr("text")
            assert(n == nil and code == "error", code)
        ]])
    end)

    it("lets values live for some time", function()
        app:run([[
            assert(m:set("t", "1", 100))
            assert(m:touch("t", 100))
            local ok, err, code = m:touch("absent", 1)
            assert(ok == nil and code == "not_found", code)
            assert(m:gat("t", 50) == "1")
            assert(m:set("soon", "1", 1))
            for _ = 1, 60 do
                if m:get("soon") == nil then break end
                ngx.sleep(0.05)
            end
            assert(m:get("soon") == nil and m:get("t") == "1")
            assert(m:set("year", "1", 365 * 24 * 3600))
            assert(m:get("year") == "1")
        ]])
    end)

    it("takes any bytes, in keys too", function()
        app:run([[
            local bytes = {}
            for i = 0, 255 do bytes[i + 1] = string.char(i) end
            local text = table.concat(bytes)
            assert(m:set("bytes", text:rep(1000)))
            assert(m:get("bytes") == text:rep(1000))
            local key = "a b\r\nset c\0"
            assert(m:set(key, "1") and m:get(key) == "1")
            assert(m:get("c") == nil and m:delete(key))
            assert(m:set("empty", "") and m:get("empty") == "")
        ]])
    end)

    it("gives many at a time", function()
        app:run([[
            local keys = {}
            for i = 1, 500 do
                keys[i] = "many " .. i
                if i % 2 == 0 then m:set("many " .. i, i) end
            end
            local values = m:get_multi(keys)
            for i = 1, 500 do
                local value = values[keys[i] ]
                assert(value == (i % 2 == 0 and tostring(i) or nil))
            end
            assert(next(m:get_multi({})) == nil)
        ]])
    end)

    it("says what is wrong", function()
        app:run([[
            fails("lua:1: a key must be a string", function() m:get(nil) end)
            fails("lua:2: the option timeout", function() m:with({}) end)
            fails("lua:3: the URL of mem", function() Memcached.open() end)
            fails("lua:4: cannot read", function() Memcached.open("x") end)
            fails("a key is longer than 250 bytes", m.get, m, ("x"):rep(251))
            fails("a value must be a string", m.set, m, "a", {})
            fails("the time to live must be", m.set, m, "a", "b", -1)
            fails("must be a whole number", m.incr, m, "a", 0.5)
            local ok, err, code = m:set("big", ("x"):rep(2 * 1024 * 1024))
            assert(ok == nil and code == "too_large", code)
            fails("it must start with memcached://", Memcached.open, "redis:")
            fails("there is no option", Memcached.open, "memcached://x?y=1")
            fails("'memcached://%zz:***@h': bad percent-encoding '%z'",
                Memcached.open, "memcached://%zz:secret@h")
            fails("'memcached://h?password=***': there is no option",
                Memcached.open, "memcached://h?password=secret", { y = 1 })
            settle()
        ]])
    end)

    it("logs in", function()
        local dir = require("support.process").folder("pandan-auth")
        local files = require("support.files")

        files.write(dir .. "/users", "ada:lovelace\n")
        local server = memcached.start({ args = { "-Y", dir .. "/users" } })

        app:run(([[
            local m = Memcached.open("memcached://ada:lovelace@127.0.0.1:%d")
            assert(m:set("a", "1") and m:get("a") == "1")
            m = Memcached.open("memcached://ada:wrong@127.0.0.1:%d")
            local ok, err, code = m:get("a")
            assert(ok == nil and code == "auth_failed", code)
            m = Memcached.open("memcached://127.0.0.1:%d")
            ok, err, code = m:get("a")
            assert(ok == nil and code == "auth_failed", code)
        ]]):format(server.port, server.port, server.port))
        files.remove(dir)
    end)
end)
