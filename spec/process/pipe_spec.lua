-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local files = require("support.files")

describe("ngx.pipe", function()
    local server

    local function run(code)
        return server:run([[
            local pipe = require("ngx.pipe")
            local function texts(...)
                local list = { ... }
                for i = 1, select("#", ...) do
                    list[i] = tostring(list[i])
                end
                return table.concat(list, " ")
            end
        ]] .. code)
    end

    setup(function()
        server = code_server.start({
            http = [[
                exit_worker_by_lua_block {
                    local proc = require("ngx.pipe").spawn({ "sleep", "60" })
                    ngx.log(ngx.WARN, "last child: ", proc:pid())
                }
            ]],
            server = [[
                location /leave { content_by_lua_block {
                    local proc = require("ngx.pipe").spawn({ "sleep", "60" })
                    left = proc
                    ngx.say(proc:pid())
                } }
            ]],
        })
    end)

    it("writes to a program, reads what it says, tells how it ended",
        function()
            assert.equal("5 true hello true exit 0", run([[
                local cat = pipe.spawn({ "cat" })
                local n = cat:write("hello")
                local ok = cat:shutdown("stdin")
                local text = cat:stdout_read_all()
                return texts(n, ok, text, cat:wait())
            ]]))
        end)

    it("reads lines, so many bytes, and whatever there is", function()
        assert.equal("one|two|thr|ee||nil closed four|nil closed", run([[
            local sh = pipe.spawn("printf 'one\\r\\ntwo\\nthree\\nfour'")
            return table.concat({
                (sh:stdout_read_line()), (sh:stdout_read_line()),
                (sh:stdout_read_bytes(3)), (sh:stdout_read_any(2)),
                (sh:stdout_read_line()), texts(sh:stdout_read_line()),
                texts(sh:stdout_read_line()),
            }, "|")
        ]]))
    end)

    it("gives a line that is not ended as the rest", function()
        assert.equal("nil closed rest", run([[
            return texts(pipe.spawn("printf rest"):stdout_read_line())
        ]]))
    end)

    it("keeps errors apart, or merges them", function()
        assert.equal("bad good badgood nil merged to stdout", run([[
            local line = "echo -n bad >&2; echo -n good"
            local apart = pipe.spawn(line)
            local merged = pipe.spawn(line, { merge_stderr = true })
            return texts(apart:stderr_read_all(), apart:stdout_read_all(),
                         merged:stdout_read_all(), merged:stderr_read_line())
        ]]))
    end)

    it("tells of exit codes and signals", function()
        assert.equal("false exit 3|nil exited|false signal 9|nil exited",
            run([[
                local three = pipe.spawn("exit 3")
                local killed = pipe.spawn({ "sleep", "60" })
                killed:kill(9)
                return table.concat({ texts(three:wait()),
                    texts(three:wait()), texts(killed:wait()),
                    texts(killed:kill(9)) }, "|")
            ]]))
    end)

    it("waits while others work", function()
        assert.equal("true exit 0 worked", run([[
            local proc = pipe.spawn({ "cat" })
            local thread = ngx.thread.spawn(proc.wait, proc)
            local worked = "worked"
            proc:shutdown("stdin")
            local _, ok, reason, code = ngx.thread.wait(thread)
            return texts(ok, reason, code, worked)
        ]]))
    end)

    it("carries more than a pipe holds, both ways at once", function()
        assert.equal("true 3000000", run([[
            local text = ("0123456789"):rep(300000)
            local cat = pipe.spawn({ "cat" })
            local reader = ngx.thread.spawn(cat.stdout_read_all, cat)
            local n = cat:write(text)
            cat:shutdown("stdin")
            local _, back = ngx.thread.wait(reader)
            return texts(back == text, n)
        ]]))
    end)

    it("gives up after the time it is given, and may go on", function()
        assert.equal("nil timeout some|nil timeout|line", run([[
            local sh = pipe.spawn(
                "printf some; read x; printf '%s\\n' $x", {
                    stdout_read_timeout = 100, wait_timeout = 20 })
            local late = texts(sh:stdout_read_line())
            local never = texts(sh:wait())
            sh:write("line\n")
            return late .. "|" .. never .. "|" .. sh:stdout_read_line()
        ]]))
    end)

    it("lets one task wait for each end", function()
        assert.equal("nil pipe busy reading|nil pipe busy waiting|"
            .. "true nil aborted", run([[
                local proc = pipe.spawn({ "sleep", "60" })
                local reader = ngx.thread.spawn(proc.stdout_read_all, proc)
                local waiter = ngx.thread.spawn(proc.wait, proc)
                local out = { texts(proc:stdout_read_line()),
                              texts(proc:wait()) }
                proc:shutdown("stdout")
                out[3] = texts(ngx.thread.wait(reader))
                ngx.thread.kill(waiter)
                return table.concat(out, "|")
            ]]))
    end)

    it("refuses to write to a program that has gone", function()
        assert.equal("nil closed nil closed", run([[
            local proc = pipe.spawn("exec 0<&-; echo ready; sleep 60")
            proc:stdout_read_line()
            local none, err = proc:write("x")
            return texts(none, err, proc:write("x"))
        ]]))
    end)

    it("gives the program the environment it is told to", function()
        assert.equal("b unset\n", run([[
            local env = pipe.spawn({ "/bin/sh", "-c",
                "echo $A ${HOME-unset}" },
                { environ = { "A=b", nil, "HOME=x" } })
            return env:stdout_read_all()
        ]]))
    end)

    it("lends no descriptors but the standard ones", function()
        assert.equal("0\n1\n2\n", run([[
            local ls = pipe.spawn({ "/bin/sh", "-c",
                "for f in /proc/self/fd/*; do n=${f##*/}; "
                .. "test -e /proc/$$/fd/$n && echo $n; done" })
            return ls:stdout_read_all()
        ]]))
    end)

    it("says when there is no such program", function()
        assert.equal("nil spawn failed: No such file or directory", run([[
            return texts(pipe.spawn({ "/no/such/program" }))
        ]]))
    end)

    it("kills what outlives the request that began it", function()
        local pid = server:get("/leave").body:match("%d+")

        assert.equal("nil exited", run([[
            while io.open("/proc/]] .. pid .. [[/stat") do
                ngx.sleep(0.001)
            end
            return texts(left:wait())
        ]]))
    end)

    it("kills what nobody can reach any more", function()
        assert.equal("gone", run([[
            local pid = pipe.spawn({ "sleep", "60" }):pid()
            collectgarbage()
            collectgarbage()
            while io.open("/proc/" .. pid .. "/stat") do
                ngx.sleep(0.001)
            end
            return "gone"
        ]]))
    end)

    it("ends its programs with the worker, the last ones too", function()
        local pid = tonumber(run([[
            kept = pipe.spawn({ "sleep", "60" })
            ngx.timer.at(0, function()
                stays = require("ngx.pipe").spawn({ "sleep", "60" })
                ngx.sleep(60)
            end)
            while not stays do ngx.sleep(0.001) end
            return tostring(stays:pid())
        ]]))

        server:stop("TERM")
        assert.is_nil(files.read("/proc/" .. pid .. "/stat"))

        local last = server:error_log():match("last child: (%d+)")

        assert.is_nil(files.read("/proc/" .. last .. "/stat"))
    end)
end)

