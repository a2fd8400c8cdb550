-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

local WORK = [[
    local work = {}

    function work.add(a, b)
        return a + b, "sum"
    end

    function work.same(...)
        return ...
    end

    function work.wait_for(path)
        local f
        repeat
            f = io.open(path)
            os.execute("sleep 0.01")
        until f
        f:close()
        return "came"
    end

    function work.fail()
        error("deliberate")
    end

    function work.bad()
        return function() end
    end

    function work.count(n)
        local dogs = ngx.shared.dogs
        for i = 1, n do
            dogs:incr("n", 1, 0)
            dogs:set("text", ("x"):rep(i % 5000))
            dogs:get("text")
        end
        return dogs:get("n")
    end

    function work.decode(text)
        local args = ngx.decode_args(text)
        return args
    end

    function work.encode(text)
        local m = ngx.re.match(text, "(\\w+) (\\w+)")
        return ngx.encode_base64(m[2]), ngx.md5(m[1])
    end

    function work.forbidden()
        local errors = {}
        for i, call in ipairs({
            function() ngx.say("x") end,
            function() ngx.timer.at(0, function() end) end,
            function() ngx.sleep(1) end,
            function() return ngx.var.uri end,
            function() ngx.socket.tcp():connect("127.0.0.1", 1) end,
            function() ngx.socket.udp():setpeername("127.0.0.1", 1) end,
            function() ngx.thread.spawn(function() end) end,
            function() require("ngx.semaphore").new():wait(1) end,
            function() require("ngx.pipe").spawn("true") end,
            function() require("ngx.errlog").get_logs() end,
            function() ngx.ctx.x = 1 end,
            function() ngx.exit(500) end,
            function() ngx.on_abort(function() end) end,
            function() ngx.req.read_body() end,
        }) do
            errors[i] = select(2, pcall(call)):match("[^:]+$")
        end
        ngx.log(ngx.WARN, "from a thread")
        return table.concat(errors, "|")
    end

    return work
]]

describe("ngx.run_worker_thread", function()
    local server

    local function run(code)
        return server:run("local run = ngx.run_worker_thread\n" .. code)
    end

    setup(function()
        server = code_server.start({
            main = "thread_pool pool threads=2;",
            http = "lua_shared_dict dogs 1m; lua_capture_error_log 32k;"
                .. "lua_worker_thread_vm_pool_size 2;",
            files = { ["work.lua"] = WORK, ["nothing.lua"] = "return 1" },
        })
    end)

    it("gives what the function returns", function()
        assert.equal("true 3 sum", run([[
            local ok, n, word = run("pool", "work", "add", 1, 2)
            return tostring(ok) .. " " .. n .. " " .. word
        ]]))
    end)

    it("leaves the worker to others meanwhile", function()
        server:run([[
            waiting = ngx.run_worker_thread
            return ""
        ]])

        assert.equal("true came", run(([[
            local path = %q
            local thread = ngx.thread.spawn(run, "pool", "work", "wait_for",
                                            path)
            local _, ok, word = nil, nil, nil
            assert(io.open(path, "w")):close()
            _, ok, word = ngx.thread.wait(thread)
            return tostring(ok) .. " " .. word
        ]]):format(server.dir .. "/sign")))
    end)

    it("copies all that is data, there and back", function()
        assert.equal("true deep nil false 1.5 true", run([[
            local ok, t, none, no, n, null = run("pool", "work", "same",
                { a = { b = { "deep" } } }, nil, false, 1.5, ngx.null)
            return table.concat({ tostring(ok), t.a.b[1], tostring(none),
                tostring(no), n, tostring(null == ngx.null) }, " ")
        ]]))
    end)

    it("says what cannot be copied, and what went wrong", function()
        local loop = [[local t = {} t.t = t]]

        assert.equal(table.concat({
            "unsupported Lua type: LUA_TFUNCTION in the argument",
            "unsupported Lua type: LUA_TFUNCTION in the return value",
            "suspicious circular references, table depth exceed max depth: "
                .. "100 in the argument",
            "work.lua:22: deliberate",
            "invalid function",
            "invalid lua module",
            "module 'missing' not found",
            "thread pool none not found",
        }, "\n"), run(loop .. [[

            local errors = {}
            for i, args in ipairs({
                { "pool", "work", "same", print },
                { "pool", "work", "bad" },
                { "pool", "work", "same", t },
                { "pool", "work", "fail" },
                { "pool", "work", "missing" },
                { "pool", "nothing", "x" },
                { "pool", "missing", "x" },
                { "none", "work", "same" },
            }) do
                local ok, err = run(unpack(args))
                errors[i] = ok and "no error"
                    or err:match("^[^\n]*"):gsub("^.*/", ""):gsub(":$", "")
            end
            return table.concat(errors, "\n")
        ]]))
    end)

    it("has the functions that need no request", function()
        assert.equal("d29ybGQ= 5d41402abc4b2a76b9719d911017c592 2", run([[
            local _, a, b = run("pool", "work", "encode", "hello world")
            local _, args = run("pool", "work", "decode", "a=1&b=2")
            return a .. " " .. b .. " " .. (args.b or args)
        ]]))
    end)

    it("refuses those that need one, and logs", function()
        assert.equal((" no request found"):rep(14, "|"), run([[
            return select(2, run("pool", "work", "forbidden"))
        ]]))
        server:wait_log("(from a thread)")
    end)

    it("shares dictionaries with the worker", function()
        assert.equal("40000", run([[
            local dogs = ngx.shared.dogs
            local threads = {}
            for i = 1, 2 do
                threads[i] = ngx.thread.spawn(run, "pool", "work", "count",
                                              10000)
            end
            for i = 1, 20000 do
                dogs:incr("n", 1, 0)
                dogs:get("text")
            end
            for i = 1, 2 do
                ngx.thread.wait(threads[i])
            end
            return tostring(dogs:get("n"))
        ]]))
    end)

    it("ends whose light thread was killed without a word", function()
        assert.equal("no available Lua vm|true came", run(([[
            local path = %q
            local threads = {}
            for i = 1, 2 do
                threads[i] = ngx.thread.spawn(run, "pool", "work",
                                              "wait_for", path)
            end
            ngx.thread.kill(threads[1])
            local _, err = run("pool", "work", "same")
            assert(io.open(path, "w")):close()
            local _, ok, word = ngx.thread.wait(threads[2])
            while not run("pool", "work", "same") do ngx.sleep(0.01) end
            return err .. "|" .. tostring(ok) .. " " .. word
        ]]):format(server.dir .. "/other")))
    end)

    it("is waited for by a worker that is to stop", function()
        local path = server.dir .. "/reloaded"
        local old = server:run("return tostring(ngx.worker.pid())")
        local waiting = server:connect()

        waiting:request("POST", "/run", { body = ([[
            ngx.shared.dogs:set("begun", true)
            return select(2, ngx.run_worker_thread("pool", "work",
                                                   "wait_for", %q))
        ]]):format(path) })

        run("while not ngx.shared.dogs:get('begun') do ngx.sleep(0.001) end "
            .. "return ''")
        server:signal("HUP")
        server:wait_log("(" .. old .. "#%d+: gracefully shutting down)")
        assert(io.open(path, "w")):close()

        assert.equal("came", waiting:response().body)
        waiting:close()
        server:wait_log("process (" .. old .. ") exited with code 0")
    end)
end)
