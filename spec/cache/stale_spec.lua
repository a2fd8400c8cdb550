-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

local HTTP = [[
    lua_shared_dict pandan 1m;
    lua_shared_dict pandan_cache 4m;
    init_worker_by_lua_block {
        cache = require("pandan.cache").new("specs",
            { ttl = 0.05, error_ttl = 0.05 })
        loads = 0
        load = function(key)
            loads = loads + 1
            return key .. loads
        end
        -- waits for what a timer is to do
        await = function(fn)
            for _ = 1, 500 do
                if fn() then return true end
                ngx.sleep(0.01)
            end
            error("it never happened")
        end
    }
]]

describe("a value that is old", function()
    local server

    setup(function()
        server = code_server.start({ http = HTTP })
    end)

    it("serves while it is loaded again, beside the request", function()
        assert.equal("a1 stale a2", server:run([[
            loads = 0
            local o = { stale = 30 }
            cache:get("a", o, load)
            ngx.sleep(0.06)
            local value, _, from = cache:get("a", o, load)
            await(function() return loads == 2 end)
            return value .. " " .. from .. " " .. cache:get("a", o, load)
        ]]))
    end)

    it("serves when its loader fails, and the log tells why", function()
        assert.equal("b1 nil stale, b1 nil stale", server:run([[
            loads = 0
            local function fails() return nil, "database is away" end
            cache:get("b", nil, load)
            ngx.sleep(0.06)
            local value, err, from = cache:get("b", nil, fails)
            local again, err2, from2 = cache:get("b", nil, function()
                error("it raised")
            end)
            return value .. " " .. tostring(err) .. " " .. from .. ", "
                .. again .. " " .. tostring(err2) .. " " .. from2
        ]]))
        server:wait_log("cannot load 'b': database is away")
    end)

    it("is not tried again for a moment when its loader failed", function()
        assert.equal("1 2", server:run([[
            local tries = 0
            local function fails() tries = tries + 1 return nil, "no" end
            cache:get("c", nil, load)
            ngx.sleep(0.06)
            cache:get("c", nil, fails)
            cache:get("c", nil, fails)
            local first = tries
            ngx.sleep(0.06)
            cache:get("c", nil, fails)
            return first .. " " .. tries
        ]]))
    end)

    it("does not serve for longer than it may", function()
        assert.equal("nil no loader", server:run([[
            local o = { stale_if_error = 0.05 }
            cache:get("d", o, load)
            ngx.sleep(0.12)
            local value, err, code = cache:get("d", o, function()
                return nil, "no"
            end)
            return tostring(value) .. " " .. err .. " " .. code
        ]]))
    end)

    it("is loaded before it is old when it is told to", function()
        assert.equal("e1 l2 e2", server:run([[
            loads = 0
            local o = { ttl = 10, refresh = 0.005 }
            cache:get("e", o, load)
            ngx.sleep(0.06)
            local value, _, from = cache:get("e", o, load)
            await(function() return loads == 2 end)
            return value .. " " .. from .. " " .. cache:get("e", o, load)
        ]]))
    end)

    it("leaves an answer that the loader raised to who asked", function()
        assert.equal("404", server:run([[
            cache:get("f", nil, load)
            ngx.sleep(0.06)
            local _, err = pcall(cache.get, cache, "f", nil, function()
                error({ status = 404 })
            end)
            return err.status
        ]]))
    end)

    it("raises what the loader raised when there is nothing", function()
        assert.equal("table 500", server:run([[
            local _, err = pcall(cache.get, cache, "g", nil, function()
                error({ status = 500 })
            end)
            return type(err) .. " " .. err.status
        ]]))
    end)
end)
