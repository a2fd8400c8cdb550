-- SPDX-License-Identifier: MIT
local workers = require("support.workers")

describe("a queue", function()
    local server, one, two

    setup(function()
        server = workers.start(2)
        one, two = server:two()
    end)

    it("gives values of any shape in the order they came", function()
        one:run([[
            local q = require("pandan.queue").new("a", 10)
            q:push("text") q:push({ 1, { x = true } }) q:push(2.5)
            return ""
        ]])
        assert.equal("text true 2.5 empty 0", two:run([[
            local q = require("pandan.queue").new("a", 10)
            local text, list, number = q:pop(), q:pop(), q:pop()
            local _, _, code = q:pop()
            return text .. " " .. tostring(list[2].x) .. " " .. number .. " "
                .. code .. " " .. q:count()
        ]]))
    end)

    it("refuses what is more than it holds", function()
        assert.equal("true true full timeout", one:run([[
            local q = require("pandan.queue").new("b", 2)
            local first, second = q:push(1), q:push(2)
            local _, _, code = q:push(3)
            local _, _, waited = q:push(3, 0.02)
            return tostring(first) .. " " .. tostring(second) .. " " .. code
                .. " " .. waited
        ]]))
    end)

    it("wakes who waits for a value in another worker", function()
        one:send([[
            return require("pandan.queue").new("c", 2):pop(30)
        ]])
        two:run([[require("pandan.queue").new("c", 2):push("came") return ""]])
        assert.equal("came", one:take())
    end)

    it("wakes who waits for room in another worker", function()
        two:run([[require("pandan.queue").new("d", 1):push("first") return ""]])
        one:send([[
            return tostring(require("pandan.queue").new("d", 1)
                :push("second", 30))
        ]])
        local pop = [[return require("pandan.queue").new("d", 1):pop(30)]]

        assert.equal("first", two:run(pop))
        assert.equal("true", one:take())
        assert.equal("second", two:run(pop))
    end)

    it("loses nothing between many who put and many who take", function()
        local list = {}

        for i = 1, 8 do
            list[i] = server:connect(30)
            list[i]:request("POST", "/run", { body = ([[
                local q = require("pandan.queue").new("many", 5)
                local sum = 0
                for i = 1, 100 do
                    if %d %% 2 == 0 then
                        assert(q:push(i, 30))
                    else
                        sum = sum + assert(q:pop(30))
                    end
                end
                return sum
            ]]):format(i) })
        end

        local sum = 0

        for i = 1, 8 do
            sum = sum + tonumber(list[i]:response().body)
            list[i]:close()
        end

        assert.equal(4 * 5050, sum)
    end)
end)