describe("ngx.pipe's arguments", function()
    local server

    setup(function()
        server = code_server.start({
            http = [[
                init_by_lua_block {
                    refused = select(2, pcall(require("ngx.pipe").spawn, "x"))
                }
            ]],
        })
    end)

    it("are checked where they are given", function()
        assert.equal(table.concat({
            "API disabled in the current context",
            "bad args arg: table expected, got nil",
            "bad args arg: non-empty table expected",
            "bad buffer_size option",
            "bad environ option: table expected, got string",
            "bad value at index 1 of environ option: 'name=[value]' format "
                .. "expected, got 'A'",
            "bad wait_timeout option",
            "bad signal arg: number expected, got nil",
            "bad shutdown arg: up",
            "bad len argument",
            "bad max argument",
            "bad data arg: string, number, or table expected, got nil",
            "not a process instance",
        }, "\n"), server:run([[
            local pipe = require("ngx.pipe")
            local proc = pipe.spawn({ "true" })
            local errors = { (refused:gsub("^.-:%d+: ", "")) }
            for _, call in ipairs({
                { pipe.spawn },
                { pipe.spawn, {} },
                { pipe.spawn, "true", { buffer_size = 0 } },
                { pipe.spawn, "true", { environ = "A=b" } },
                { pipe.spawn, "true", { environ = { "A" } } },
                { pipe.spawn, "true", { wait_timeout = -1 } },
                { proc.kill, proc },
                { proc.shutdown, proc, "up" },
                { proc.stdout_read_bytes, proc, -1 },
                { proc.stdout_read_any, proc, 0 },
                { proc.write, proc },
                { proc.wait, {} },
            }) do
                local _, err = pcall(unpack(call, 1, 3))
                errors[#errors + 1] = err:gsub("^.-:%d+: ", "")
            end
            return table.concat(errors, "\n")
        ]]))
    end)
end)
