-- SPDX-License-Identifier: MIT
local redis = require("support.redis")

for _, protocol in ipairs({ 2, 3 }) do
    describe("messages by RESP" .. protocol, function()
        local app

        setup(function()
            app = redis.app(redis.start():url("protocol=" .. protocol))
        end)

        it("come to those who listen", function()
            app:run([[
                local sub = assert(r:listen("news", "sport"))
                assert(sub:psubscribe("w*"))
                assert(r:publish("news", "one") == 1)
                assert(r:publish("weather", "rain") == 1)
                local m = assert(sub:receive())
                assert(m.kind == "message" and m.channel == "news"
                    and m.data == "one" and m.pattern == nil)
                m = assert(sub:receive())
                assert(m.pattern == "w*" and m.channel == "weather"
                    and m.data == "rain")

                local none, err, code = sub:receive(20)
                assert(none == nil and code == "timeout", code)
                assert(err == "no answer in 20 ms", err)

                assert(sub:unsubscribe("news"))
                assert(r:publish("news", "two") == 0)
                assert(r:publish("sport", "goal") == 1)
                assert(sub:receive().data == "goal")
                sub:close()
                settle()
                fails("it was given back", sub.receive, sub)
            ]])
        end)

        it("wait for those who come late", function()
            app:run([[
                local sub = assert(r:listen("queue"))
                for i = 1, 1000 do
                    r:publish("queue", i)
                end
                for i = 1, 1000 do
                    assert(sub:receive().data == tostring(i))
                end
                sub:close()
            ]])
        end)

        it("end with the request that listened", function()
            app:run([[ assert(r:listen("news")) ]])
            app:run([[
                settle()
                wait_until(function()
                    return r:publish("news", "x") == 0
                end)
                assert(r:stats().idle == 0)
            ]])
        end)

        it("come to a thread while others work", function()
            app:run([[
                local sub = assert(r:listen("go"))
                local thread = ngx.thread.spawn(sub.receive, sub)
                fails("another thread uses the connection", sub.receive, sub)
                assert(r:publish("go", "on") == 1)
                local ok, m = ngx.thread.wait(thread)
                assert(ok and m.data == "on")

                thread = ngx.thread.spawn(sub.receive, sub)
                ngx.thread.kill(thread)
                settle()
            ]])
        end)
    end)
end
