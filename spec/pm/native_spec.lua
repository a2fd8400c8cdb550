-- SPDX-License-Identifier: MIT
local files = require("support.files")
local rocks = require("support.rocks")

local C = [[
#include <lua.h>
#include <lauxlib.h>
static int answer(lua_State *L) { lua_pushnumber(L, ANSWER); return 1; }
int luaopen_NAME(lua_State *L)
{
    lua_newtable(L);
    lua_pushcfunction(L, answer);
    lua_setfield(L, -2, "answer");
    return 1;
}
]]

local MAKEFILE = [[
all: made.so
made.so: made.c
	$(CC) $(CFLAGS) -DANSWER=7 -I$(LUA_INCDIR) -shared -o $@ $<
install:
	cp made.so $(LIBDIR)
	touch OUTSIDE 2>/dev/null || echo kept in > $(LUADIR)/kept.lua
]]

local CMAKE = [[
cmake_minimum_required(VERSION 3.0)
project(caked C)
include_directories(${INCLUDES})
add_library(caked MODULE caked.c)
target_compile_definitions(caked PRIVATE ANSWER=8)
set_target_properties(caked PROPERTIES PREFIX "")
install(TARGETS caked DESTINATION ${LIBDIR})
]]

describe("a rock in C", function()
    local server = rocks.serve()
    local outside = server.work .. "/outside"

    server:add {
        name = "simple", version = "1.0-1",
        sources = { ["simple.c"] = (C:gsub("NAME", "simple")) },
        build = { type = "builtin", modules = {
            simple = { sources = { "simple.c" }, defines = { "ANSWER=42" } },
        } },
    }
    server:add {
        name = "made", version = "1.0-1",
        sources = {
            ["made.c"] = (C:gsub("NAME", "made")),
            Makefile = (MAKEFILE:gsub("OUTSIDE", outside)),
        },
        build = { type = "make",
            build_variables = { CFLAGS = "$(CFLAGS)", CC = "$(CC)",
                LUA_INCDIR = "$(LUA_INCDIR)" },
            install_variables = { LIBDIR = "$(LIBDIR)",
                LUADIR = "$(LUADIR)" } },
    }
    server:add {
        name = "caked", version = "1.0-1",
        sources = {
            ["caked.c"] = (C:gsub("NAME", "caked")),
            ["CMakeLists.txt"] = CMAKE,
        },
        build = { type = "cmake", variables = {
            INCLUDES = "$(LUA_INCDIR)", LIBDIR = "$(LIBDIR)",
        } },
    }
    server:add {
        name = "commanded", version = "1.0-1",
        sources = {
            ["commanded.c"] = (C:gsub("NAME", "commanded")),
            ["asks.lua"] = ("-- %d"):format(server.nginx.port),
        },
        build = {
            type = "command",
            build_command = "$(CC) $(CFLAGS) -DANSWER=9 -I$(LUA_INCDIR) "
                .. "-shared -o commanded.so commanded.c && (curl -sS "
                .. "http://127.0.0.1:" .. server.nginx.port .. "/ > asked.txt "
                .. "2>&1; echo $? > code.txt)",
            install = { lib = { commanded = "commanded.so" },
                lua = { "asked.txt", "code.txt",
                    ["commanded.asks"] = "asks.lua" } },
        },
    }
    server:add {
        name = "broken", version = "1.0-1",
        sources = { ["broken.c"] = "this is not C\n" },
        build = { type = "builtin", modules = { broken = "broken.c" } },
    }
    server:list()

    local function allow(name)
        return ('    build = { allow = { "rocks:%s" } },\n'):format(name)
    end

    it("is not built before the project approves", function()
        local project = rocks.project(server, { ["rocks:simple"] = "" })
        local result = project:run("install")

        assert.equal(7, result.code)
        assert.matches("P0701", result.stderr)
        assert.matches('allow = { "rocks:simple" }', result.stderr, 1, true)
        assert.is_false(project:has("lua_modules"))
    end)

    it("is compiled against Pandan's LuaJIT", function()
        local project = rocks.project(server, { ["rocks:simple"] = "" },
            allow("simple"))

        project:ok("install")
        assert.equal("42", project:ok("exec luajit -e "
            .. "'io.write(require(\"simple\").answer())'"))
    end)

    it("is built once for all projects of a user", function()
        local project = rocks.project(server, { ["rocks:simple"] = "" },
            allow("simple"))

        project:ok("install")

        local clone = project:clone()

        clone.more_env = { CC = "/bin/false" }
        assert.equal(7, clone:run("install").code)
        clone.more_env = {}
        clone:ok("install --offline")
    end)

    it("is built by make, and can write to its own folder only", function()
        local project = rocks.project(server, { ["rocks:made"] = "" },
            allow("made"))

        project:ok("install")
        assert.equal("7", project:ok("exec luajit -e "
            .. "'io.write(require(\"made\").answer())'"))

        -- where the system has no namespaces there is nothing to see
        if project:run("doctor").stdout:find("ok      namespaces", 1, true)
        then
            assert.is_false(files.exists(outside))
            assert.is_true(project:has("lua_modules/share/lua/5.1/kept.lua"))
        end
    end)

    it("is built by cmake", function()
        local project = rocks.project(server, { ["rocks:caked"] = "" },
            allow("caked"))

        project:ok("install")
        assert.equal("8", project:ok("exec luajit -e "
            .. "'io.write(require(\"caked\").answer())'"))
    end)

    it("is built by a command, without network", function()
        local project = rocks.project(server, { ["rocks:commanded"] = "" },
            allow("commanded"))

        project:ok("install")
        assert.equal("9", project:ok("exec luajit -e "
            .. "'require(\"commanded.asks\") "
            .. "io.write(require(\"commanded\").answer())'"))

        local code = project:read("lua_modules/share/lua/5.1/code.txt")

        if project:run("doctor").stdout:find("ok      namespaces", 1, true)
        then
            assert.equal("7\n", code)
        end

        project:ok("install --force --no-sandbox")
    end)

    it("shows the compiler's words when it fails", function()
        local project = rocks.project(server, { ["rocks:broken"] = "" },
            allow("broken"))
        local result = project:run("install")

        assert.equal(7, result.code)
        assert.matches("P0702", result.stderr)
        assert.matches("broken%.c:1", result.stderr)
    end)
end)
