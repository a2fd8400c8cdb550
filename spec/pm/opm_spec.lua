-- SPDX-License-Identifier: MIT
local opm = require("support.opm")
local rocks = require("support.rocks")

describe("a package of opm", function()
    local home = require("support.cli").folder()

    opm.package(home, "lua-resty-a", "0.01")
    opm.package(home, "lua-resty-a", "0.02")
    opm.package(home, "lua-resty-a", "0.1")
    opm.package(home, "lua-resty-b", "1.0", "acme/lua-resty-a, nginx >= 1.9")
    opm.package(home, "lua-resty-b", "1.0.1",
        "acme/lua-resty-a >= 0.02, ngx_http_lua > 0.10")

    local server = opm.serve(home)

    local function project(dependencies)
        local made = rocks.project(nil, dependencies)

        made.more_env.PANDAN_OPM_URL = "http://127.0.0.1:" .. server.port

        return made
    end

    it("comes with what it requires, the highest that fits", function()
        local made = project { ["opm:acme/lua-resty-b"] = "" }
        local out = made:ok("install")

        -- 0.02 is newer than 0.1, by opm's rules
        assert.matches("+ opm:acme/lua-resty-a 0.02\n", out, 1, true)
        assert.matches("+ opm:acme/lua-resty-b 1.0.1\n", out, 1, true)
        assert.equal("1.0.1", made:ok("exec luajit -e "
            .. "'io.write(require(\"resty.b\")._VERSION)'"))
    end)

    it("is the version that is asked for", function()
        local made = project { ["opm:acme/lua-resty-a"] = "= 0.1" }

        assert.matches("opm:acme/lua-resty-a 0.1\n", made:ok("install"), 1,
            true)
    end)

    it("is installed from the lock by another user", function()
        local made = project { ["opm:acme/lua-resty-b"] = ">= 1.0" }

        made:ok("install")

        local clone = made:clone(true)

        clone:ok("install --locked")
        assert.equal(made:modules(), clone:modules())
    end)

    it("that does not exist is said so", function()
        local result = project { ["opm:acme/lua-resty-c"] = "" }
            :run("install")

        assert.equal(3, result.code)
        assert.matches("acme/lua-resty-c", result.stderr, 1, true)
    end)

    it("that is not what its server says is refused", function()
        local bad = opm.serve(home, true)
        local made = project { ["opm:acme/lua-resty-a"] = "" }

        made.more_env.PANDAN_OPM_URL = "http://127.0.0.1:" .. bad.port

        local result = made:run("install")

        assert.equal(5, result.code)
        assert.matches("P0507", result.stderr)
    end)
end)
