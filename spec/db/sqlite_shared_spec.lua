-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local files = require("support.files")
local load = require("support.load")
local process = require("support.process")
local shell = require("support.shell")

local COUNT = 2000

--- The folder of a server: its master holds it open.
local function folder_of(app)
    return shell.run(("ls -l /proc/%d/fd"):format(app.nginx.process.pid))
        .stdout:match("/dev/shm/pandan%-db%-%w+")
end

local function start()
    return databases.sqlite({
        url = "sqlite:shared:fast", workers = 2,
        server = [[
            location = /count { content_by_lua_block {
                local db = require("pandan.db").open("sqlite:shared:fast")
                local ok, err, code = db:query(
                    "UPDATE counts SET n = n + 1 WHERE id = $1",
                    math.random(3))
                ngx.status = ok and 200 or 500
                ngx.say(ok and ok.affected or code .. ": " .. err)
            } }
        ]],
    })
end

describe("a database in memory that all workers share", function()
    local app, folder

    setup(function()
        app = start()
        folder = folder_of(app)
        app:run([[
            assert(db:exec("CREATE TABLE counts (id INTEGER PRIMARY KEY, "
                .. "n INTEGER); INSERT INTO counts VALUES (1, 0), (2, 0), "
                .. "(3, 0)"))
        ]])
    end)

    teardown(function()
        app:stop()
    end)

    it("is the same for each of them", function()
        local seen = {}

        process.wait_until(10, function()
            seen[app:run("assert(db:value('SELECT count(*) FROM counts') == 3)"
                .. "return ngx.worker.pid()")] = true
            return next(seen, next(seen))
        end)
        assert.is_true(next(seen, next(seen)) ~= nil)
    end)

    it("loses no write, while workers are replaced and killed", function()
        app.nginx:allow("exited on signal 9")

        local ab = load.start(("http://127.0.0.1:%d/count"):format(
            app.nginx.port), "-r -c 20", COUNT)

        app.nginx:reload()
        shell.run("kill -9 " .. app.nginx:workers()[1])
        process.wait_until(5, function()
            return #app.nginx:workers() == 2
        end)

        local result = ab.finish()
        local n = tonumber(app:run("return db:value('SELECT sum(n) FROM "
            .. "counts')"))

        -- a killed worker may have written what it could not tell any more
        local told = result.complete - result.failed

        assert.equal(0, result.not_ok)
        assert.is_true(n >= told and n <= ab.count, n .. " " .. result.text)
        assert.equal("ok", app:run("return db:value('PRAGMA "
            .. "integrity_check')"))
    end)

    it("says when it is full", function()
        assert.equal("disk_full", app:run([[
            local small = Db.open("sqlite:shared:small", { max_size = 40000 })
            assert(small:exec("CREATE TABLE t (x TEXT)"))
            for _ = 1, 100 do
                local ok, err, code = small:query("INSERT INTO t VALUES ($1)",
                    ("x"):rep(2000))
                if not ok then
                    assert(small:value("SELECT count(*) FROM t") > 5)
                    return code
                end
            end
        ]]))
    end)

    it("must have a plain name", function()
        app:run([[
            for _, name in ipairs({ "", "a/b", "..", ("x"):rep(65) }) do
                local ok, err = pcall(Db.open, "sqlite:shared:" .. name)
                assert(not ok and err:find("the name of a shared database", 1,
                    true), err)
            end
        ]])
    end)

    it("lies in a folder that nobody else may read", function()
        local mode = shell.run("stat -c %a " .. folder).stdout

        assert.equal("700\n", mode)
    end)

    it("is gone after the end", function()
        assert.is_true(files.exists(folder))
        app:stop()
        assert.is_false(files.exists(folder))
    end)

    it("is removed by the next one when its master was killed", function()
        local killed = start()
        local left = folder_of(killed)

        killed:run("assert(db:exec('CREATE TABLE t (n INTEGER)'))")

        local workers = table.concat(killed.nginx:workers(), " ")

        killed.nginx.process:kill()
        shell.run("kill -9 " .. workers)

        local after = start()

        assert.is_false(files.exists(left))
        after:stop()
    end)
end)
