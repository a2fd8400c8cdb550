-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

-- name → what changes a session, and what tells that it did
local CHANGES = {
    postgres = {
        { "SET search_path = elsewhere", "SHOW search_path" },
        { "SELECT set_config('work_mem', '99kB', false)", "SHOW work_mem" },
        { "CREATE TEMP TABLE mine (n INTEGER)",
            "SELECT count(*) FROM pg_class WHERE relname = 'mine'" },
        { "LISTEN jobs", "SELECT count(*) FROM pg_listening_channels()" },
        { "SELECT pg_advisory_lock(7)", "SELECT count(*) FROM pg_locks "
            .. "WHERE locktype = 'advisory' AND pid = pg_backend_pid()" },
        { "PREPARE mine AS SELECT 1", "SELECT count(*) "
            .. "FROM pg_prepared_statements WHERE name = 'mine'" },
    },
    mysql = {
        { "SET SESSION sort_buffer_size = 65536",
            "SELECT @@session.sort_buffer_size" },
        { "SET @mine = 7", "SELECT @mine IS NULL" },
        { "SELECT GET_LOCK('mine', 1)", "SELECT IS_USED_LOCK('mine') IS NULL" },
    },
    sqlite = {
        { "PRAGMA foreign_keys = off", "PRAGMA foreign_keys" },
        { "PRAGMA cache_size = 77", "PRAGMA cache_size" },
        { "CREATE TEMP TABLE mine (n INTEGER)",
            "SELECT count(*) FROM sqlite_temp_schema" },
        { "ATTACH ':memory:' AS other",
            "SELECT count(*) FROM pragma_database_list WHERE name = 'other'" },
    },
}

for name, start in databases.each() do
    describe("a session of " .. name .. " that a statement changed", function()
        local app

        setup(function()
            app = start({ query = "limit=1" })
        end)

        teardown(function()
            app:stop()
        end)

        for _, change in ipairs(CHANGES[name]) do
            it("is not lent to the next: " .. change[1], function()
                app:run(([[
                    local ask = %q
                    local function tell()
                        -- with SQLite, on the writer, as the change was
                        return tostring(assert(db:transaction(function(tx)
                            return tx:value(ask)
                        end)))
                    end
                    local before = tell()
                    -- a server takes its time to see that one has gone
                    local function same()
                        for _ = 1, 100 do
                            if tell() == before then return true end
                            ngx.sleep(0.02)
                        end
                    end
                    assert(db:transaction(function(tx)
                        assert(tx:exec(%q))
                        return tx:value("SELECT 1")
                    end))
                    assert(same(), tell())
                    assert(db:exec(%q))
                    assert(same(), tell())
                    local s = db:stats()
                    assert((s.writer or s).resets > 0)
                ]]):format(change[2], change[1], change[1]))
            end)
        end

        it("is kept where nothing was changed", function()
            app:run([[
                db:close()
                assert(db:value("SELECT 1") == 1)
                local s = db:stats()
                for _ = 1, 20 do
                    assert(db:value("SELECT 'SET x = 1'"))
                    assert(db:transaction(function(tx)
                        return tx:value("SELECT 1")
                    end))
                end
                local t = db:stats()
                assert(t.opened == s.opened and t.resets == s.resets)
            ]])
        end)
    end)
end

describe("a changed session of PostgreSQL", function()
    it("is made new on its connection, with its prepared statements",
        function()
            local app = databases.postgres({ query = "limit=1" })

            app:run([[
                local pid = db:value("SELECT pg_backend_pid()")
                for i = 1, 3 do
                    assert(db:value("SELECT $1 + 1", i) == i + 1)
                end
                assert(db:exec("SET search_path = elsewhere"))
                assert(db:value("SELECT $1 + 1", 5) == 6)
                assert(db:value("SELECT pg_backend_pid()") == pid)
                assert(db:value("SELECT application_name FROM pg_stat_activity "
                    .. "WHERE pid = pg_backend_pid()") == "pandan")
            ]])
            app:stop()
        end)
end)

describe("a database in memory", function()
    it("keeps what was set, and its data", function()
        local app = databases.sqlite({ url = "sqlite::memory:" })

        app:run([[
            assert(db:exec("CREATE TABLE t (n INTEGER); "
                .. "INSERT INTO t VALUES (5); PRAGMA cache_size = 77"))
            assert(db:value("PRAGMA cache_size") == 77)
            assert(db:value("SELECT n FROM t") == 5)
        ]])
        app:stop()
    end)
end)
