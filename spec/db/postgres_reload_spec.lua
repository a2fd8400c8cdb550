-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local load = require("support.load")
local process = require("support.process")

describe("a reload while requests ask PostgreSQL", function()
    it("fails none of them, and leaves no connection behind", function()
        local app = databases.postgres({ query = "limit=4", workers = 2 })
        local page = app:piece([[
            return db:transaction(function(tx)
                local n = math.random(1000000)
                local row = assert(tx:row("SELECT $1::int AS n, "
                    .. "pg_sleep(0.001)", n))
                assert(row.n == n, "crossed")
                for each in db:each("SELECT $1::int AS n FROM "
                    .. "generate_series(1, 300)", n) do
                    assert(each.n == n, "crossed")
                end
                return "right"
            end)
        ]])
        local run = load.start(("http://127.0.0.1:%d%s"):format(
            app.nginx.port, page), "-c 20", 4000)
        local reloads = 0

        while run.running() and reloads < 10 do
            app.nginx:reload(nil, 30)
            reloads = reloads + 1
        end

        local result = run.finish()

        assert.is_true(reloads >= 2, "the load ended too early")
        assert.equal(run.count, result.complete, result.text)
        assert.equal(0, result.failed, result.text)
        assert.equal(0, result.not_ok, result.text)

        -- only those of the last two workers may rest
        assert.is_true(process.wait_until(20, function()
            return tonumber(app.postgres:psql("SELECT count(*) FROM "
                .. "pg_stat_activity WHERE application_name = 'pandan'"))
                <= 8
        end))
        assert.equal("0", app.postgres:psql("SELECT count(*) FROM "
            .. "pg_stat_activity WHERE state LIKE 'idle in%'"))
        app:stop()
    end)
end)
