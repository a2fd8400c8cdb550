-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")

-- A statement that takes its time and says what it was given.
local SLOW = {
    postgres = "SELECT pg_sleep(0.1), $1::int AS i",
    mysql = "SELECT sleep(0.1), $1 AS i",
}

for name, sql in pairs(SLOW) do
    describe("a pool of " .. name .. " that is exhausted", function()
        it("serves those who wait in time, and refuses the others", function()
            local app = databases[name]({ code = amid.AT_REST,
                query = "limit=2&pool_timeout=250" })

            app:run(([[
                local threads, got = {}, { ok = 0, pool_timeout = 0 }
                for i = 1, 12 do
                    threads[i] = ngx.thread.spawn(function()
                        local rows, err, code = db:query("%s", i)
                        local word = rows and "ok" or code
                        assert(not rows or rows[1].i == i)
                        got[word] = got[word] + 1
                    end)
                end
                for i = 1, 12 do assert(ngx.thread.wait(threads[i])) end
                assert(got.ok >= 2 and got.pool_timeout >= 2
                    and got.ok + got.pool_timeout == 12)
                assert(db:stats().waited == 10)
                at_rest()
            ]]):format(sql))
            app:stop()
        end)
    end)
end
