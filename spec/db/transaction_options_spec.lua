-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

for name, start in databases.each() do
    describe("a transaction of " .. name .. " with options", function()
        local app

        setup(function()
            app = start()
            app:run([[
                assert(db:exec("CREATE TABLE a (id INTEGER PRIMARY KEY, "
                    .. "n INTEGER)"))
                assert(db:exec("INSERT INTO a VALUES (1, 0), (2, 0)"))
            ]])
        end)

        teardown(function()
            app:stop()
        end)

        it("only reads when it is told to", function()
            app:run([[
                assert(db:transaction(function(tx)
                    return tx:value("SELECT count(*) FROM a")
                end, { read_only = true }) == 2)
                local rows, err, code = db:transaction(function(tx)
                    return tx:query("UPDATE a SET n = 9")
                end, { read_only = true })
                assert(rows == nil and code == "read_only", code)
                assert(db:value("SELECT max(n) FROM a") == 0)
            ]])
        end)

        it("sees one state of the data, on a level that says so", function()
            app:run([[
                assert(db:transaction(function(tx)
                    local before = tx:value("SELECT n FROM a WHERE id = 1")
                    local thread = ngx.thread.spawn(function()
                        return db:query("UPDATE a SET n = n + 1 WHERE id = 1")
                    end)
                    local ok, done = ngx.thread.wait(thread)
                    assert(ok and done)
                    assert(tx:value("SELECT n FROM a WHERE id = 1") == before)
                    return true
                end, { isolation = "Repeatable Read", read_only = true }))
                assert(db:query("UPDATE a SET n = 0"))
            ]])
        end)

        it("refuses what it does not know", function()
            app:run([[
                local function fails(options, text)
                    local ok, err = pcall(db.transaction, db, print, options)
                    assert(not ok and err:find(text, 1, true), err)
                end
                fails({ isolation = "great" }, "isolation must be")
                fails({ retry = -1 }, "retry must be")
                fails({ retries = 1 }, "has no option 'retries'")
                fails(7, "must be a table")
                db:transaction(function(tx)
                    local ok, err = pcall(tx.transaction, tx, print,
                        { retry = 1 })
                    assert(not ok and err:find("an inner transaction"), err)
                end)
            ]])
        end)

        it("is begun again only where the server gave it up", function()
            app:run([[
                local calls = 0
                local rows, err, code = db:transaction(function(tx)
                    calls = calls + 1
                    return tx:query("INSERT INTO a VALUES (1, 1)")
                end, { retry = 5 })
                assert(calls == 1 and code == "unique_violation", code)
                local ok = pcall(db.transaction, db, function()
                    calls = calls + 1
                    error("mine")
                end, { retry = 5 })
                assert(not ok and calls == 2)
            ]])
        end)
    end)
end

-- Two transactions that read what the other one writes; neither writes before
-- both have read.
local CROSS = [[
    local readers = 0

    local function bump(mine, other, fail)
        local calls = 0
        local ok, err, code = db:transaction(function(tx)
            calls = calls + 1
            local n = assert(tx:value("SELECT n FROM a WHERE id = $1",
                other))
            readers = readers + 1
            while readers < 2 do ngx.sleep(0.005) end
            local done, err = tx:query("UPDATE a SET n = $1 WHERE id = $2",
                n + 1, mine)
            if not done and fail then error("raised: " .. err) end
            return done, err
        end, { isolation = "serializable", retry = 20 })
        assert(ok, tostring(err) .. " " .. tostring(code))
        return calls
    end
    assert(db:query("UPDATE a SET n = 0"))
    local threads = {
        ngx.thread.spawn(bump, 1, 2), ngx.thread.spawn(bump, 2, 1, true),
    }
    local calls = 0
    for _, thread in ipairs(threads) do
        local ok, n = ngx.thread.wait(thread)
        assert(ok, n)
        calls = calls + n
    end
    assert(calls > 2, "nothing was tried again")
    -- one after the other: 1, then 2
    local sum = tonumber(db:value("SELECT sum(n) FROM a"))
    assert(sum == 3, sum)
]]

for _, name in ipairs({ "postgres", "mysql" }) do
    describe("a transaction of " .. name .. " that is tried again", function()
        it("ends as if it had been alone", function()
            local app = databases[name]()

            app:run([[
                assert(db:exec("CREATE TABLE a (id INTEGER PRIMARY KEY, "
                    .. "n INTEGER)"))
                assert(db:exec("INSERT INTO a VALUES (1, 0), (2, 0)"))
            ]])
            app:run(CROSS)
            app:stop()
        end)
    end)
end

describe("a transaction of PostgreSQL in which a statement failed", function()
    it("is no success, though its function did not mind", function()
        local app = databases.postgres()

        app:run([[
            assert(db:exec("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
            local ok, err, code = db:transaction(function(tx)
                assert(tx:query("INSERT INTO a VALUES (1)"))
                tx:query("INSERT INTO a VALUES (1)")
                return "fine"
            end)
            assert(ok == nil and code == "error" and err)
            assert(db:value("SELECT count(*) FROM a") == 0)
        ]])
        app:stop()
    end)
end)
