/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a query string: read, written again and read again, which
 * must say the same.
 */

#include <ngx_config.h>
#include <ngx_core.h>

#include "../../runtime/codec/ngx_pdn_uri.c"


static int fuzz_same(lua_State *L);


static const char fuzz_same_code[] =
    "local ngx = ...\n"
    "local function same(a, b)\n"
    "    if type(a) ~= 'table' then return a == b end\n"
    "    for k, v in pairs(a) do\n"
    "        if not same(v, b[k]) then return false end\n"
    "    end\n"
    "    return true\n"
    "end\n"
    "return function(text)\n"
    "    local args = ngx.decode_args(text, 0)\n"
    "    local again = ngx.decode_args(ngx.encode_args(args), 0)\n"
    "    ngx.decode_args(text)\n"
    "    ngx.unescape_uri(text)\n"
    "    assert(ngx.unescape_uri(ngx.escape_uri(text)) == text)\n"
    "    assert(same(args, again) and same(again, args))\n"
    "end\n";


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lua_State *L;

    if (L == NULL) {
        L = luaL_newstate();
        luaL_openlibs(L);
        lua_pushcfunction(L, fuzz_same);
        lua_call(L, 0, 1);
    }

    lua_pushvalue(L, 1);
    lua_pushlstring(L, (const char *) data, size);

    if (lua_pcall(L, 1, 0, 0) != 0) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        abort();
    }

    return 0;
}


/* Leaves the function that is run on each input. */
static int
fuzz_same(lua_State *L)
{
    lua_settop(L, 0);
    lua_newtable(L);
    lua_newtable(L);
    ngx_pdn_uri_open(L);

    if (luaL_loadstring(L, fuzz_same_code) != 0) {
        return lua_error(L);
    }

    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);

    return 1;
}
