-- SPDX-License-Identifier: MIT
--- Finer points of the modules that answer for those of OpenResty, as their
--- documents and test suites have them.
local code_server = require("support.code_server")

local HTTP = [[
    lua_package_path "{{root}}/framework/migration/?.lua;]]
    .. [[{{root}}/framework/?.lua;{{root}}/framework/?/init.lua;;";
    lua_shared_dict locks 1m;
    lua_shared_dict values 4m;
    init_worker_by_lua_block {
        mlcache = require("resty.mlcache")
        show = function(...)
            local t = { ... }
            for i = 1, select("#", ...) do t[i] = tostring(t[i]) end
            return table.concat(t, " ")
        end
        why = function(fn, ...)
            return (select(2, pcall(fn, ...)):gsub("^.-:%d+: ", ""))
        end
    }
]]

describe("the native resty modules", function()
    local server

    local function gives(expected, code)
        assert.equal(expected, server:run(code))
    end

    setup(function()
        server = code_server.start({ http = HTTP })
    end)

    it("evict what was not read for longest", function()
        gives("nil 1 3", [[
            local lru = require("resty.lrucache.pureffi").new(2)
            lru:set("a", 1) lru:set("b", 2)
            lru:get("b") lru:get("a")
            lru:set("c", 3)
            return show(lru:get("b")) .. " " .. lru:get("a") .. " "
                .. lru:get("c")
        ]])
    end)

    it("tell what is wrong with mlcache's options", function()
        gives("opts.ttl must be a number, opts.neg_ttl must be >= 0, "
            .. "opts must be a table, opts.ttl must be >= 0, "
            .. "no such lua_shared_dict for opts.shm_miss: none", [[
            local c = mlcache.new("options", "values")
            local _, err = mlcache.new("x", "values", { shm_miss = "none" })
            return table.concat({
                why(mlcache.new, "x", "values", { ttl = "1" }),
                why(mlcache.new, "x", "values", { neg_ttl = -1 }),
                why(c.get, c, "k", 1, print),
                why(c.set, c, "k", { ttl = -1 }, 1), err,
            }, ", ")
        ]])
    end)

    it("keep a callback's error apart from what it raises", function()
        gives("nil no nil, both why nil, true nil 4, true 1", [[
            local c = mlcache.new("errors", "values", { ttl = 0.01 })
            local out = {}
            out[1] = show(c:get("a", nil, function() return nil, "no" end))
            out[2] = show(c:get("a", nil, function()
                return "both", "why"
            end))
            local value, err, level = c:get("a", nil, function()
                error("oops")
            end)
            assert(value == nil and level == nil)
            assert(err:find("^callback threw an error: .-oops\nstack"))
            c:get("a", nil, function() return true end)
            ngx.sleep(0.02)
            local o = { resurrect_ttl = 10 }
            local function fails() return nil, "no" end
            out[3] = show(c:get("a", o, fails))
            local again, _, from = c:get("a", o, fails)
            out[4] = show(again, from)
            return table.concat(out, ", ")
        ]])
    end)

    it("tell that another one's callback took too long", function()
        gives("nil could not acquire callback lock: timeout", [[
            local c = mlcache.new("slow", "values",
                { resty_lock_opts = { timeout = 0.02 } })
            local thread = ngx.thread.spawn(c.get, c, "k", nil, function()
                ngx.sleep(0.2)
                return 1
            end)
            local value, err = c:get("k", nil, function() return 2 end)
            ngx.thread.wait(thread)
            return show(value, err)
        ]])
    end)

    it("look at values, old ones too, without a callback", function()
        gives("0 nil 1 nil, nil, true nil old true, nil nil -1", [[
            local c = mlcache.new("peeks", "values")
            c:get("ever", { ttl = 0 }, function() return 1 end)
            c:get("old", { ttl = 0.01 }, function() return "old" end)
            ngx.sleep(0.02)
            local left, _, value, stale = c:peek("old", true)
            return show(c:peek("ever")):gsub(" nil$", " nil") .. ", "
                .. show((c:peek("old"))) .. ", "
                .. show(left < 0, nil, value, stale) .. ", "
                .. show(c:get("none"))
        ]])
    end)

    it("serialize for level 1 in protected mode, and what is set", function()
        gives("[v], l1_serializer returned a nil value, "
            .. "l1_serializer threw an error: ", [[
            local c = mlcache.new("serial", "values", {
                l1_serializer = function(v) return "[" .. v .. "]" end,
            })
            c:set("k", nil, "v")
            local out = { c:get("k") }
            local _
            for i, fn in ipairs({
                function() end, function() error("oops") end,
            }) do
                _, out[i + 1] = c:get("k" .. i, { l1_serializer = fn },
                    function() return 1 end)
            end
            out[3] = out[3]:match("^l1_serializer threw an error: ")
            return table.concat(out, ", ")
        ]])
    end)

    it("run the callbacks of a bulk beside each other", function()
        gives("1 nil 3, 2 nil 3, 3 nil 3, true", [[
            local c = mlcache.new("bulk", "values")
            local running, most = 0, 0
            local function cb(value)
                running = running + 1
                most = math.max(most, running)
                ngx.sleep(0.02)
                running = running - 1
                return value
            end
            local res = c:get_bulk {
                "a", nil, cb, 1, "b", nil, cb, 2, "c", nil, cb, 3, n = 3,
            }
            local out = {}
            for i, value, err, level in mlcache.each_bulk_res(res) do
                out[i] = show(value, err, level)
            end
            out[4] = show(most > 1)
            return table.concat(out, ", ")
        ]])
        gives("key at index 5 must be a string for operation 2 (got boolean)",
            [[
                local c = mlcache.new("bulk", "values")
                return why(c.get_bulk, c, {
                    "a", nil, print, nil, false, nil, print, nil, n = 2,
                })
            ]])
    end)

    it("undo what combined limits took when one of them refuses", function()
        gives("0 0 1, rejected, 0 1", [[
            local traffic = require("resty.limit.traffic")
            local req = require("resty.limit.req").new("values", 10, 5)
            local count = require("resty.limit.count").new("values", 2, 60)
            local limits, keys, states = { req, count }, { "r", "c" }, {}
            local out = {}
            out[1] = show(traffic.combine(limits, keys, states),
                states[1], states[2])
            count:incoming("c", true)
            local _, err = traffic.combine(limits, keys, states)
            out[2] = err
            -- what is told is of the last time that none refused
            out[3] = show(states[1], states[2])
            return table.concat(out, ", ")
        ]])
    end)
end)
