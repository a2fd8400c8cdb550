-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local stores = require("support.stores")

describe("Debian's lua-nginx-redis", function()
    local server, path

    local function run(code)
        return server:run(([[
            local path = "unix:%s"
            local redis = require("nginx.redis")

            local function connected()
                local red = redis:new()
                red:set_timeout(5000)
                assert(red:connect(path))
                return red
            end
        ]]):format(path) .. code)
    end

    setup(function()
        path = stores.redis()
        server = code_server.start({ http = stores.lua_path })
    end)

    it("sets and gets, and knows a null", function()
        assert.equal("OK Pandan true", run([[
            local red = connected()
            local ok = red:set("name", "Pandan")
            local name = red:get("name")
            local none = red:get("nobody")
            return ok .. " " .. name .. " " .. tostring(none == ngx.null)
        ]]))
    end)

    it("keeps its connection in the pool", function()
        assert.equal("true", run([[
            local red = connected()
            red:ping()
            assert(red:set_keepalive(10000, 10))
            red = connected()
            return tostring(red:get_reused_times() > 0)
        ]]))
    end)

    it("sends many commands at once", function()
        assert.equal("OK 1 2 3", run([[
            local red = connected()
            red:init_pipeline()
            red:set("n", 0)
            for _ = 1, 3 do
                red:incr("n")
            end
            local answers = assert(red:commit_pipeline())
            return table.concat(answers, " ")
        ]]))
    end)

    it("runs transactions and tells of errors", function()
        assert.equal("QUEUED 1 false ERR unknown", run([[
            local red = connected()
            red:del("set")
            red:multi()
            local queued = red:sadd("set", "a")
            local answers = assert(red:exec())
            local ok, err = red:eval("return redis.call('nothing')", 0)
            return queued .. " " .. answers[1] .. " " .. tostring(ok) .. " "
                .. err:gsub("^ERR [Uu]nknown.*", "ERR unknown")
        ]]))
    end)

    it("hears what another request publishes", function()
        assert.equal("message news hello", run([[
            local red = connected()
            assert(red:subscribe("news"))
            local thread = ngx.thread.spawn(function()
                return red:read_reply()
            end)
            connected():publish("news", "hello")
            local _, message = ngx.thread.wait(thread)
            return table.concat(message, " ")
        ]]))
    end)

    it("carries bytes of any kind and size", function()
        assert.equal("true", run([[
            local red = connected()
            local bytes = ("\0\r\n\255"):rep(50000)
            red:set("bytes", bytes)
            return tostring(red:get("bytes") == bytes)
        ]]))
    end)

    it("times out without harm to the next", function()
        assert.equal("nil timeout PONG", run([[
            local red = connected()
            red:set_timeout(20)
            local value, err = red:blpop("empty", 0)
            return tostring(value) .. " " .. err .. " " .. connected():ping()
        ]]))
    end)

    it("lets the connector open it from a URL's parts", function()
        assert.equal("PONG true", run([[
            local connector = require("nginx.redis.connector")
            local rc = connector.new({ path = path })
            local red = assert(rc:connect())
            local pong = red:ping()
            return pong .. " " .. tostring(rc:set_keepalive(red) == 1)
        ]]))
    end)
end)
