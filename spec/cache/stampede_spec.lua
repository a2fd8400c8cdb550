-- SPDX-License-Identifier: MIT
local process = require("support.process")
local shell = require("support.shell")
local workers = require("support.workers")

local HTTP = [[
    lua_shared_dict pandan 1m;
    lua_shared_dict pandan_cache 4m;
    init_worker_by_lua_block {
        cache = require("pandan.cache").new("specs", { ttl = 30, wait = 30 })
        count = function(name) ngx.shared.pandan:incr(name, 1, 0) end
    }
]]

-- Loads until somebody says that it is enough.
local SLOW = [[
    local value, err, from = cache:get("%s", nil, function()
        count("%s")
        while not ngx.shared.pandan:get("go") do
            ngx.sleep(0.01)
        end
        %s
    end)
    return tostring(value) .. " " .. tostring(err) .. " " .. from
]]

local CLIENTS = 40

describe("many who ask for what is not there", function()
    local server, one, two

    local function ask(name, what)
        local list = {}

        server:run([[ngx.shared.pandan:delete("go") return ""]])

        for i = 1, CLIENTS do
            list[i] = server:connect(30)
            list[i]:request("POST", "/run",
                { body = SLOW:format(name, name, what) })
        end

        assert(process.wait_until(10, function()
            return one:run([[
                return tostring(ngx.shared.pandan:get("]] .. name .. [["))
            ]]) ~= "nil"
        end))

        return list
    end

    local function go(list)
        local answers = {}

        server:run([[ngx.shared.pandan:set("go", true) return ""]])

        for i = 1, CLIENTS do
            local body = list[i]:response().body

            answers[body] = (answers[body] or 0) + 1
            list[i]:close()
        end

        return answers
    end

    local function count(name)
        return one:run([[return ngx.shared.pandan:get("]] .. name .. [[")]])
    end

    setup(function()
        server = workers.start(4, {
            http = HTTP, allow = { "exited on signal 9" },
        })
        one, two = server:two()
    end)

    it("are answered by one load", function()
        local answers = go(ask("many", "return 'v'"))

        assert.equal("1", count("many"))
        assert.equal(1, answers["v nil load"])
        assert.equal(CLIENTS, answers["v nil load"]
            + (answers["v nil l1"] or 0) + (answers["v nil l2"] or 0))
    end)

    it("all learn that it failed, after one try", function()
        local answers = go(ask("fails", "return nil, 'down'"))

        assert.equal("1", count("fails"))
        assert.equal(CLIENTS, answers["nil down loader"])
    end)

    it("go on when the worker that loads is killed", function()
        local value = [[
            local value, err, from = cache:get("dies", nil, function()
                if ngx.shared.pandan:incr("dies", 1, 0) == 1 then
                    ngx.sleep(60)
                end
                return "second"
            end)
            return value .. " " .. from
        ]]

        one:send(value)
        assert(process.wait_until(10, function()
            return two:run([[return tostring(ngx.shared.pandan:get("dies"))]])
                == "1"
        end))
        two:send(value)
        shell.run("kill -KILL " .. one.pid)
        assert.equal("second load", two:take())
        one = server:two()
    end)

    it("go on when who loads hangs longer than his time", function()
        assert.equal("second load", server:run([[
            local function get()
                return cache:get("hangs", { load_timeout = 0.1 }, function()
                    if ngx.shared.pandan:incr("hangs", 1, 0) == 1 then
                        ngx.sleep(0.5)
                        return "first"
                    end
                    return "second"
                end)
            end
            local first = ngx.thread.spawn(get)
            local value, _, from = get()
            ngx.thread.wait(first)
            -- what came too late was not kept
            assert(cache:peek("hangs") == "second")
            return value .. " " .. from
        ]]))
    end)

    it("are told when they waited in vain, or get what is old", function()
        assert.equal("nil timeout, old stale", server:run([[
            local out = {}
            local function get()
                return cache:get("late", { wait = 0.05 }, function()
                    ngx.sleep(0.3)
                    return "new"
                end)
            end
            local first = ngx.thread.spawn(get)
            local value, _, code = get()
            out[1] = tostring(value) .. " " .. code
            ngx.thread.wait(first)
            cache:set("late", "old", { ttl = 0.01 })
            ngx.sleep(0.02)
            first = ngx.thread.spawn(get)
            value, _, code = get()
            out[2] = value .. " " .. code
            ngx.thread.wait(first)
            return table.concat(out, ", ")
        ]]))
    end)
end)
