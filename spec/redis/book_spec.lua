-- SPDX-License-Identifier: MIT
local book = require("support.book")
local redis = require("support.redis")

describe("the book's page about Redis", function()
    it("shows what can be done", function()
        local server = redis.start()
        local app = redis.app("", {
            http = "lua_shared_dict pandan_cache 4m;",
        })
        local code, count = table.concat(book.blocks("redis.md"), "\n")
            :gsub("127%.0%.0%.1:6379", "127.0.0.1:" .. server.port)

        assert.equal(1, count)
        app:run(code .. [[

            wait_until(function() return tracker.connected end)
            tracker:stop()
            assert(exact.reads == "primary")
        ]])
    end)
end)
