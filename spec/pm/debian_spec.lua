-- SPDX-License-Identifier: MIT
local rocks = require("support.rocks")
local shell = require("support.shell")

-- Rocks made here, beside the three that are needed
local COUNT = tonumber(os.getenv("PANDAN_SPEC_ROCKS") or 100)

local LPEG = [[
dependencies = { "lua >= 5.1" }
build = {
    type = "builtin",
    modules = {
        lpeg = {
            "lpcap.c", "lpcode.c", "lpprint.c", "lptree.c", "lpvm.c",
        },
        re = "re.lua",
    },
}
]]

-- lua-cjson has a function of Lua 5.2 that LuaJIT brings along
local CJSON_PATCH = [==[
build.patches = { ["luajit.diff"] = [[
--- a/lua_cjson.c
+++ b/lua_cjson.c
@@ -1290,7 +1290,7 @@

 /* ===== INITIALISATION ===== */

-#if !defined(LUA_VERSION_NUM) || LUA_VERSION_NUM < 502
+#if 0
 /* Compatibility for Lua 5.1.
  *
  * luaL_setfuncs() is used to create a module table where the functions have
]] }
]==]

-- The registry is Debian's own work: luarocks-admin lists it, nginx serves
-- it, and luarocks installs from it what is compared.
describe("a LuaRocks server as Debian makes one", function()
    local server = rocks.serve()
    local luajit = "LUA_INCDIR=/usr/include/luajit-2.1"

    server:add_debian("lua-cjson", "2.1.0-1",
        "lua-cjson_2.1.0+dfsg.orig.tar.gz", "lua-cjson-2.1.0-1.rockspec",
        CJSON_PATCH)
    server:add_debian("lpeg", "1.0.2-1", "lua-lpeg_1.0.2.orig.tar.gz", LPEG)
    server:add_debian("luafilesystem", "1.8.0-1",
        "lua-filesystem_1.8.0.orig.tar.gz", "luafilesystem-scm-1.rockspec")
    server:add {
        name = "everything", version = "1.0-1",
        modules = { everything = "return true\n" },
        dependencies = { "part1 >= 1.0", "lua-cjson ~> 2.1", "lpeg ~> 1.0",
            "luafilesystem >= 1.7" },
    }
    server:add_tree(COUNT)

    local project = rocks.project(server, { ["rocks:everything"] = "" }, [[
    build = { allow = { "rocks:lua-cjson", "rocks:lpeg",
        "rocks:luafilesystem" } },
    provided = { ["rocks:lua-cjson"] = false },
]])

    it("has a hundred and more rocks, all of which are installed", function()
        local out = project:ok("install")

        assert.matches((COUNT + 4) .. " packages in lua_modules/", out)
        assert.equal(0, project:run("verify").code)
    end)

    it("gives what luarocks installs from it", function()
        local tree = project:luarocks("everything", luajit)
        local function split(text)
            -- what two runs of a compiler make need not be the same bytes
            local objects = {}

            return text:gsub("%x+  (lib/lua/[^\n]+)\n", function(path)
                objects[#objects + 1] = path
                return ""
            end), table.concat(objects, " ")
        end

        local theirs, their_objects = split(project:modules(tree))
        local ours, our_objects = split(project:modules())

        assert.equal(theirs, ours)
        assert.equal(their_objects, our_objects)
        assert.equal("lib/lua/5.1/cjson.so lib/lua/5.1/lfs.so "
            .. "lib/lua/5.1/lpeg.so", our_objects)
        -- libraries and what they give to others
        for name in our_objects:gmatch("%S+") do
            local function symbols(folder)
                return shell.run(("nm -D --defined-only %s/%s | cut -c18-")
                    :format(folder, name)).stdout
            end

            assert.equal(symbols(tree), symbols(project.root
                .. "/lua_modules"))
        end
    end)

    it("gives modules in C that pass their own tests", function()
        local work = server.work

        shell.run("for f in */*.tar.gz; do tar xzf $f; done", { cwd = work })
        assert.matches("OK", shell.run(("cd %s && '%s' exec -C '%s' luajit "
            .. "test.lua"):format(work .. "/lpeg-1.0.2",
                require("support.paths").pandan, project.root),
            { env = project:env() }).stdout)
        assert.matches("Ok!", shell.run(("cd %s && '%s' exec -C '%s' luajit "
            .. "tests/test.lua"):format(work .. "/lua-filesystem-1.8.0",
                require("support.paths").pandan, project.root),
            { env = project:env() }).stdout)
        assert.equal('{"a":[1,2]}', project:ok("exec luajit -e "
            .. "'io.write(require(\"cjson\").encode { a = { 1, 2 } })'"))
    end)

    it("gives the same bytes to a clone", function()
        local clone = project:clone()

        clone:ok("install --locked --offline")
        assert.equal(project:modules(), clone:modules())
    end)
end)
