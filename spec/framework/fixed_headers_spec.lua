-- SPDX-License-Identifier: MIT
local app = require("support.app")
local http = require("support.http")

local server = app.start {
    env = "production",
    files = {
        ["config/application.lua"] = [[
            return { name = "app", security_headers = {
                ["Referrer-Policy"] = "no-referrer",
                ["Cross-Origin-Opener-Policy"] = false,
            } }
        ]],
        ["config/routes.lua"] = [[
            return function(r)
                r:get("/", "hello@index")
                r:get("/own", "hello@own")
            end
        ]],
        ["application/controllers/hello.lua"] = [[
            local Hello = {}

            function Hello:index()
                return "Hello"
            end

            function Hello:own()
                self:header("x-frame-options", "SAMEORIGIN")
                self:header("X-Request-Id", "mine")
                return self:header("X-Other", { "a", "b" })
                    :html("Hello")
            end

            return Hello
        ]],
    },
}

describe("the headers of all pages", function()
    it("are those of the framework, as the app changed them", function()
        local headers = server:get("/").headers

        assert.equal("DENY", headers["x-frame-options"])
        assert.equal("nosniff", headers["x-content-type-options"])
        assert.equal("no-referrer", headers["referrer-policy"])
        assert.is_nil(headers["cross-origin-opener-policy"])
        assert.matches("^[%w_-]+%-%d+$", headers["x-request-id"])
    end)

    it("give way to those that a page has set, one by one", function()
        local response = server:get("/own")

        assert.same({ "SAMEORIGIN" },
            http.values(response, "X-Frame-Options"))
        assert.same({ "mine" }, http.values(response, "X-Request-Id"))
        assert.same({ "a", "b" }, http.values(response, "X-Other"))
        assert.equal("nosniff", response.headers["x-content-type-options"])
    end)

    it("carry the id that somebody before us gave", function()
        local response = server:get("/", {
            headers = { ["X-Request-Id"] = "from-before.7" },
        })

        assert.equal("from-before.7", response.headers["x-request-id"])
    end)
end)
