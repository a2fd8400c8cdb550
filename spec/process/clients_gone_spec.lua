-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local files = require("support.files")

local WAYS = {
    semaphore = 'require("ngx.semaphore").new():wait(60)',
    thread = 'ngx.run_worker_thread("pool", "work", "wait_for", %q)',
    read = 'require("ngx.pipe").spawn({ "cat" }):stdout_read_all()',
    write = 'require("ngx.pipe").spawn({ "sleep", "60" })'
        .. ':write(("x"):rep(1000000))',
    wait = 'require("ngx.pipe").spawn({ "sleep", "60" }):wait()',
}

local WORK = [[
    return {
        wait_for = function(path)
            repeat
                os.execute("sleep 0.01")
                local f = io.open(path)
            until f
            f:close()
        end,
    }
]]

local function names()
    local list = {}

    for name in pairs(WAYS) do
        list[#list + 1] = name
    end

    table.sort(list)

    return list
end

describe("a client that leaves", function()
    local server

    local function counters()
        return server:run([[
            local c = require("pandan.runtime").counters()
            return c.tasks .. " tasks " .. c.waits .. " waits " .. c.hosts
                .. " hosts"
        ]])
    end

    setup(function()
        local places = {}

        for name, code in pairs(WAYS) do
            places[#places + 1] = ([[
                location /%s {
                    lua_check_client_abort on;
                    content_by_lua_block {
                        begun = (begun or 0) + 1
                        ngx.on_abort(function()
                            gone = (gone or 0) + 1
                            ngx.exit(499)
                        end)
                        %s
                    }
                }
            ]]):format(name, code:format("{{dir}}/sign"))
        end

        server = code_server.start({
            main = "thread_pool pool threads=4;",
            server = table.concat(places, "\n"),
            files = { ["work.lua"] = WORK },
        })
    end)

    for _, name in ipairs(names()) do
        it("takes the task along that waits by " .. name, function()
            local before = counters()
            local clients = {}

            server:run("begun, gone = 0, 0 return ''")

            for i = 1, 3 do
                clients[i] = server:connect()
                clients[i]:request("GET", "/" .. name)
            end

            server:run([[
                while begun < 3 do ngx.sleep(0.001) end
                return ""
            ]])

            for _, client in ipairs(clients) do
                client:close()
            end

            server:run([[
                while gone < 3 do ngx.sleep(0.001) end
                return ""
            ]])
            assert.equal(before, counters())
        end)
    end

    it("leaves a thread to its end, and the worker may stop", function()
        files.write(server.dir .. "/sign", "")
        assert.equal(0, server:stop("QUIT"))
    end)
end)
