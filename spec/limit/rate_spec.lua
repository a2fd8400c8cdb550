-- SPDX-License-Identifier: MIT
local workers = require("support.workers")

describe("a limit", function()
    local server, one, two

    setup(function()
        server = workers.start(2)
        one, two = server:two()
    end)

    it("lets a leaking bucket take a burst, and tells how to wait", function()
        assert.equal("true 0, true 1, true 2, false 1", one:run([[
            local l = require("pandan.limit").leaky("a",
                { rate = 1, burst = 2 })
            local out = {}
            for i = 1, 4 do
                local ok, wait = l:take("x")
                out[i] = tostring(ok) .. " " .. math.floor(wait + 0.5)
            end
            return table.concat(out, ", ")
        ]]))
    end)

    it("spends tokens at once, and gets more with time", function()
        assert.equal("true 0, true 0, false true", one:run([[
            local l = require("pandan.limit").tokens("a",
                { rate = 20, size = 10 })
            local out = {}
            for i = 1, 2 do
                local ok, wait = l:take("x", 5)
                out[i] = tostring(ok) .. " " .. wait
            end
            local ok, wait = l:take("x", 1)
            ngx.sleep(wait + 0.002)
            out[3] = tostring(ok) .. " " .. tostring(l:take("x", 1))
            return table.concat(out, ", ")
        ]]))
    end)

    it("counts what all workers take", function()
        local take = [[
            local l = require("pandan.limit").window("w",
                { size = 30, period = 3600 })
            local n = 0
            for _ = 1, 25 do
                if l:take("x") then n = n + 1 end
            end
            return n
        ]]

        one:send(take)
        two:send(take)
        assert.equal(30, one:take() + two:take())
    end)

    it("slides: what the last window had counts in part", function()
        assert.equal("false true", one:run([[
            local l = require("pandan.limit").window("s",
                { size = 10, period = 0.2 })
            local function wait_for(part)
                repeat
                    ngx.sleep(0.001)
                until ngx.now() % 0.2 >= part * 0.2
                    and ngx.now() % 0.2 < (part + 0.4) * 0.2
            end
            wait_for(0.1)
            l:take("x", 10)
            wait_for(0)
            local before = math.floor(ngx.now() / 0.2)
            local ok = l:take("x", 10)
            -- all of it fits when a whole window has passed
            ngx.sleep(0.45)
            return tostring(ok) .. " " .. tostring(l:take("x", 10))
        ]]))
    end)

    it("begins anew with each period of a counter", function()
        assert.equal("true false true", one:run([[
            local l = require("pandan.limit").counter("c",
                { size = 1, period = 0.1 })
            -- not at the very end of a period
            while ngx.now() % 0.1 > 0.05 do ngx.sleep(0.001) end
            local first, second, wait = l:take("x"), l:take("x")
            local _, left = l:take("x")
            ngx.sleep(left + 0.002)
            return tostring(first) .. " " .. tostring(second) .. " "
                .. tostring(l:take("x"))
        ]]))
    end)

    it("takes nothing when it is only looked at, and takes back", function()
        assert.equal("2 2 1 2", one:run([[
            local l = require("pandan.limit").counter("p",
                { size = 2, period = 3600 })
            local function left(how, ...)
                local _, _, n = l[how](l, ...)
                return n
            end
            return left("peek", "x") .. " " .. left("peek", "x") .. " "
                .. left("take", "x") .. " " .. left("give_back", "x")
        ]]))
    end)
end)
