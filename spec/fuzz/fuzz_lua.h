/*
 * SPDX-License-Identifier: MIT
 *
 * A fuzzer written in Lua: `fuzz_code`, defined before this header, is a
 * chunk that answers the function which gets the bytes.  What it raises is
 * a finding.  Nothing tells libFuzzer which way Lua went, so every input comes
 * a second time, spelt in the bytes of `fuzz_alphabet` that matter here.
 */

#ifndef FUZZ_LUA_H
#define FUZZ_LUA_H


#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <lua.h>
#include <lualib.h>
#include <lauxlib.h>


static void
fuzz_fail(lua_State *L)
{
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    abort();
}


static lua_State *
fuzz_open(void)
{
    lua_State *L;

    L = luaL_newstate();
    luaL_openlibs(L);

    if (luaL_loadstring(L, fuzz_code) != 0 || lua_pcall(L, 0, 1, 0) != 0) {
        fuzz_fail(L);
    }

    return L;
}


static void
fuzz_run(const char *data, size_t size)
{
    static lua_State *L;

    if (L == NULL) {
        L = fuzz_open();
    }

    lua_pushvalue(L, 1);
    lua_pushlstring(L, data, size);

    if (lua_pcall(L, 1, 0, 0) != 0) {
        fuzz_fail(L);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *spelt;
    size_t i;

    fuzz_run((const char *) data, size);

    spelt = malloc(size + (size == 0));

    for (i = 0; i < size; i++) {
        spelt[i] = fuzz_alphabet[data[i] % (sizeof(fuzz_alphabet) - 1)];
    }

    fuzz_run(spelt, size);
    free(spelt);

    return 0;
}


#endif /* FUZZ_LUA_H */
