-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

local server

setup(function()
    server = nginx.start({
        allow = { "aborted: runtime error: " },
        server = [[
            location /order { content_by_lua_block {
                local function work(n)
                    ngx.say("in ", n)
                    ngx.sleep(0.01 * n)
                    ngx.say("out ", n)
                    return n, "done"
                end
                local a = ngx.thread.spawn(work, 2)
                local b = ngx.thread.spawn(work, 1)
                ngx.say("parent")
                ngx.say(ngx.thread.wait(a, b))
                ngx.say(ngx.thread.wait(a))
            } }
            location /error { content_by_lua_block {
                local t = ngx.thread.spawn(function() error("boom", 0) end)
                ngx.say(ngx.thread.wait(t))
                ngx.say("still here")
            } }
            location /kill { content_by_lua_block {
                local t = ngx.thread.spawn(function()
                    ngx.sleep(10)
                    ngx.say("never")
                end)
                ngx.say(ngx.thread.kill(t))
                ngx.say(ngx.thread.kill(t))
                local ended = ngx.thread.spawn(function() end)
                ngx.say(ngx.thread.kill(ended))
            } }
            location /lasting { content_by_lua_block {
                ngx.thread.spawn(function()
                    ngx.sleep(0.01)
                    ngx.say("after its parent")
                end)
            } }
            location /giving-way { content_by_lua_block {
                ngx.thread.spawn(function()
                    for i = 1, 3 do
                        ngx.print("a")
                        coroutine.yield()
                    end
                end)
                for i = 1, 3 do
                    ngx.print("b")
                    coroutine.yield()
                end
            } }
            location /greedy { content_by_lua_block {
                local stop = false
                ngx.thread.spawn(function()
                    while not stop do
                        coroutine.yield()
                    end
                end)
                ngx.sleep(0.05)
                stop = true
                ngx.say("not starved")
            } }
            location /exit { content_by_lua_block {
                ngx.thread.spawn(function()
                    ngx.sleep(0.01)
                    ngx.exit(403)
                end)
                ngx.sleep(10)
            } }
            location /nested { content_by_lua_block {
                local outer = coroutine.wrap(function()
                    local inner = coroutine.wrap(function()
                        ngx.sleep(0.01)
                        coroutine.yield("inner")
                        ngx.sleep(0.01)
                        return "end"
                    end)
                    coroutine.yield(inner())
                    coroutine.yield(inner())
                end)
                ngx.say(outer(), " ", outer())
                local ok, err = pcall(coroutine.wrap(function()
                    ngx.sleep(0.01)
                    error("from inside", 0)
                end))
                ngx.say(ok, " ", err)
            } }
            location /deep { content_by_lua_block {
                local function spawn(n)
                    if n == 0 then
                        return "bottom"
                    end
                    local t = ngx.thread.spawn(spawn, n - 1)
                    return select(2, ngx.thread.wait(t))
                end
                ngx.say(spawn(1000))
            } }
            location /counters { content_by_lua_block {
                local c = require("pandan.runtime").counters()
                ngx.say(c.hosts, " ", c.tasks, " ", c.waits)
            } }
        ]],
    })
end)

describe("light threads", function()
    it("run at once, and are waited for in any order", function()
        assert.equal("in 2\nin 1\nparent\nout 1\ntrue1done\nout 2\n"
            .. "true2done\n", server:get("/order").body)
    end)

    it("give their error to who waits, and harm nobody else", function()
        assert.equal("falseboom\nstill here\n", server:get("/error").body)
    end)

    it("can be killed by their parent, once", function()
        assert.equal("1\nnilalready waited or killed\nnilalready terminated\n",
            server:get("/kill").body)
    end)

    it("keep the response open until they end", function()
        assert.equal("after its parent\n", server:get("/lasting").body)
    end)

    it("take turns when they give way", function()
        assert.equal("ababab", server:get("/giving-way").body)
    end)

    it("that only give way do not hold the event loop", function()
        assert.equal("not starved\n", server:get("/greedy").body)
    end)

    it("end the request by ngx.exit, whoever waits", function()
        assert.equal(403, server:get("/exit").status)
    end)

    it("may be spawned a thousand deep", function()
        assert.equal("bottom\n", server:get("/deep").body)
    end)
end)

describe("user coroutines", function()
    it("may wait at any depth, and pass errors on", function()
        assert.equal("inner end\nfalse from inside\n",
            server:get("/nested").body)
    end)
end)

describe("after all of this", function()
    it("nothing is left but the request that asks", function()
        assert.equal("1 1 0\n", server:get("/counters").body)
    end)
end)
