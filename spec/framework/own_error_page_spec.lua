-- SPDX-License-Identifier: MIT
--- The app's own pages for errors.
local app = require("support.app")

local function start(more)
    local all = {
        ["config/routes.lua"] = [[
            return function(r)
                r:get("/fault", "index@fault")
                r:get("/stop", "index@stop")
            end
        ]],
        ["application/controllers/index.lua"] = [[
            local Index = {}
            function Index:fault()
                error("secret detail")
            end
            function Index:stop()
                self:abort(403, "not <you>")
            end
            return Index
        ]],
    }
    for name, text in pairs(more) do
        all[name] = text
    end
    return app.start({ files = all, env = "production" })
end

describe("the page of an error", function()
    it("is the view errors/STATUS when there is one", function()
        local server = start({
            ["application/views/errors/403.html"] = "mine: {{ err.message }}",
            ["application/views/errors/500.html"] =
                "ours {{ err.message or 'kept' }}",
        })
        local res = server:get("/stop")

        assert.equal(403, res.status)
        assert.equal("mine: not &lt;you&gt;", res.body)
        assert.equal("ours kept", server:get("/fault").body)
        assert.matches("Page not found", server:get("/none").body)
    end)

    it("is what controllers/error.lua answers, text or view", function()
        local server = start({
            ["application/controllers/error.lua"] = [[
                local Error = {}
                function Error:error()
                    if self.err.status == 404 then
                        return "no such page"
                    end
                    return self:view({ err = self.err })
                end
                return Error
            ]],
            ["application/views/error/error.html"] = "view {{ err.status }}",
        })

        assert.equal("no such page", server:get("/none").body)
        assert.equal("view 403", server:get("/stop").body)
        assert.equal(403, server:get("/stop").status)
    end)

    it("is the plain one when the app's own fails", function()
        local res = start({
            ["application/views/errors/404.html"] = "{{ nothing.at.all }}",
        }):get("/none")

        assert.equal(404, res.status)
        assert.matches("Page not found", res.body)
    end)

    it("is JSON of an app that serves JSON, unless HTML is asked for",
        function()
            local server = start({
                ["config/application.lua"] =
                    "return { name = 'app', api = true }\n",
            })

            assert.matches('^{"error":"not <you>"', server:get("/stop").body)
            assert.matches("^<!doctype html>", server:get("/stop", {
                headers = { Accept = "text/html,*/*;q=0.8" },
            }).body)
        end)
end)
