-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local files = require("support.files")
local memcached = require("support.memcached")
local process = require("support.process")

describe("memcached behind TLS and a login", function()
    it("speaks TLS with a server whose name is right", function()
        local dir = certificates.folder()

        certificates.issue(dir, "cache", "cache.test")
        os.execute("chmod 755 " .. dir .. "; chmod 644 " .. dir .. "/*")

        local server = memcached.start({ args = { "-Z",
            "-o", "ssl_chain_cert=" .. dir .. "/cache.crt",
            "-o", "ssl_key=" .. dir .. "/cache.key" } })
        local app = memcached.app(("memcacheds://127.0.0.1:%d?tls_ca=%s/ca.crt"
            .. "&tls_name=cache.test"):format(server.port, dir))

        app:run(([[
            assert(m:set("a", ("x"):rep(200000)))
            assert(#m:get("a") == 200000)
            local keys = {}
            for i = 1, 100 do
                keys[i] = "k" .. i
                assert(m:set(keys[i], i))
            end
            assert(m:get_multi(keys).k100 == "100")
            settle()
            local other = Memcached.open("memcacheds://127.0.0.1:%d?tls_ca="
                .. "%s/ca.crt&tls_name=other.test")
            local value, err, code = other:get("a")
            assert(value == nil and code == "connect_failed", code)
            assert(err:find("its certificate is for another"), err)
            other = Memcached.open("memcacheds://127.0.0.1:%d?tls_verify=no")
            assert(#other:get("a") == 200000)
        ]]):format(server.port, dir, server.port))
    end)

    it("logs in by user and password", function()
        local dir = process.folder("pandan-memcached-login")

        files.write(dir .. "/users", "ada:lovelace\n")
        os.execute("chmod 755 " .. dir .. "; chmod 644 " .. dir .. "/users")

        local server = memcached.start({ args = { "-Y", dir .. "/users" } })
        local app = memcached.app(("memcached://ada:lovelace@127.0.0.1:%d")
            :format(server.port))

        app:run(([[
            assert(m:set("a", 1) and m:get("a") == "1")
            assert(m.url:find("ada:***@", 1, true), m.url)
            local other = Memcached.open("memcached://ada:no@127.0.0.1:%d")
            local value, err, code = other:get("a")
            assert(value == nil and code == "auth_failed", code)
            assert(err:find("^memcached refused the connection"), err)
            other = Memcached.open("memcached://127.0.0.1:%d")
            value, err, code = other:get("a")
            assert(value == nil and code ~= nil, code)
            settle()
        ]]):format(server.port, server.port))
        files.remove(dir)
    end)
end)
