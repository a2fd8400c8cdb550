-- SPDX-License-Identifier: MIT
local files = require("support.files")
local nginx = require("support.nginx")
local rocks = require("support.rocks")
local shell = require("support.shell")

-- A server as strict as opm's own: it lists nothing and redirects to the
-- highest version that fits one condition.
local SERVER = [[
location = /api/pkg/fetch {
    content_by_lua_block {
        local have = {
            ["acme/lua-resty-a"] = { "0.01", "0.02", "0.1" },
            ["acme/lua-resty-b"] = { "1.0", "1.0.1" },
        }
        local function runs(text)
            local list = {}
            for n in text:gmatch("%d+") do list[#list + 1] = tonumber(n) end
            return list
        end
        local function less(a, b)
            local x, y = runs(a), runs(b)
            for i = 1, math.max(#x, #y) do
                if (x[i] or -1) ~= (y[i] or -1) then
                    return (x[i] or -1) < (y[i] or -1)
                end
            end
            return false
        end
        local ops = {
            [""] = function() return true end,
            eq = function(v, w) return v == w end,
            ge = function(v, w) return not less(v, w) end,
            gt = function(v, w) return less(w, v) end,
        }
        local args = ngx.req.get_uri_args()
        local op = ops[args.op]
        if not op or not args.account or not args.name or not args.version
            or (args.op == "") ~= (args.version == "") then
            ngx.status = 400
            return ngx.print("bad request")
        end
        local best
        for _, v in ipairs(have[args.account .. "/" .. args.name] or {}) do
            if op(v, args.version) and (not best or less(best, v)) then
                best = v
            end
        end
        if not best then
            ngx.status = 404
            return ngx.print("package not found\n")
        end
        local file = args.name .. "-" .. best .. ".opm.tar.gz"
        local f = assert(io.open("FILES/" .. file, "rb"))
        local sum = ngx.md5(f:read("*a"))
        f:close()
        ngx.header["X-File-Checksum"] = BAD and sum:reverse()
            or sum:gsub("^(%x%x%x%x%x%x%x%x)", "%1-")
        return ngx.redirect("/api/pkg/tarball/" .. args.account .. "/" .. file)
    }
}
location ~ ^/api/pkg/tarball/acme/(.*)$ { alias FILES/$1; }
]]

local function package(folder, name, version, requires)
    local top = name .. "-" .. version .. ".opm"
    local module = name:gsub("lua%-resty%-", "")

    files.write(folder .. "/" .. top .. "/dist.ini", ([[
name = %s
abstract = made for a spec
author = A. N. Other
account = acme
is_original = yes
license = mit
lib_dir = lib
doc_dir = lib
repo_link = https://example.com/%s
version = %s
%s]]):format(name, name, version,
        requires and "requires = " .. requires .. "\n" or ""))
    files.write(("%s/%s/lib/resty/%s.lua"):format(folder, top, module),
        ("return { _VERSION = %q }\n"):format(version))
    files.write(("%s/%s/resty.index"):format(folder, top), "")
    assert(shell.run(("tar czf %s.tar.gz %s"):format(top, top),
        { cwd = folder }).code == 0)
end

describe("a package of opm", function()
    local home = require("support.cli").folder()

    package(home, "lua-resty-a", "0.01")
    package(home, "lua-resty-a", "0.02")
    package(home, "lua-resty-a", "0.1")
    package(home, "lua-resty-b", "1.0", "acme/lua-resty-a, nginx >= 1.9")
    package(home, "lua-resty-b", "1.0.1",
        "acme/lua-resty-a >= 0.02, ngx_http_lua > 0.10")

    local function serve(bad)
        local text = SERVER:gsub("FILES", home):gsub("BAD", tostring(bad))

        return nginx.start { server = text }
    end

    local server = serve(false)

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
        local bad = serve(true)
        local made = project { ["opm:acme/lua-resty-a"] = "" }

        made.more_env.PANDAN_OPM_URL = "http://127.0.0.1:" .. bad.port

        local result = made:run("install")

        assert.equal(5, result.code)
        assert.matches("P0507", result.stderr)
    end)
end)
