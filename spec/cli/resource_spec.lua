-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local mariadb = require("support.mariadb")
local postgres = require("support.postgres")

local EVERY_TYPE = "name:string note:text qty:integer big:bigint "
    .. "size:float price:decimal done:boolean due:date at:datetime "
    .. "meta:json code:uuid file:binary"

describe("a generated resource", function()
    local app = cli.app("blog")

    it("passes its own specs on SQLite", function()
        app:ok("generate resource post title:string body:text "
            .. "published:boolean")
        assert.matches("10 passed, 0 failed\n$", app:ok("test"))
    end)

    it("passes with a column of each type", function()
        app:ok("generate resource order_item " .. EVERY_TYPE)
        assert.matches("19 passed, 0 failed\n$", app:ok("test"))
    end)

    for name, kind in pairs({ PostgreSQL = postgres, MariaDB = mariadb }) do
        it("passes on " .. name .. " after one changed line", function()
            local server = kind.start()
            local config = app:read("config/database.lua")
            local changed, count = config:gsub('"%l+:[^\n]*"%)',
                '"' .. server:url() .. '")')

            assert.equal(1, count)
            app:write("config/database.lua", changed)
            assert.matches("19 passed, 0 failed\n$", app:ok("test"))
        end)
    end

    it("passes as an API", function()
        local api = cli.app("api", "--api")

        api:ok("generate resource post title:string published:boolean")
        assert.is_false(api:has("application/views/posts/index.html"))
        assert.matches("4 passed, 0 failed\n$", api:ok("test"))
    end)
end)
