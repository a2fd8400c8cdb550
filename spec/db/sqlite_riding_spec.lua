-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

-- Short changes that wait for the writer are run in one task of a thread.
describe("changes that wait for SQLite's writer together", function()
    local app

    setup(function()
        app = databases.sqlite({ query = "query_timeout=1500", code = [[
            INSERT = "INSERT INTO t (tag) VALUES ($1) RETURNING id, tag"

            -- short with a small number, endless with a great one
            SPIN = "DELETE FROM t WHERE id IN (WITH RECURSIVE c(x) AS "
                .. "(SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < $1) "
                .. "SELECT x FROM c WHERE x < 0)"
            FOREVER = 9000000000

            -- each has been seen to be short
            function learn()
                for i = 1, 3 do
                    assert(db:query(INSERT, -i))
                    assert(db:query(SPIN, 10))
                end
                assert(db:query("DELETE FROM t"))
            end

            function at_rest()
                for _ = 1, 500 do
                    local w = db:stats().writer
                    if w.lent + w.waiting == 0 then return end
                    ngx.sleep(0.01)
                end
                error("the writer is still lent")
            end
        ]] })
        app:run([[
            assert(db:exec("CREATE TABLE t (id INTEGER PRIMARY KEY, "
                .. "tag INTEGER UNIQUE)"))
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    it("get each what is theirs, also when it is a failure", function()
        app:run([[
            learn()
            local threads, ids = {}, {}
            for i = 1, 300 do
                threads[i] = ngx.thread.spawn(function()
                    local tag = i % 3 == 0 and i - 1 or i
                    local rows, err, code = db:query(INSERT, tag)
                    return i, tag, rows, code
                end)
            end
            local failed = 0
            for n = 1, #threads do
                local ok, _, tag, rows, code = ngx.thread.wait(threads[n])
                assert(ok)
                if rows then
                    assert(rows[1].tag == tag and not ids[rows[1].id])
                    assert(rows.insert_id == rows[1].id)
                    ids[rows[1].id] = true
                else
                    assert(code == "unique_violation", code)
                    failed = failed + 1
                end
            end
            assert(failed == 100)
            assert(db:value("SELECT count(*) FROM t") == 200)
            at_rest()
        ]])
    end)

    it("are left alone one by one", function()
        app:run([[
            learn()
            local threads = {}
            for i = 1, 40 do
                threads[i] = ngx.thread.spawn(db.query, db, INSERT, i)
            end
            for i = 1, 40, 2 do ngx.thread.kill(threads[i]) end
            for i = 2, 40, 2 do
                local ok, rows = ngx.thread.wait(threads[i])
                assert(ok and rows[1].tag == i)
            end
            at_rest()
            -- what was left may have been done before
            assert(db:value("SELECT count(*) FROM t WHERE tag % 2 = 0") == 20)
        ]])
    end)

    it("go on when one of them takes for ever and is left", function()
        app:run([[
            learn()
            for _, place in ipairs({ 1, 2, 5 }) do
                assert(db:query("DELETE FROM t"))
                local threads, slow = {}, nil
                local first = ngx.thread.spawn(db.query, db, INSERT, 1000)
                for i = 1, 8 do
                    if i == place then
                        slow = ngx.thread.spawn(db.query, db, SPIN, FOREVER)
                    end
                    threads[i] = ngx.thread.spawn(db.query, db, INSERT, i)
                end
                ngx.sleep(0.1)
                ngx.thread.kill(slow)
                for i = 1, 8 do
                    local ok, rows, err = ngx.thread.wait(threads[i])
                    assert(ok and rows and rows[1].tag == i, err)
                end
                assert(ngx.thread.wait(first))
                at_rest()
                assert(db:value("SELECT count(*) FROM t") == 9)
            end
        ]])
    end)

    it("take no longer than they may", function()
        app:run([[
            learn()
            local first = ngx.thread.spawn(db.query, db, INSERT, 1000)
            local slow = ngx.thread.spawn(db.query, db, SPIN, FOREVER)
            local after = ngx.thread.spawn(db.query, db, INSERT, 1)
            local _, rows, err, code = ngx.thread.wait(slow)
            assert(rows == nil and code == "timeout", code)
            assert(err == "no answer in 1500 ms", err)
            local _, _, _, other = ngx.thread.wait(after)
            assert(other == nil or other == "timeout", other)
            assert(ngx.thread.wait(first))
            at_rest()
            assert(db:query(INSERT, 2))
        ]])
    end)

    it("are not those of a transaction, nor of its begin", function()
        app:run([[
            learn()
            local threads = {}
            for i = 1, 60 do
                threads[i] = ngx.thread.spawn(i % 2 == 0
                    and function() return assert(db:query(INSERT, i)) end
                    or function()
                        return db:transaction(function(tx)
                            assert(tx:query(INSERT, i))
                            return nil, "not wanted"
                        end)
                    end)
            end
            for i = 1, 60 do assert(ngx.thread.wait(threads[i])) end
            assert(db:value("SELECT count(*) FROM t") == 30)
            assert(db:value("SELECT sum(tag % 2) FROM t") == 0)
            at_rest()
        ]])
    end)

    it("end with the request that made them", function()
        app:run([[
            learn()
            for i = 1, 50 do
                ngx.thread.spawn(db.query, db, INSERT, i)
            end
            ngx.exit(200)
        ]])
        app:run([[
            at_rest()
            assert(db:query(INSERT, 5000))
            assert(db:value("PRAGMA integrity_check") == "ok")
        ]])
    end)
end)
