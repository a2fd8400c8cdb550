-- SPDX-License-Identifier: MIT
--- What any program changes in Redis, this host's levels forget.
local redis = require("support.redis")
local workers = require("support.workers")

local HTTP = [[
    lua_shared_dict pandan 1m;
    lua_shared_dict pandan_cache 4m;
    init_worker_by_lua_block {
        users = require("pandan.cache").new("users", { ttl = 3600 })
        source = require("pandan.redis").open("%s")
        tracker = source:track({
            prefixes = { "user:" },
            clear = function(key) users:forget(key) end,
        })
        look = function(key)
            local value, err, from = users:get(key, nil, function()
                return source:get(key)
            end)
            return tostring(value) .. " " .. tostring(err or from)
        end
        await = function(fn)
            for _ = 1, 1000 do
                if fn() then return "at last" end
                ngx.sleep(0.01)
            end
        end
    }
]]

describe("a cache of what lies in Redis", function()
    local server, one, two

    local function both(code)
        return one:run(code) .. ", " .. two:run(code)
    end

    setup(function()
        server = redis.start()
        one, two = workers.start(2, { http = HTTP:format(server:url()) }):two()
        both([[return await(function() return tracker.connected end)]])
    end)

    it("learns of each change, in all workers", function()
        server:cli("set user:7 ann")
        both([[return look("user:7")]])
        assert.equal("ann l1, ann l1", both([[return look("user:7")]]))
        server:cli("set user:7 bob")
        assert.equal("at last, at last", both([[
            return await(function() return look("user:7"):find("bob") end)
        ]]))
    end)

    it("forgets all when it could not hear", function()
        server:cli("set user:8 cyd")
        both([[return look("user:8")]])
        server:cli("client kill type pubsub")
        server:cli("client kill type normal")
        server:cli("set user:8 dan")
        assert.equal("at last, at last", both([[
            return await(function() return look("user:8"):find("dan") end)
        ]]))
    end)
end)
