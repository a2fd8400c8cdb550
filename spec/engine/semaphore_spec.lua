-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

describe("a semaphore", function()
    local server

    local function run(code)
        return server:run('local semaphore = require("ngx.semaphore")\n'
            .. code)
    end

    setup(function()
        server = code_server.start({
            http = [[
                init_worker_by_lua_block {
                    shared = require("ngx.semaphore").new()
                    refused = select(2, shared:wait(1))
                }
            ]],
            server = [[
                location /wait { content_by_lua_block {
                    ngx.say(shared:wait(60))
                } }
            ]],
        })
    end)

    it("is taken at once while it has a count", function()
        assert.equal("true true nil timeout 0", run([[
            local s = semaphore.new(2)
            local ok, err = s:wait(0), s:wait(0)
            local none, why = s:wait(0)
            return table.concat({ tostring(ok), tostring(err),
                tostring(none), why, s:count() }, " ")
        ]]))
    end)

    it("lets those who wait go in the order in which they came", function()
        assert.equal("-3 posted abc 1", run([[
            local s, seen, threads = semaphore.new(), {}, {}
            for _, name in ipairs({ "a", "b", "c" }) do
                threads[#threads + 1] = ngx.thread.spawn(function()
                    assert(s:wait(60))
                    seen[#seen + 1] = name
                end)
            end
            local before = s:count()
            s:post(4)
            seen[#seen + 1] = "posted "
            for _, thread in ipairs(threads) do
                ngx.thread.wait(thread)
            end
            return before .. " " .. table.concat(seen) .. " " .. s:count()
        ]]))
    end)

    it("gives up after a time", function()
        assert.equal("false timeout 0", run([[
            local s = semaphore.new()
            local ok, err = s:wait(0.01)
            return tostring(ok) .. " " .. err .. " " .. s:count()
        ]]))
    end)

    it("forgets who was killed while waiting", function()
        assert.equal("1", run([[
            local s = semaphore.new()
            local thread = ngx.thread.spawn(function() s:wait(60) end)
            ngx.thread.kill(thread)
            s:post()
            ngx.sleep(0)
            return tostring(s:count())
        ]]))
    end)

    it("may be collected while somebody waits for it", function()
        assert.equal("falsetimeout", run([[
            local thread = ngx.thread.spawn(function()
                return semaphore.new():wait(0.02)
            end)
            collectgarbage()
            collectgarbage()
            local _, ok, err = ngx.thread.wait(thread)
            return tostring(ok) .. err
        ]]))
    end)

    it("connects requests of one worker", function()
        local waiting = server:connect()

        waiting:request("GET", "/wait")
        run([[
            while shared:count() > -1 do ngx.sleep(0.001) end
            shared:post()
            return ""
        ]])
        assert.equal("true\n", waiting:response().body)
    end)

    it("says where it cannot wait", function()
        assert.equal(
            "API disabled in the context of init_worker_by_lua*",
            run("return refused"))
    end)

    it("refuses what is no semaphore and no number", function()
        assert.equal("not a semaphore instance|no negative number|"
            .. "positive number required|number of seconds expected", run([[
            local s = semaphore.new()
            local errors = {}
            for _, call in ipairs({
                { s.wait, {}, 1 }, { s.wait, s, -1 }, { s.post, s, 0 },
                { s.wait, s },
            }) do
                local _, err = pcall(unpack(call))
                errors[#errors + 1] = err:match("[^:]+$"):gsub("^ ", "")
            end
            return table.concat(errors, "|")
        ]]))
    end)
end)
