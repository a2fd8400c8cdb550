-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local redis = require("support.redis")

describe("Redis behind TLS", function()
    local dir, server, app

    setup(function()
        dir = certificates.folder()
        certificates.issue(dir, "redis", "redis.test")
        certificates.issue(dir, "client", "client.test")
        os.execute("chmod 755 " .. dir .. "; chmod 644 " .. dir .. "/*")
        server = redis.start({ tls = true, settings = {
            "tls-cert-file " .. dir .. "/redis.crt",
            "tls-key-file " .. dir .. "/redis.key",
            "tls-ca-cert-file " .. dir .. "/ca.crt",
            "user ada on >lovelace ~a:* +@all",
        } })
        app = redis.app("", {
            code = ("dir, port = %q, %d"):format(dir, server.port),
        })
    end)

    it("is sure of the server, and shows a certificate of its own", function()
        app:run([[
            local r = Redis.open("rediss://127.0.0.1:" .. port, {
                tls_ca = dir .. "/ca.crt", tls_cert = dir .. "/client.crt",
                tls_key = dir .. "/client.key", tls_name = "redis.test",
            })
            assert(r:set("a", ("x"):rep(300000)) == "OK")
            assert(#r:get("a") == 300000)
            local threads = {}
            for i = 1, 100 do
                threads[i] = ngx.thread.spawn(r.echo, r, i)
            end
            for i = 1, 100 do
                local ok, value = ngx.thread.wait(threads[i])
                assert(ok and value == tostring(i))
            end
            local held = assert(r:connect())
            assert(held:select(1) == "OK")
            held:release()
            assert(r:blpop("nothing", 0.01) == nil)
            settle(r)
        ]])
    end)

    it("logs in by TLS as an ACL wants it, and keeps to it", function()
        app:run([[
            local r = Redis.open("rediss://ada:lovelace@127.0.0.1:" .. port
                .. "?tls_ca=" .. dir .. "/ca.crt&tls_name=redis.test"
                .. "&tls_cert=" .. dir .. "/client.crt&tls_key=" .. dir
                .. "/client.key")
            assert(r:acl("whoami") == "ada")
            assert(r:set("a:1", 1) == "OK")
            local value, err, code = r:set("b:1", 1)
            assert(value == nil and code == "no_permission", code)
            assert(err:find("^NOPERM"), err)
        ]])
    end)

    it("tells of a name or an authority that is not the right one", function()
        app:run([[
            local function refused(text, given)
                given.tls_cert = dir .. "/client.crt"
                given.tls_key = dir .. "/client.key"
                local r = Redis.open("rediss://127.0.0.1:" .. port, given)
                local value, err, code = r:ping()
                assert(value == nil and code == "connect_failed"
                    or code == "tls_failed", code)
                assert(err:find(text), err)
                settle(r)
                assert(r:stats().shared == 0)
            end
            refused("its certificate is for another", {
                tls_ca = dir .. "/ca.crt" })
            refused("its certificate is for another", {
                tls_ca = dir .. "/ca.crt", tls_name = "other.test" })
            refused("certificate", {
                tls_ca = dir .. "/client.crt", tls_name = "redis.test" })
            refused("the file of option tls_ca cannot be read", {
                tls_ca = "/no/such.crt" })
        ]])
    end)

    it("takes any server when it is told to", function()
        app:run([[
            local r = Redis.open("rediss://127.0.0.1:" .. port, {
                tls_verify = "no", tls_cert = dir .. "/client.crt",
                tls_key = dir .. "/client.key",
            })
            assert(r:ping() == "PONG")
        ]])
    end)

    it("tells of a server that speaks no TLS, and of one that speaks nothing "
        .. "else", function()
        local plain = redis.start()

        app:run(([[
            local r = Redis.open("rediss://127.0.0.1:%d", {
                tls_verify = "no", connect_timeout = 200 })
            local value, err, code = r:ping()
            -- it waits for the end of what it takes for a command
            assert(value == nil and code == "timeout", code)
            assert(err:find("127.0.0.1", 1, true), err)
            r = Redis.open("redis://127.0.0.1:" .. port)
            value, err, code = r:ping()
            assert(value == nil and (code == "closed" or code == "protocol"
                or code == "connect_failed"), code)
        ]]):format(plain.port))
    end)
end)
