-- SPDX-License-Identifier: MIT
--- What config/cache.lua says of level 3 holds for the app's own cache and for
--- its pages, though it is read before there are workers.
local app = require("support.app")
local redis = require("support.redis")

local FILES = {
    ["config/routes.lua"] = [[
        return function(r)
            r:get("/value", "things@value")
            r:get("/page", "things@page")
        end
    ]],
    ["application/controllers/things.lua"] = [[
        local cache = require("pandan.cache")
        local count = 0

        return {
            use = {
                require("pandan.page_cache").new { ttl = 60 },
                only = { "page" },
            },
            value = function()
                local value, _, from = cache:get("thing", nil, function()
                    return "a thing"
                end)
                return value .. " " .. from
            end,
            page = function()
                count = count + 1
                return "page " .. ngx.worker.pid() .. " " .. count
            end,
        }
    ]],
}

describe("an app whose configuration names a Redis", function()
    local one, two

    setup(function()
        local url = redis.start():url()

        FILES["config/cache.lua"] = ("return { remote = %q }"):format(url)

        local function host()
            return app.start({ files = FILES, http = [[
                lua_shared_dict pandan 1m; lua_shared_dict pandan_cache 4m;
            ]] })
        end
        one, two = host(), host()
    end)

    it("shares values between hosts", function()
        assert.equal("a thing load", one:get("/value").body)
        assert.equal("a thing l3", two:get("/value").body)
    end)

    it("shares pages between hosts", function()
        local headers = { Host = "shop.example" }
        local page = one:get("/page", { headers = headers }).body

        assert.equal(page, two:get("/page", { headers = headers }).body)
    end)
end)
