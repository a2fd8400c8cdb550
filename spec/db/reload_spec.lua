-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local load = require("support.load")
local process = require("support.process")

-- How a server says what the page asks, and what our connections do there.
local SERVERS = {
    postgres = {
        one = "SELECT $1::int AS n, pg_sleep(0.001)",
        many = "SELECT $1::int AS n FROM generate_series(1, 300)",
        connections = "SELECT count(*) FROM pg_stat_activity "
            .. "WHERE application_name = 'pandan'",
        transactions = "SELECT count(*) FROM pg_stat_activity "
            .. "WHERE state LIKE 'idle in%'",
    },
    mysql = {
        one = "SELECT $1 AS n, sleep(0.001)",
        many = "SELECT $1 AS n FROM seq_1_to_300",
        connections = "SELECT count(*) FROM information_schema.processlist "
            .. "WHERE user = 'pandan'",
        transactions = "SELECT count(*) FROM information_schema.innodb_trx",
    },
}

for name, start in databases.servers() do
    local says = SERVERS[name]

    describe("a reload while requests ask " .. name, function()
        it("fails none of them, and leaves no connection behind", function()
            local app = start({ query = "limit=4", workers = 2 })
            local page = app:piece(([[
                return db:transaction(function(tx)
                    local n = math.random(1000000)
                    local row = assert(tx:row("%s", n))
                    assert(row.n == n, "crossed")
                    for each in db:each("%s", n) do
                        assert(each.n == n, "crossed")
                    end
                    return "right"
                end)
            ]]):format(says.one, says.many))
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
                return tonumber(app.server:ask(says.connections)) <= 8
            end))
            assert.equal("0", app.server:ask(says.transactions))
            app:stop()
        end)
    end)
end
