-- SPDX-License-Identifier: MIT
local redis = require("support.redis")

describe("connecting to Redis", function()
    local server, app

    setup(function()
        server = redis.start({ settings = {
            "user ada on >lovelace ~* &* +@all",
            "user default on >secret ~* &* +@all",
        } })
        app = redis.app("")
    end)

    it("logs in by password, or by user and password", function()
        app:run(([[
            local one = Redis.open("redis://:secret@127.0.0.1:%d")
            assert(one:ping() == "PONG")
            assert(one:acl("whoami") == "default")
            local two = Redis.open("redis://ada:lovelace@127.0.0.1:%d/3",
                { client_name = "spec" })
            assert(two:acl("whoami") == "ada")
            assert(two:client("info"):find("name=spec .* db=3 .* resp=3"))
            assert(two.url == "redis://ada:***@127.0.0.1:%d/3")
        ]]):format(server.port, server.port, server.port))
    end)

    it("speaks RESP2 when it is told to", function()
        app:run(([[
            local r = Redis.open("redis://ada:lovelace@127.0.0.1:%d/2"
                .. "?protocol=2&client_name=old")
            assert(r:client("info"):find("name=old .* db=2 .* resp=2"))
            r:hset("h", "a", 1)
            local h = r:hgetall("h")
            assert(h.a == "1" and r:get("nothing") == nil)
        ]]):format(server.port))
    end)

    it("goes through a unix socket", function()
        app:run(([[
            local r = Redis.open("redis://:secret@/%s/redis.sock?database=1")
            assert(r:client("info"):find("db=1 "))
        ]]):format(server.dir:sub(2)))
    end)

    it("tells what was refused", function()
        app:run(([[
            local r = Redis.open("redis://ada:wrong@127.0.0.1:%d")
            local ok, err, code, word = r:ping()
            assert(ok == nil and code == "auth_failed", code)
            assert(word == "WRONGPASS", word)
            assert(err:find("^Redis refused the connection: WRONGPASS"), err)

            r = Redis.open("redis://:secret@127.0.0.1:%d/99")
            ok, err, code = r:ping()
            assert(ok == nil and code == "connect_failed", code)
            assert(err:find("DB index is out of range"), err)

            r = Redis.open("redis://127.0.0.1:%d")
            ok, err, code = r:ping()
            assert(ok == nil and code == "auth_failed", code)
            assert(r:stats().shared <= 1)
        ]]):format(server.port, server.port, server.port))
    end)

    it("tells of a server that is not there", function()
        app:run([[
            local r = Redis.open("redis://127.0.0.1:1")
            local ok, err, code = r:ping()
            assert(ok == nil and code == "connect_failed", code)
            assert(err == "cannot connect to '127.0.0.1:1': "
                .. "Connection refused", err)
            ok, err, code = r:connect()
            assert(ok == nil and code == "connect_failed", code)
            r = Redis.open("redis://nosuch.invalid")
            ok, err, code = r:ping()
            assert(ok == nil and code == "connect_failed", code)
            assert(err:find("its name could not be resolved"), err)
            r = Redis.open("redis:///no/such.sock")
            ok, err, code = r:ping()
            assert(ok == nil and code == "connect_failed", code)
            assert(err:find("No such file"), err)
        ]])
    end)

    it("says what is wrong with a URL or an option", function()
        app:run([[
            local function refused(text, ...)
                fails(text, Redis.open, ...)
            end
            refused("it must start with redis://", "http://x")
            refused("port 70000 is not one of", "redis://x:70000")
            refused("'a' is not the number of a database", "redis://x/a")
            refused("there is one host only", "redis://a,b")
            refused("there is no option 'colour'", "redis://a?colour=red")
            refused("option limit must be a whole number", "redis://a",
                { limit = 0 })
            refused("redis://u:***@x", "redis://u:secret@x/nothing")
            refused("must be a string", nil)
        ]])
    end)
end)
