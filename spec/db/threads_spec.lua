-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local files = require("support.files")
local http = require("support.http")
local nginx = require("support.nginx")
local process = require("support.process")

local SLOW = [[
    -- runs long enough that only a thread may run it
    SLOW = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c "
        .. "WHERE x < 30000) SELECT count(*) FROM c"

    function at_once(n)
        local threads = {}
        for i = 1, n do
            threads[i] = ngx.thread.spawn(db.value, db, SLOW)
        end
        for i = 1, n do
            local _, value, err = ngx.thread.wait(threads[i])
            assert(value == 30000, err)
        end
    end
]]

-- The master listens before its worker is there.
local function count(server)
    local pid = process.wait_until(10, function()
        return server:workers()[1]
    end)
    local status = files.read("/proc/" .. pid .. "/status")

    return tonumber(status:match("Threads:%s+(%d+)"))
end

describe("threads of the database drivers", function()
    local app

    local function start(directive)
        app = databases.sqlite({ main = directive, code = SLOW,
            query = "limit=8" })
    end

    after_each(function()
        app:stop()
    end)

    it("are none before they are needed", function()
        start("")
        assert.equal(1, count(app.nginx))
        app:run("assert(db:value('SELECT 1') == 1)")
        assert.equal(2, count(app.nginx))
    end)

    it("are as many as there is work for, up to a limit", function()
        start("pandan_db_threads 3;")
        app:run("at_once(1)")
        assert.equal(2, count(app.nginx))
        app:run("at_once(8)")
        assert.equal(4, count(app.nginx))
    end)

    it("end when there is no work", function()
        start("pandan_db_threads 4 idle=20ms;")
        app:run("at_once(4)")
        assert.is_true(process.wait_until(10, function()
            return count(app.nginx) == 1
        end))
        app:run("at_once(2)")
    end)

    it("finish what they do before their worker ends", function()
        start("pandan_db_threads 2;")

        local client = assert(http.connect(app.nginx.port))

        assert(client:request("GET", app:piece([[
            db:value((SLOW:gsub("30000", "3000000")))
        ]])))
        assert.is_true(process.wait_until(10, function()
            return count(app.nginx) > 1
        end))
        assert.equal(0, app.nginx:stop("TERM"))
        client:close()
    end)
end)

describe("the directive pandan_db_threads", function()
    it("refuses what makes no sense", function()
        for _, words in ipairs({ "0", "some", "2 max_queue=x", "2 idle=long",
            "2 threads=3" })
        do
            local ok, log = nginx.test({
                main = "pandan_db_threads " .. words .. ";",
            })

            assert.is_false(ok)
            assert.matches('invalid value "' .. words:match("%S+$"), log)
        end
    end)
end)
