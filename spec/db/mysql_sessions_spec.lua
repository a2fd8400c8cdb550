-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

describe("a session of MariaDB", function()
    it("talks utf8mb4, whatever the server would", function()
        local app = databases.mysql()

        app:run([[
            for _, name in ipairs({ "client", "results" }) do
                local set = db:value("SELECT @@character_set_" .. name)
                assert(set == "utf8mb4", set)
            end
        ]])
        app:stop()
    end)

    it("that was changed is made new on the same connection", function()
        local app = databases.mysql({ query = "limit=1" })

        app:run([[
            local id = db:value("SELECT connection_id()")
            local mode = db:value("SELECT @@sql_mode")
            for _ = 1, 3 do
                assert(db:exec("SET sql_mode = '', @mine = 1, "
                    .. "NAMES latin1, time_zone = '+05:00'; "
                    .. "USE information_schema; "
                    .. "CREATE TEMPORARY TABLE pandan_test.t (n INTEGER)"))
                assert(db:value("SELECT connection_id()") == id)
                assert(db:value("SELECT @@sql_mode") == mode)
                assert(db:value("SELECT @mine") == ngx.null)
                assert(db:value("SELECT @@character_set_client") == "utf8mb4")
                assert(db:value("SELECT database()") == "pandan_test")
                local ok, _, code = db:query("SELECT * FROM t")
                assert(ok == nil and code == "undefined_table")
            end
            assert(db:stats().resets == 3, db:stats().resets)
        ]])
        app:stop()
    end)
end)
