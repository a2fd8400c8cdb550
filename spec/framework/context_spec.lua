-- SPDX-License-Identifier: MIT
local app = require("support.app")

local server = app.start {
    env = "production",
    files = {
        ["config/routes.lua"] = [[
            return function(r)
                r:get("/wait/{n:int}", "hello@wait")
                r:get("/waiting", "hello@waiting")
                r:get("/go", "hello@go")
            end
        ]],
        ["application/controllers/hello.lua"] = [[
            local context = require("pandan.context")

            local door = require("ngx.semaphore").new()
            local Hello = {}

            local function own(request)
                return tostring(context.request() == request)
            end

            function Hello:wait()
                local before = own(self.request)
                local _, err = door:wait(10)
                local within

                ngx.thread.wait(ngx.thread.spawn(function()
                    within = own(self.request)
                end))
                return table.concat({ before, own(self.request), within,
                    err }, " ")
            end

            function Hello:waiting()
                return tostring(-door:count())
            end

            function Hello:go()
                door:post()
                return own(self.request)
            end

            return Hello
        ]],
    },
}

describe("the request at hand", function()
    it("is each one's own, however many wait", function()
        local connections = {}

        for i = 1, 3 do
            connections[i] = server:connect()
            connections[i]:request("GET", "/wait/" .. i)
            require("support.process").wait_until(5, function()
                return server:get("/waiting").body == tostring(i)
            end)
        end

        for i = 1, 3 do
            assert.equal("true", server:get("/go").body)
            assert.equal("true true true", connections[i]:response().body)
        end
    end)
end)
