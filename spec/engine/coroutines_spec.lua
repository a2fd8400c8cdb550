-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

local server

setup(function()
    server = nginx.start({
        allow = { "aborted: runtime error: " },
        server = [[
            location /results { content_by_lua_block {
                local co = coroutine.create(function() coroutine.yield() end)
                ngx.say(select("#", coroutine.resume(co)))
                ngx.say(select("#", coroutine.wrap(function() end)()))
            } }
            location /status { content_by_lua_block {
                local inner = coroutine.create(function() ngx.sleep(0.001) end)
                local entry = coroutine.running()
                local thread = ngx.thread.spawn(function()
                    ngx.say(coroutine.status(entry))
                    coroutine.resume(inner)
                end)
                ngx.say(coroutine.status(thread))
                ngx.say(coroutine.status(inner))
                ngx.say(select(2, coroutine.resume(inner)))
                ngx.say(select(2, coroutine.resume(thread)))
                ngx.say(coroutine.status(ngx.thread.spawn(function() end)))
                ngx.thread.wait(thread)
                ngx.say(coroutine.status(thread))
            } }
            location /others { content_by_lua_block {
                local co = coroutine.create(function() end)
                ngx.say(select(2, pcall(ngx.thread.wait, co)))
                ngx.say(select(2, ngx.thread.kill(coroutine.running())))
            } }
            location /trace { content_by_lua_block {
                local deep = coroutine.wrap(function() error("too deep") end)
                coroutine.wrap(function() deep() end)()
            } }
            location /across { content_by_lua_block {
                local function compare(a, b)
                    ngx.sleep(0.001)
                    return a < b
                end
                ngx.say(select(2, pcall(table.sort, { 2, 1 }, compare)))
                local co = coroutine.wrap(compare)
                ngx.say(select(2, pcall(table.sort, { 2, 1 }, function(a, b)
                    return co(a, b)
                end)))
                ngx.sleep(0.002)
                ngx.say("goes on")
            } }
        ]],
    })
end)

describe("coroutines", function()
    it("give as many results as they have", function()
        assert.equal("1\n0\n", server:get("/results").body)
    end)

    it("have the status of what they wait in", function()
        assert.equal("running\nnormal\nrunning\n"
            .. "cannot resume running coroutine\n"
            .. "cannot resume normal coroutine\nzombie\ndead\n",
            server:get("/status").body)
    end)

    it("are not taken for light threads", function()
        assert.equal("attempt to wait on a coroutine that is not a user "
            .. "thread\nnot user thread\n", server:get("/others").body)
    end)

    it("show all their stacks when an error comes through", function()
        server:get("/trace")
        server:wait_log("too deep\nstack traceback:\ncoroutine 0:\n"
            .. ".-\ncoroutine 1:\n.-\ncoroutine 2:\n")
    end)

    it("refuse to wait where Lua cannot yield, and leave nothing", function()
        local refused = "[^\n]*attempt to yield across C%-call boundary\n"

        assert.matches("^" .. refused .. refused .. "goes on\n$",
            server:get("/across").body)
    end)
end)
