-- SPDX-License-Identifier: MIT
local load = require("support.load")
local nginx = require("support.nginx")

describe("a reload under load", function()
    it("drops no request", function()
        local server = nginx.start({
            log_level = "warn",
            workers = 2,
            server = [[
                location / {
                    content_by_lua_block {
                        ngx.sleep(0.002)
                        ngx.say("hello")
                    }
                }
            ]],
        })
        local run = load.start(
            ("http://127.0.0.1:%d/"):format(server.port), "-c 20", 20000
        )
        local reloads = 0

        while run.running() and reloads < 20 do
            server:reload(nil, 30)
            reloads = reloads + 1
        end

        local result = run.finish()

        assert.is_true(reloads >= 2, "the load ended too early")
        assert.equal(run.count, result.complete, result.text)
        assert.equal(0, result.failed, result.text)
        assert.equal(0, result.not_ok, result.text)
    end)
end)
