-- SPDX-License-Identifier: MIT
local cli = require("support.cli")

describe("pandan", function()
    local function refuses(words, code, pattern, options)
        local result = cli.run(words, options)

        assert.equal(code, result.code)
        assert.matches(pattern, result.stderr)
        assert.equal("", result.stdout)
    end

    it("suggests the command that was meant", function()
        refuses("genrate x", 2, "no command 'genrate'; did you mean "
            .. "'generate'")
        refuses("strat", 2, "did you mean 'start'")
        refuses("db mgirate", 2, "did you mean 'migrate'")
        refuses("config ngnix", 2, "did you mean 'nginx'")
    end)

    it("suggests the option that was meant", function()
        refuses("new x --frce", 2, "unknown option '%-%-frce'; did you mean "
            .. "'%-%-force'")
    end)

    it("suggests nothing when nothing is near", function()
        refuses("xyzzyqwert", 2, "'pandan help' lists all")
    end)

    it("wants the words that a command needs", function()
        refuses("new", 2, "usage: pandan new")
        refuses("new a b", 2, "does not take 'b'")
        refuses("new a --db", 2, "'%-%-db' needs a KIND")
    end)

    it("wants to be in an application", function()
        refuses("routes", 3, "pandan new", { cwd = "/" })
    end)

    it("knows its environments", function()
        local app = cli.app("blog")

        refuses("start --env prodction", 2, "did you mean 'production'",
            { cwd = app.root })
    end)

    it("prints help to standard output", function()
        local result = cli.run("help new")

        assert.equal(0, result.code)
        assert.equal(result.stdout, cli.run("new -h").stdout)
        assert.equal(result.stdout, cli.run("new --help").stdout)
        assert.matches("^Usage: pandan new NAME", result.stdout)
    end)

    it("prints its version", function()
        assert.matches("^pandan %d+%.%d+%.%d+\n$", cli.run("version").stdout)
        assert.equal(cli.run("version").stdout, cli.run("--version").stdout)
    end)

    it("lists nginx's modules in load order", function()
        local names = {}

        for name in cli.run("modules").stdout:gmatch("([^/\n]+)\n") do
            names[#names + 1] = name
        end

        assert.same({ "ngx_pandan_module.so", "ngx_pandan_db_module.so",
            "ngx_http_pandan_module.so", "ngx_stream_pandan_module.so" },
            names)
    end)
end)
