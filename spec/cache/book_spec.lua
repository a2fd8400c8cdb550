-- SPDX-License-Identifier: MIT
local book_app = require("support.book_app")
local redis = require("support.redis")

local ZONES = "lua_shared_dict pandan 1m; lua_shared_dict pandan_cache 4m;"

describe("the book's pages", function()
    it("show caches, locks, limits and queues whose specs pass", function()
        local code, output = book_app.run({ "cache", "limits" }, ZONES, {
            REDIS_URL = redis.start():url(),
        })

        assert.equal("0\n", code, output)
        assert.matches("15 passed, 0 failed", output, 1, true)
    end)
end)
