-- SPDX-License-Identifier: MIT
--- The modules that answer for those of OpenResty, on the path by option.
local code_server = require("support.code_server")

local HTTP = [[
    lua_package_path "{{root}}/framework/migration/?.lua;]]
    .. [[{{root}}/framework/?.lua;{{root}}/framework/?/init.lua;;";
    lua_shared_dict locks 1m;
    lua_shared_dict values 4m;
]]

describe("the native resty modules", function()
    local server

    setup(function()
        server = code_server.start({ http = HTTP })
    end)

    it("answer as resty.lrucache does", function()
        assert.equal("1 nil 0|nil 2 7|3 2|c,b|0", server:run([[
            local lru = require("resty.lrucache").new(2)
            lru:set("a", 1)
            local function show(...)
                local t = { ... }
                for i = 1, 3 do t[i] = tostring(t[i]) end
                return table.concat(t, " ")
            end
            local out = { show(lru:get("a")) }
            lru:set("b", 2, 0.01, 7)
            ngx.sleep(0.02)
            out[2] = show(lru:get("b"))
            lru:set("c", 3)
            out[3] = lru:get("c") .. " " .. lru:count()
            out[4] = table.concat(lru:get_keys(), ",")
            lru:flush_all()
            out[5] = lru:count()
            return table.concat(out, "|")
        ]]))
    end)

    it("answer as resty.lock does", function()
        assert.equal("0 locked|nil timeout|1|nil unlocked|true", server:run([[
            local resty_lock = require("resty.lock")
            local one = resty_lock:new("locks")
            local two = resty_lock:new("locks", { timeout = 0.02 })
            local _, missing = resty_lock:new("no such dictionary")
            assert(missing == "dictionary not found")
            local out = {}
            local elapsed = one:lock("a")
            local _, err = one:lock("a")
            out[1] = elapsed .. " " .. err
            elapsed, err = two:lock("a")
            out[2] = tostring(elapsed) .. " " .. err
            assert(one:expire(10))
            out[3] = one:unlock()
            elapsed, err = one:unlock()
            out[4] = tostring(elapsed) .. " " .. err
            out[5] = tostring(two:lock("a") ~= nil)
            two:unlock()
            return table.concat(out, "|")
        ]]))
    end)

    it("answer as resty.mlcache does", function()
        assert.equal("v1 nil 3|v1 nil 1|nil nil 3|nil nil 1|nil no nil|v2",
            server:run([[
                local mlcache = require("resty.mlcache")
                local cache = assert(mlcache.new("ml", "values", { ttl = 1 }))
                local out = {}
                local function get(...)
                    local value, err, level = cache:get(...)
                    out[#out + 1] = tostring(value) .. " " .. tostring(err)
                        .. " " .. tostring(level)
                end
                local function cb(a) return a end
                get("a", nil, cb, "v1")
                get("a", nil, cb, "other")
                get("none", nil, cb)
                get("none", nil, cb)
                get("bad", nil, function() return nil, "no" end)
                cache:set("a", nil, "v2")
                assert(cache:peek("a") > 0.5)
                out[#out + 1] = (cache:get("a"))
                cache:delete("a")
                assert(cache:peek("a") == nil)
                return table.concat(out, "|")
            ]]))
    end)

    it("run mlcache's callbacks with ttl, serializer, stale value", function()
        assert.equal("[x] [x]|old nil 4|nil|2 b", server:run([[
            local mlcache = require("resty.mlcache")
            local cache = assert(mlcache.new("ml2", "values", {
                l1_serializer = function(value) return "[" .. value .. "]" end,
            }))
            local out = {}
            out[1] = cache:get("s", nil, function() return "x" end) .. " "
                .. cache:get("s")
            cache = assert(mlcache.new("ml3", "values",
                { resurrect_ttl = 10 }))
            cache:get("t", nil, function() return "old", nil, 0.01 end)
            ngx.sleep(0.02)
            local value, err, level = cache:get("t", nil, function()
                return nil, "down"
            end)
            out[2] = value .. " " .. tostring(err) .. " " .. level
            cache:get("u", nil, function() return 1, nil, -1 end)
            out[3] = tostring(cache:peek("u"))
            local bulk = mlcache.new_bulk(2)
            bulk:add("b1", nil, function() return "a" end)
            bulk:add("b2", nil, function(x) return x end, "b")
            local results = cache:get_bulk(bulk)
            local last
            for i, found in mlcache.each_bulk_res(results) do
                last = i .. " " .. found
            end
            out[4] = last
            return table.concat(out, "|")
        ]]))
    end)

    it("answer as resty.limit.* do", function()
        assert.equal("0 0.5 rejected|0 1 rejected 1|0 0.1 rejected 1|0.5",
            server:run([[
                local out = {}
                local req = require("resty.limit.req").new("values", 2, 1)
                local first = req:incoming("k", true)
                local second = req:incoming("k", true)
                local _, err = req:incoming("k", true)
                out[1] = ("%.1g %.1g %s"):format(first, second, err)

                local count = require("resty.limit.count")
                    .new("values", 2, 10)
                local delay, left = count:incoming("c", true)
                count:incoming("c", true)
                _, err = count:incoming("c", true)
                count:uncommit("c")
                out[2] = delay .. " " .. left .. " " .. err .. " "
                    .. count:uncommit("c")

                local conn = require("resty.limit.conn")
                    .new("values", 1, 1, 0.1)
                first = conn:incoming("n", true)
                second = conn:incoming("n", true)
                _, err = conn:incoming("n", true)
                out[3] = first .. " " .. second .. " " .. err .. " "
                    .. conn:leaving("n", 0.3)

                local traffic = require("resty.limit.traffic")
                req:uncommit("k")
                out[4] = ("%.1g"):format(traffic.combine({ req, count },
                    { "k", "other" }, {}))
                return table.concat(out, "|")
            ]]))
    end)
end)
