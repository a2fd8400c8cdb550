-- SPDX-License-Identifier: MIT
local process = require("support.process")
local shell = require("support.shell")
local workers = require("support.workers")

local HOLD = [[
    local held = require("pandan.lock").take("a", { ttl = 60 })
    ngx.shared.pandan:set("holds", true)
    while not ngx.shared.pandan:get("let go") do
        ngx.sleep(0.01)
    end
    %s
    return "held"
]]

describe("a lock", function()
    local server, one, two

    local function hold(how)
        server:run([[ngx.shared.pandan:flush_all() return ""]])
        one:send(HOLD:format(how or "held:release()"))
        assert(process.wait_until(10, function()
            return two:run([[
                return tostring(ngx.shared.pandan:get("holds"))
            ]]) == "true"
        end))
    end

    local function let_go()
        server:run([[ngx.shared.pandan:set("let go", true) return ""]])
    end

    setup(function()
        server = workers.start(2)
        one, two = server:two()
    end)

    it("is one worker's at a time", function()
        hold()
        assert.equal("nil busy", two:run([[
            local held, _, code =
                require("pandan.lock").take("a", { wait = 0 })
            return tostring(held) .. " " .. code
        ]]))
        let_go()
        assert.equal("held", one:take())
    end)

    it("wakes who waits in another worker when it is given back", function()
        hold()
        two:send([[
            local held, err = require("pandan.lock").take("a", { wait = 30 })
            return tostring(err) .. " " .. tostring(held:release())
        ]])
        let_go()
        assert.equal("nil true", two:take())
        assert.equal("held", one:take())
    end)

    it("is free again when its request ends without giving it back", function()
        hold("ngx.shared.pandan:set('left', held.id)")
        two:send([[
            local held, err = require("pandan.lock").take("a", { wait = 30 })
            return tostring(err) .. " " .. tostring(held:release())
        ]])
        let_go()
        assert.equal("nil true", two:take())
        assert.equal("held", one:take())
    end)

    it("is free again when its time is over, and its holder is told", function()
        assert.equal("true lost", one:run([[
            local lock = require("pandan.lock")
            local first = lock.take("short", { ttl = 0.05 })
            local second = lock.take("short", { wait = 10 })
            local _, _, code = first:release()
            return tostring(second:release()) .. " " .. code
        ]]))
    end)

    it("lasts longer when it is extended", function()
        assert.equal("true busy", one:run([[
            local lock = require("pandan.lock")
            local held = lock.take("longer", { ttl = 0.05 })
            local ok = held:extend(30)
            local _, _, code = lock.take("longer", { wait = 0.1 })
            held:release()
            return tostring(ok) .. " " .. (code == "timeout" and "busy" or "")
        ]]))
    end)

    it("gives up waiting after the time given", function()
        assert.equal("nil timeout true", one:run([[
            local lock = require("pandan.lock")
            local held = lock.take("b")
            local again, _, code = lock.take("b", { wait = 0.02 })
            -- and who holds it has it still
            local kept = held:release()
            return tostring(again) .. " " .. code .. " " .. tostring(kept)
        ]]))
    end)

    it("is given back when what it protects raises", function()
        assert.equal("false oops true", one:run([[
            local lock = require("pandan.lock")
            local ok, err = pcall(lock.with, "c", nil, function()
                error("oops", 0)
            end)
            local free = lock.take("c", { wait = 0 }) ~= nil
            return tostring(ok) .. " " .. err .. " " .. tostring(free)
        ]]))
    end)

    it("says where a mistake is", function()
        assert.equal("code:1: there is no option 'tll'", one:run([[
            local _, err = pcall(loadstring(
                "require('pandan.lock').take('d', { tll = 1 })", "=code"))
            return err
        ]]))
    end)

    it("protects a count that all workers change", function()
        server:run([[ngx.shared.pandan:flush_all() return ""]])

        server:together(12, [[
            for _ = 1, 20 do
                local held = assert(require("pandan.lock").take("count",
                    { wait = 30 }))
                local n = ngx.shared.pandan:get("n") or 0
                ngx.sleep(0)
                ngx.shared.pandan:set("n", n + 1)
                held:release()
            end
            return ""
        ]])

        assert.equal("240", one:run([[return ngx.shared.pandan:get("n")]]))
    end)
end)

describe("a lock whose worker is killed", function()
    it("is free again long before its time is over", function()
        local server = workers.start(2, { allow = { "exited on signal 9" } })
        local one, two = server:two()

        one:send([[
            require("pandan.lock").take("a", { ttl = 3600 })
            ngx.shared.pandan:set("holds", true)
            ngx.sleep(60)
        ]])
        assert(process.wait_until(10, function()
            return two:run([[
                return tostring(ngx.shared.pandan:get("holds"))
            ]]) == "true"
        end))

        two:send([[
            local held, err = require("pandan.lock").take("a", { wait = 15 })
            return tostring(held ~= nil) .. " " .. tostring(err)
        ]])
        shell.run("kill -KILL " .. one.pid)
        assert.equal("true nil", two:take())
    end)
end)
