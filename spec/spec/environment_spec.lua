-- SPDX-License-Identifier: MIT
local inner = require("support.inner")
local nginx = require("support.nginx")

describe("a spec file", function()
    it("writes no global", function()
        inner.run([[
            leaked = "yes"
            it("x", function() leaked_too = "yes" end)
        ]])
        assert.is_nil(rawget(_G, "leaked"))
        assert.is_nil(rawget(_G, "leaked_too"))
        assert.is_nil(rawget(_G, "describe"))
    end)

    it("forgets the modules of an insulated block", function()
        local result = inner.run([[
            package.preload["inner.module"] = function() return {} end
            insulate("block", function()
                it("loads", function() require("inner.module") end)
            end)
            it("is gone", function()
                assert.is_nil(package.loaded["inner.module"])
            end)
        ]])

        package.preload["inner.module"] = nil
        assert.equal(2, result.passed)
    end)

    it("may wait in a test, inside of nginx", function()
        local server = nginx.start({
            server = [[
                location / {
                    content_by_lua_block {
                        require("pandan.spec").run {
                            files = { "{{dir}}/waits_spec.lua" },
                            output = ngx.print,
                        }
                    }
                }
            ]],
            files = {
                ["waits_spec.lua"] = [[
                    before_each(function() ngx.sleep(0.001) end)
                    it("sleeps", function()
                        ngx.sleep(0.01)
                        assert.has_error(function()
                            ngx.sleep(0.01)
                            error("late")
                        end, "late")
                    end)
                ]],
            },
        })

        assert.matches("1 passed, 0 failed\n$", server:get("/").body)
    end)
end)
