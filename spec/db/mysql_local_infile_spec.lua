-- SPDX-License-Identifier: MIT
local databases = require("support.databases")
local fake_mysql = require("support.fake_mysql")
local files = require("support.files")
local process = require("support.process")
local shell = require("support.shell")

describe("LOAD DATA LOCAL of MySQL", function()
    local app, dir

    setup(function()
        dir = process.folder("pandan-infile")
        shell.run("mkdir -p " .. dir .. "/in " .. dir .. "/inner")
        files.write(dir .. "/in/rows.csv", "1,one\n2,two\n")
        files.write(dir .. "/inner/secret.csv", "3,secret\n")
        shell.run(("ln -s ../inner/secret.csv %s/in/link.csv; "
            .. "mkfifo %s/in/pipe"):format(dir, dir))
        app = databases.mysql({ code = ([[
            dir = %q
            able = Db.open(url, { local_infile = dir .. "/in" })
            function load(base, name)
                local rows, err, code = base:exec("LOAD DATA LOCAL INFILE '"
                    .. name .. "' INTO TABLE t FIELDS TERMINATED BY ','")
                return rows and rows.affected or err
            end
        ]]):format(dir) })
        app:run("assert(db:exec('CREATE TABLE t (n INTEGER, s TEXT)'))")
    end)

    teardown(function()
        app:stop()
        files.remove(dir)
    end)

    it("is off", function()
        assert.matches("not allowed because the MariaDB server or client has "
            .. "disabled", app:run("return load(db, dir .. '/in/rows.csv')"))
    end)

    it("reads a file of the folder that it may read", function()
        assert.equal("2", app:run("return load(able, dir .. '/in/rows.csv')"))
        assert.equal("two", app:run(
            "return able:value('SELECT s FROM t WHERE n = 2')"))
    end)

    it("reads no other file, and the connection goes on", function()
        app:run([[
            local before = able:stats().opened
            for name, why in pairs({
                [dir .. "/inner/secret.csv"] = "does not lie in",
                [dir .. "/in/../inner/secret.csv"] = "does not lie in",
                [dir .. "/in/link.csv"] = "does not lie in",
                [dir .. "/in"] = "does not lie in",
                [dir .. "/in/none.csv"] = "No such file",
                [dir .. "/in/pipe"] = "it is no file",
            }) do
                local said = load(able, name)
                assert(said:find(why, 1, true), name .. ": " .. said)
            end
            assert(able:value("SELECT count(*) FROM t") == 2)
            assert(able:stats().opened == before)
        ]])
    end)

    it("gives nothing to a server that asks by itself", function()
        local asked = dir .. "/asked"
        local server = fake_mysql.start({}, function(session)
            session:send("\251" .. dir .. "/in/rows.csv")
            session:ok()

            -- what the file holds, or that the client leaves
            files.write(asked, session:receive() or "left")
            return false
        end)

        app:run(([[
            local bad = Db.open("mysql://ann:x@127.0.0.1:%d/blog")
            assert(bad:exec("DO 1") == nil)
            bad:close()
        ]]):format(server.port))
        assert.is_true(process.wait_until(5, function()
            return files.exists(asked)
        end))
        assert.is_nil(files.read(asked):find("one", 1, true))
    end)

    it("wants an absolute path", function()
        assert.matches("local_infile must be the absolute path", app:run([[
            return select(2, pcall(Db.open, url, { local_infile = "in" }))
        ]]))
    end)
end)
