/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a value that a cache's server kept.  What is found safe must
 * be read by LuaJIT, with little memory.
 */

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../framework/native/pdn_serial.c"

/* Bytes of memory for each of the input, and beside them. */
#define FUZZ_EACH 256
#define FUZZ_MORE (1024 * 1024)


static lua_State *fuzz_state(void);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int safe, read, before, after;
    static lua_State *L;

    if (L == NULL) {
        L = fuzz_state();
    }

    safe = pdn_serial_check(pdn_slice(data, size)) == PDN_OK;

    if (!safe) {
        return 0;
    }

    lua_gc(L, LUA_GCCOLLECT, 0);
    before = lua_gc(L, LUA_GCCOUNT, 0);

    lua_getglobal(L, "decode");
    lua_pushlstring(L, (const char *) data, size);
    read = lua_pcall(L, 1, 1, 0) == 0;

    after = lua_gc(L, LUA_GCCOUNT, 0);

    /* Keys may be nil, no number or there twice, which only a table tells. */

    if (!read && strstr(lua_tostring(L, -1), "table") == NULL) {
        fprintf(stderr, "cannot read it: %s\n", lua_tostring(L, -1));
        abort();
    }

    if ((size_t) (after - before) * 1024 > size * FUZZ_EACH + FUZZ_MORE) {
        fprintf(stderr, "%zu bytes took %d KB\n", size, after - before);
        abort();
    }

    lua_settop(L, 0);

    return 0;
}


static lua_State *
fuzz_state(void)
{
    lua_State *L;

    L = luaL_newstate();
    luaL_openlibs(L);

    if (luaL_dostring(L, "require('ffi') decode = "
                         "require('string.buffer').decode"))
    {
        abort();
    }

    return L;
}
