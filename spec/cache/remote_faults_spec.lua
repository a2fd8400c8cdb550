-- SPDX-License-Identifier: MIT
--- Whatever becomes of the server of level 3, requests are answered.
local cache_hosts = require("support.cache_hosts")
local ports = require("support.ports")
local process = require("support.process")
local redis = require("support.redis")
local shell = require("support.shell")

describe("a cache whose Redis fails", function()
    local server, one, two

    -- Ten new keys, and one that is old: all of them are given.
    local ALL_GIVEN = [[
        for i = 1, 10 do
            local value, err = cache:get("new" .. math.random(), nil, load)
            assert(value, err)
        end
        local o = { ttl = 0.01 }
        local key = "old" .. math.random()
        cache:get(key, o, load)
        ngx.sleep(0.02)
        local value, err, from = cache:get(key, o, function()
            return nil, "the loader is down, too"
        end)
        assert(value and from == "stale", err)
        return "all given"
    ]]

    local IS_BACK = [[
        return await(function()
            local _, _, from = cache:get("k" .. math.random(), nil, load)
            return from == "load" and not cache.remote.link.down
        end) and "back"
    ]]

    local function refuses(how, back)
        local before = tonumber(one:run([[
            return counted(cache.view).l3_errors
        ]]))

        server:cli(how)
        assert.equal("all given", one:run(ALL_GIVEN))
        assert.is_true(tonumber(one:run([[
            return counted(cache.view).l3_errors
        ]])) > before)
        server:cli(back)
        assert.equal("back", one:run(IS_BACK))
    end

    -- Words for redis-cli, while we go on.
    local function beside(...)
        return process.start({
            "redis-cli", "-s", server.dir .. "/redis.sock", ...
        }, { stdout = server.dir .. "/cli.log" })
    end

    setup(function()
        server = redis.start({ settings = {
            "enable-debug-command yes", "busy-reply-threshold 100",
        } })
        one = cache_hosts.start(server:url(), { more = "load_timeout = 1," })
        two = cache_hosts.start(server:url(), {
            more = "load_timeout = 1,", count = 2,
            allow = { "exited on signal 9" },
        })
    end)

    it("answers while it is killed, and uses it again", function()
        one:run([[return look("a")]])
        server:kill()
        assert.equal("all given", one:run(ALL_GIVEN))
        server:restart()
        assert.equal("back", one:run(IS_BACK))
    end)

    it("answers while it hangs, and asks it once in a while only", function()
        server:pause()
        assert.equal("all given", one:run(ALL_GIVEN))
        local before = one:run([[return counted(cache.view).l3_errors]])
        assert.equal("all given", one:run([[
            cache.remote.link.again = ngx.now() + 60
            ]] .. ALL_GIVEN))
        assert.equal(before,
            one:run([[return counted(cache.view).l3_errors]]))
        one:run([[cache.remote.link.again = 0 return ""]])
        server:resume()
        assert.equal("back", one:run(IS_BACK))
    end)

    it("answers when its connections are reset", function()
        server:cli("client kill type normal")
        assert.equal("all given", one:run(ALL_GIVEN))
        assert.equal("back", one:run(IS_BACK))
    end)

    it("answers when it has no memory, and still reads from it", function()
        two:run([[cache:set("kept", "from two") return ""]])
        server:cli("config set maxmemory 1")
        assert.equal("all given", one:run(ALL_GIVEN))
        assert.equal("from two l3", one:run([[return look("kept")]]))
        server:cli("config set maxmemory 0")
        one:wait_log("its server refuses: OOM")
    end)

    it("answers when it may only be read", function()
        two:run([[cache:set("held", "from two") return ""]])
        server:cli("replicaof 127.0.0.1 " .. ports.free())
        assert.equal("all given", one:run(ALL_GIVEN))
        assert.equal("from two l3", one:run([[return look("held")]]))
        server:cli("replicaof no one")
        one:wait_log("its server refuses: READONLY")
    end)

    it("answers when it lets nobody in", function()
        server:cli("acl setuser default resetpass '>secret'")
        refuses("--user default --pass secret client kill type normal",
            "--user default --pass secret acl setuser default nopass")
    end)

    it("answers when it is busy with a script", function()
        local script = beside("eval", "while true do end", "0")

        assert(process.wait_until(10, function()
            return server:cli("get a"):find("BUSY")
        end))
        refuses("ping", "script kill")
        script:wait(10)
    end)

    it("answers when it is loading", function()
        server:cli("debug populate 200")
        for _, words in ipairs({ "key-load-delay 10000",
            "loading-process-events-interval-bytes 1024" })
        do
            server:cli("config set " .. words)
        end

        local reload = beside("debug", "reload")

        assert(process.wait_until(10, function()
            return server:cli("get a"):find("LOADING")
        end))
        refuses("ping", "config set key-load-delay 0")
        reload:wait(20)
    end)

    it("goes on when a host dies while it loads", function()
        local worker = two:two()

        worker:send([[
            cache:get("dies", nil, function() ngx.sleep(60) end)
        ]])
        assert(process.wait_until(10, function()
            return server:cli("exists 'pandan:specs:{dies}:lock'") == "1"
        end))
        shell.run("kill -KILL " .. worker.pid)

        local value, from = one:run([[return look("dies")]]):match("(.-) (.*)")
        assert.matches("^dies%d+$", value)
        assert.equal("load", from)
    end)
end)
