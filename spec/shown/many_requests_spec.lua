-- SPDX-License-Identifier: MIT
local app = require("support.app")
local load = require("support.load")
local nginx = require("support.nginx")

local SETTINGS = "keepalive_requests 1000000;\n"

local function start_bare()
    return nginx.start({
        log_level = "warn",
        http = SETTINGS,
        server = [[
            location / { content_by_lua_block { ngx.say("hello") } }
        ]],
    })
end

local function start_app()
    return app.start({
        env = "production",
        http = SETTINGS,
        files = {
            ["config/routes.lua"] = [[
                return function(r)
                    r:get("/", "hello@index")
                end
            ]],
            ["application/controllers/hello.lua"] = [[
                local Hello = {}

                function Hello:index()
                    return "hello"
                end

                return Hello
            ]],
        },
    })
end

local function check(url, options, count)
    local result, asked = load.run(url, options, count)

    assert.equal(asked, result.complete, result.text)
    assert.equal(0, result.failed, result.text)
    assert.equal(0, result.not_ok, result.text)
end

for name, start in pairs({
    ["a page in Lua"] = start_bare,
    ["a controller's page"] = start_app,
}) do
    describe(name, function()
        local url

        setup(function()
            url = ("http://127.0.0.1:%d/"):format(start().port)
        end)

        it("answers 100 clients at a time, each on a new connection",
            function()
                check(url, "-c 100", 10000)
            end)

        it("answers 100 clients at a time that keep their connections",
            function()
                check(url, "-k -c 100", 100000)
            end)
    end)
end
