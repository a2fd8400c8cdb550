-- SPDX-License-Identifier: MIT
local load = require("support.load")
local nginx = require("support.nginx")

describe("a page in Lua under load", function()
    local url

    setup(function()
        local server = nginx.start({
            log_level = "warn",
            server = [[
                location / {
                    keepalive_requests 1000000;
                    content_by_lua_block { ngx.say("hello") }
                }
            ]],
        })

        url = ("http://127.0.0.1:%d/"):format(server.port)
    end)

    it("answers 100 clients at a time, each on a new connection", function()
        local result, count = load.run(url, "-c 100", 10000)

        assert.equal(count, result.complete, result.text)
        assert.equal(0, result.failed, result.text)
        assert.equal(0, result.not_ok, result.text)
    end)

    it("answers 100 clients at a time that keep their connections",
        function()
            local result, count = load.run(url, "-k -c 100", 100000)

            assert.equal(count, result.complete, result.text)
            assert.equal(0, result.failed, result.text)
            assert.equal(0, result.not_ok, result.text)
        end)
end)
