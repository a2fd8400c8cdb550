-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local process = require("support.process")
local shell = require("support.shell")

for name, start in databases.each() do
    describe("the counters of " .. name, function()
        local app

        setup(function()
            app = start({ query = "limit=3" })
        end)

        teardown(function()
            app:stop()
        end)

        it("tell what a worker's pool did, and has now", function()
            app:run([[
                local s = db:stats()
                assert(s.limit == 3 and s.lent == 0 and s.idle == 0)
                assert(db:value("SELECT 1") == 1)
                assert(db:query("SELECT * FROM nowhere") == nil)
                s = db:stats()
                assert(s.opened == 1 and s.idle == 1 and s.closed == 0)
                assert(s.queries == 2 and s.errors == 1 and s.waited == 0)
                assert(s.timeouts == 0 and s.abandoned == 0 and s.resets == 0)
                db:transaction(function()
                    s = db:stats()
                    assert((s.writer or s).lent == 1)
                end)
                db:close()
                s = db:stats()
                assert(s.closed == s.opened and s.idle + s.lent == 0)
            ]])
        end)

        it("are text for Prometheus, without a secret", function()
            local text = app:run([[
                assert(db:value("SELECT 1") == 1)
                return Db.prometheus()
            ]])

            assert.is_true(text:find('pandan_db_connections_limit{database="'
                .. '[^"]+",driver="' .. name .. '",role="%a+"} [13]\n') ~= nil)
            assert.is_true(text:find("# TYPE pandan_db_queries_total "
                .. "counter\n", 1, true) ~= nil, text)
            assert.is_true(text:find('pandan_db_connections{[^}]+,'
                .. 'state="idle"} 1\n') ~= nil, text)
            assert.is_nil(text:find("limit=3", 1, true))
            assert.is_nil(text:find("secret", 1, true))

            for line in text:gmatch("[^\n]+") do
                assert.is_true(line:find("^# ") ~= nil
                    or line:find("^[%w_]+{[%w_]+=\".*\"} %d+$") ~= nil, line)
            end
        end)
    end)
end

describe("the counters of all workers", function()
    local app

    -- how much was counted of the file, and how many connections may be
    local function counted()
        local text = app:run([[
            Db.configure({ default = { url = url, root = dir } })
            assert(Db:value("SELECT 1") == 1)
            return Db.prometheus()
        ]])
        local labels = '{database="default",driver="sqlite",role="reader"} '

        return tonumber(text:match("queries_total" .. labels .. "(%d+)")),
            tonumber(text:match("limit" .. labels .. "(%d+)"))
    end

    setup(function()
        app = databases.sqlite({ workers = 2 })
    end)

    teardown(function()
        app:stop()
    end)

    it("are one sum, whoever is asked", function()
        local before = counted()

        for i = 1, 20 do
            assert.equal(before + i, (counted()))
        end
    end)

    it("never go back when workers are replaced, or killed", function()
        local function all()
            return process.wait_until(5, function()
                return select(2, counted()) == 8
            end)
        end

        all()

        local before = counted()

        app.nginx:reload()
        assert.is_true(counted() > before)
        all()

        before = counted()
        app.nginx:allow("exited on signal 9")
        shell.run("kill -9 " .. table.concat(app.nginx:workers(), " "))
        process.wait_until(5, function()
            return #app.nginx:workers() == 2
        end)
        assert.is_true(counted() > before)
        all()
    end)
end)
