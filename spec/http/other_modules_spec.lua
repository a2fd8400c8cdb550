-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local files = require("support.files")
local paths = require("support.paths")
local process = require("support.process")
local shell = require("support.shell")

--- A module of nginx in C, as others write them for ngx_lua.
local SOURCE = [[
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <lauxlib.h>
#include "ngx_http_lua_api.h"

static ngx_int_t add(ngx_conf_t *cf);

static ngx_http_module_t ctx = { NULL, add, NULL, NULL, NULL, NULL, NULL,
                                 NULL };

ngx_module_t ngx_http_other_module = {
    NGX_MODULE_V1, &ctx, NULL, NGX_HTTP_MODULE, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NGX_MODULE_V1_PADDING
};

ngx_module_t *ngx_modules[] = { &ngx_http_other_module, NULL };
char *ngx_module_names[] = { "ngx_http_other_module", NULL };
char *ngx_module_order[] = { NULL };

static ngx_shm_zone_t *zone;

static ngx_int_t
zone_init(ngx_shm_zone_t *zone, void *data)
{
    zone->data = data ? data : "made before init_by_lua";
    return NGX_OK;
}

static int
uri(lua_State *L)
{
    ngx_http_request_t *r = ngx_http_lua_get_request(L);

    if (r == NULL) {
        lua_pushnil(L);
    } else {
        lua_pushlstring(L, (char *) r->uri.data, r->uri.len);
    }

    return 1;
}

static int
zone_data(lua_State *L)
{
    lua_pushstring(L, zone->data);
    return 1;
}

static int
dict_get(lua_State *L)
{
    u_char room[4];
    ngx_int_t rc;
    ngx_http_lua_value_t value;
    size_t len;
    u_char *name = (u_char *) luaL_checklstring(L, 1, &len);
    ngx_shm_zone_t *dict = ngx_http_lua_find_zone(name, len);
    u_char *key = (u_char *) luaL_checklstring(L, 2, &len);

    value.value.s.data = room;
    value.value.s.len = sizeof(room);
    rc = ngx_http_lua_shared_dict_get(dict, key, len, &value);

    lua_pushinteger(L, rc);

    if (rc == NGX_OK && value.type == LUA_TSTRING) {
        lua_pushlstring(L, (char *) room, value.value.s.len);
    } else if (rc == NGX_OK && value.type == LUA_TNUMBER) {
        lua_pushnumber(L, value.value.n);
    } else if (rc == NGX_OK) {
        lua_pushboolean(L, value.value.b);
    } else {
        lua_pushnil(L);
    }

    return 2;
}

static int
open_other(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "uri", uri }, { "zone_data", zone_data }, { "dict_get", dict_get },
        { NULL, NULL }
    };

    lua_newtable(L);
    luaL_register(L, NULL, functions);
    return 1;
}

static ngx_int_t
add(ngx_conf_t *cf)
{
    ngx_str_t name = ngx_string("other");

    zone = ngx_http_lua_shared_memory_add(cf, &name, 65536,
                                          &ngx_http_other_module);
    zone->init = zone_init;

    return ngx_http_lua_add_package_preload(cf, "ngx.other", open_other);
}
]]

local function compile()
    local dir = process.folder("pandan-module")
    local includes = {}

    for _, folder in ipairs({ "src/core", "src/event", "src/os/unix",
        "src/http", "src/http/modules", "src/http/v2", "objs" })
    do
        includes[#includes + 1] = "-I" .. paths.build .. "/nginx/" .. folder
    end

    files.write(dir .. "/other.c", SOURCE)

    local result = shell.run(table.concat({
        "gcc -shared -fPIC -O1", table.concat(includes, " "),
        "-I" .. paths.root .. "/runtime/http", "-I/usr/include/luajit-2.1",
        "-o", dir .. "/other.so", dir .. "/other.c",
    }, " "), { timeout = 60 })

    if result.code ~= 0 then
        error(result.stderr, 0)
    end

    return dir .. "/other.so"
end

describe("another module of nginx", function()
    local server

    setup(function()
        server = code_server.start({
            main = "load_module " .. compile() .. ";",
            http = [[
                lua_shared_dict dogs 1m;
                init_by_lua_block {
                    local other = require("ngx.other")
                    in_init = tostring(other.uri()) .. " "
                        .. other.zone_data()
                }
            ]],
        })
    end)

    it("brings modules for require, and sees the request", function()
        assert.equal("/run", server:run([[
            return require("ngx.other").uri()
        ]]))
    end)

    it("has its shared memory before init_by_lua runs", function()
        assert.equal("nil made before init_by_lua",
            server:run("return in_init"))
    end)

    it("reads shared dictionaries", function()
        assert.equal("0 text|0 1.5|0 true|-5 nil|-1 nil", server:run([[
            local get = require("ngx.other").dict_get
            local dogs = ngx.shared.dogs
            dogs:set("s", "text that is too long")
            dogs:set("n", 1.5)
            dogs:set("b", true)
            local out = {}
            for i, args in ipairs({ { "dogs", "s" }, { "dogs", "n" },
                { "dogs", "b" }, { "dogs", "x" }, { "cats", "s" } }) do
                local rc, value = get(unpack(args))
                out[i] = rc .. " " .. tostring(value)
            end
            return table.concat(out, "|")
        ]]))
    end)
end)
