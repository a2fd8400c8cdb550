-- SPDX-License-Identifier: MIT
--- What a broken app says.
local app = require("support.app")
local files = require("support.files")

local ROUTES = [[
    return function(r)
        r:get("/", "index@index")
    end
]]

local function start(controller, more)
    local all = {
        ["config/routes.lua"] = ROUTES,
        ["application/controllers/index.lua"] = controller,
    }
    for name, text in pairs(more and more.files or {}) do
        all[name] = text
    end
    return app.start({ files = all, env = more and more.env })
end

describe("an app", function()
    it("with a syntax error shows it in the browser", function()
        local res = start("local Index = {}\nreturn Index Index\n"):get("/")

        assert.equal(500, res.status)
        assert.matches("controllers/index.lua:2:", res.body, 1, true)
        assert.matches('class="here"', res.body, 1, true)
    end)

    it("with a route to no action says where it was routed", function()
        local res = start("return {}"):get("/")

        assert.matches("has no action &#39;index&#39;", res.body, 1, true)
        assert.matches("config/routes.lua:2", res.body, 1, true)
    end)

    it("with an accidental global names the line", function()
        local res = start("oops = 1\nreturn { index = 1 }"):get("/")

        assert.matches("index.lua:1: assignment to the global &#39;oops&#39;",
            res.body, 1, true)
    end)

    it("without APP_KEY says so", function()
        local res = start("return {}", { files = { [".env"] = "" } }):get("/")

        assert.matches("APP_KEY must be 32 random bytes", res.body, 1, true)
    end)

    it("shows an error that the command line found, until it is gone",
        function()
            local server = start(
                "return { index = function() return 'fine' end }")
            local note = server.dir .. "/app/.pandan/development/broken.json"

            files.write(note, '{"file":"config/routes.lua","line":2,'
                .. '"message":"unexpected <eof>"}')

            local res = server:get("/")
            assert.equal(500, res.status)
            assert.matches("unexpected &lt;eof&gt;", res.body, 1, true)

            os.remove(note)
            assert.equal("fine", server:get("/").body)
        end)

    it("in production tells nothing of a fault but its id", function()
        local server = start([[
            return { index = function() error("secret detail") end }
        ]], { env = "production" })
        local res = server:get("/")

        assert.equal(500, res.status)
        assert.is_nil(res.body:find("secret detail", 1, true))
        assert.matches(res.headers["x-request-id"], res.body, 1, true)
    end)
end)
