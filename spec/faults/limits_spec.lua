-- SPDX-License-Identifier: MIT
local load = require("support.load")
local nginx = require("support.nginx")

local server, before

setup(function()
    server = nginx.start({
        allow = { "lua_max_running_timers are not enough" },
        http = [[
            lua_shared_dict small 100k;
            lua_max_pending_timers 8;
            lua_max_running_timers 2;
        ]],
        server = [[
            location /dict { content_by_lua_block {
                local dict = ngx.shared.small
                local value = ("x"):rep(1000)
                local refused, forced = 0, 0

                dict:flush_all()
                dict:flush_expired()

                for i = 1, 500 do
                    local ok, err = dict:safe_set("safe" .. i, value)

                    if not ok then
                        assert(err == "no memory", err)
                        refused = refused + 1
                    end
                end

                for i = 1, 500 do
                    local ok, err, forcible = dict:set("key" .. i, value)

                    assert(ok, err)
                    assert(dict:get("key" .. i) == value)
                    forced = forced + (forcible and 1 or 0)
                end

                local _, err = dict:set("huge", ("x"):rep(200000))

                ngx.say(refused > 300, forced > 300, " ", err)
            } }
            location /timers { content_by_lua_block {
                local made, why = 0

                for _ = 1, 20 do
                    local ok, err = ngx.timer.at(0, function()
                        ngx.sleep(0.02)
                    end)

                    made, why = made + (ok and 1 or 0), err or why
                end

                ngx.say(made, " ", why)
            } }
            location /threads { content_by_lua_block {
                local list, sum = {}, 0

                for i = 1, 5000 do
                    list[i] = ngx.thread.spawn(function()
                        ngx.sleep(0)

                        return i
                    end)
                end

                for i = 1, #list do
                    sum = sum + select(2, ngx.thread.wait(list[i]))
                end

                ngx.say(sum)
            } }
        ]] .. load.counters,
    })
    before = load.count(server)
end)

describe("at its limit", function()
    it("a dictionary refuses or evicts, and goes on", function()
        for _ = 1, 3 do
            assert.equal("truetrue no memory\n", server:get("/dict").body)
        end
    end)

    it("a worker's pending timers are refused, the running ones told of",
        function()
            assert.equal("8 too many pending timers\n",
                server:get("/timers").body)
            server:wait_log("2 lua_max_running_timers are not enough")
            assert.equal(before, load.settle(server, before))
            assert.equal("8 too many pending timers\n",
                server:get("/timers").body)
        end)

    it("a request may have thousands of threads", function()
        assert.equal("12502500\n", server:get("/threads").body)
        assert.equal(before, load.settle(server, before))
    end)
end)
