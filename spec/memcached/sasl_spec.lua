-- SPDX-License-Identifier: MIT
local cleanup = require("support.cleanup")
local files = require("support.files")
local memcached = require("support.memcached")
local paths = require("support.paths")
local process = require("support.process")
local shell = require("support.shell")

-- Of Debian's sasl2-bin, which is not installed but for its files.
local PASSWD = paths.root .. "/build/debian/usr/sbin/saslpasswd2"

describe("memcached with SASL", function()
    local dir, server, app

    setup(function()
        dir = process.folder("pandan-sasl")
        cleanup.add(function()
            files.remove(dir)
        end)
        files.write(dir .. "/memcached.conf",
            "mech_list: plain\nsasldb_path: " .. dir .. "/db\n")

        local made = shell.run(("%s -p -c -f %s/db -a memcached ada")
            :format(PASSWD, dir), { input = "lovelace" })
        assert(made.code == 0, made.stderr)

        server = memcached.start({ args = { "-S" }, sasl = dir })
        app = memcached.app(("memcached://ada:lovelace@127.0.0.1:%d"
            .. "?sasl=plain"):format(server.port))
    end)

    it("logs in, stores, reads and forgets", function()
        app:run([[
            assert(m:version():find("^%d+%.%d+"))
            assert(m:set("a", ("x"):rep(100000), 60))
            assert(#m:get("a") == 100000 and m:get("none") == nil)
            assert(m:set("with space", "any key", 60, { flags = 7 }))
            local value, cas, flags = m:gets("with space")
            assert(value == "any key" and tonumber(cas) and flags == 7)
            assert(m:cas("with space", "new", cas, 60))
            local ok, err, code = m:cas("with space", "newer", cas, 60)
            assert(ok == nil and code == "conflict", code)
            ok, err, code = m:cas("none", "x", cas, 60)
            assert(ok == nil and code == "not_found", code)
            ok, err, code = m:add("a", "b")
            assert(ok == nil and code == "not_stored", code)
            ok, err, code = m:replace("none", "b")
            assert(ok == nil and code == "not_stored", code)
            assert(m:set("b", "b") and m:append("b", "c")
                and m:prepend("b", "a") and m:get("b") == "abc")
            ok, err, code = m:append("none", "x")
            assert(ok == nil and code == "not_stored", code)
            assert(m:touch("b", 100) and m:gat("b", 100) == "abc")
            ok, err, code = m:touch("none", 100)
            assert(ok == nil and code == "not_found", code)
            assert(m:delete("b"))
            ok, err, code = m:delete("b")
            assert(ok == nil and code == "not_found", code)
            settle()
        ]])
    end)

    it("counts, and asks for many at once", function()
        app:run([[
            local none, _, code = m:incr("n")
            assert(none == nil and code == "not_found", code)
            assert(m:incr("n", 5, { initial = 3, ttl = 60 }) == 3)
            assert(m:incr("n", 5) == 8 and m:decr("n", 100) == 0)
            m:set("text", "x")
            local bad, err = m:incr("text")
            assert(bad == nil and err:find("non-numeric", 1, true), err)

            local keys = {}
            for i = 1, 300 do
                keys[i] = "k" .. i
                assert(m:set(keys[i], i))
            end
            keys[301] = "none"
            local values = m:get_multi(keys)
            for i = 1, 300 do
                assert(values["k" .. i] == tostring(i))
            end
            assert(values.none == nil)

            local _, why, large = m:set("large", ("x"):rep(2000000))
            assert(large == "too_large", why)
            assert(m:flush() and m:get("k1") == nil)
            settle()
        ]])
    end)

    it("gives every one of many threads its own answer", function()
        app:run([[
            local threads = {}
            for i = 1, 200 do
                assert(m:set("t" .. i, i))
            end
            for i = 1, 200 do
                threads[i] = ngx.thread.spawn(m.get, m, "t" .. i)
            end
            for i = 1, 200 do
                local ok, value = ngx.thread.wait(threads[i])
                assert(ok and value == tostring(i))
            end
        ]])
    end)

    it("refuses who is not known, and says so", function()
        app:run(([[
            local other = Memcached.open(
                "memcached://ada:wrong@127.0.0.1:%d?sasl=plain")
            local value, err, code = other:get("a")
            assert(value == nil and code == "auth_failed", code)
            assert(err:find("^memcached refused the connection"), err)
            settle(other)
            fails("option sasl must be plain", Memcached.open,
                "memcached://a:b@127.0.0.1?sasl=other")
            fails("there must be a user and a password", Memcached.open,
                "memcached://127.0.0.1?sasl=plain")
        ]]):format(server.port))
    end)

    it("may break the protocol", function()
        local fake = require("support.fake_server")

        for answer, why in pairs({
            ["ERROR of words only, long enough\r\n"] =
                "a packet is not an answer",
            ["\129\33\0\0\0\0\0\0\255\0\0\0" .. ("\0"):rep(12)] =
                "a packet's length is out of bounds",
            ["\129\33\0\9\0\0\0\0\0\0\0\0" .. ("\0"):rep(12)] =
                "a packet's length is out of bounds",
        }) do
            app:run(([[
                local m = Memcached.open(
                    "memcached://a:b@127.0.0.1:%d?sasl=plain")
                local value, err, code = m:get("a")
                assert(value == nil and code == "protocol", code)
                assert(err == "memcached broke the protocol: %s", err)
                settle(m)
            ]]):format(fake.start(answer), why))
        end
    end)
end)
