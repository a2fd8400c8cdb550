-- SPDX-License-Identifier: MIT
local book = require("support.book")
local memcached = require("support.memcached")

describe("the book's page about memcached", function()
    it("shows what can be done", function()
        local server = memcached.start()
        local app = memcached.app(memcached.url({ server }))
        local code, count = table.concat(book.blocks("memcached.md"), "\n")
            :gsub("127%.0%.0%.1:11211", "127.0.0.1:" .. server.port)

        assert.equal(1, count)
        app:run(code)
    end)
end)
