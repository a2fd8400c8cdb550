/*
 * SPDX-License-Identifier: MIT
 *
 * Deep copies between VMs.  A table that is met twice is copied twice; one
 * that holds itself is found by its depth.
 */

#include <stddef.h>

#include <lauxlib.h>

#include "pdn_lua_copy.h"


static const char *pdn_lua_copy_value(lua_State *from, int index, lua_State *to,
                                      int depth);
static const char *pdn_lua_copy_table(lua_State *from, int index, lua_State *to,
                                      int depth);


/* By lua_type(); NULL where there is a way. */
static const char *const pdn_lua_copy_refusals[] = {
    [LUA_TLIGHTUSERDATA] = "unsupported Lua type: LUA_TLIGHTUSERDATA",
    [LUA_TFUNCTION] = "unsupported Lua type: LUA_TFUNCTION",
    [LUA_TUSERDATA] = "unsupported Lua type: LUA_TUSERDATA",
    [LUA_TTHREAD] = "unsupported Lua type: LUA_TTHREAD",
};


const char *
pdn_lua_copy(lua_State *from, int first, lua_State *to)
{
    int i, last, bottom;
    const char *err;

    last = lua_gettop(from);
    bottom = lua_gettop(to);

    if (!lua_checkstack(to, last - first + 1 + 2 * PDN_LUA_COPY_DEPTH)
        || !lua_checkstack(from, 2 * PDN_LUA_COPY_DEPTH))
    {
        return "no memory";
    }

    for (i = first; i <= last; i++) {
        err = pdn_lua_copy_value(from, i, to, 0);

        if (err != NULL) {
            lua_settop(from, last);
            lua_settop(to, bottom);
            return err;
        }
    }

    return NULL;
}


/* Leaves whatever it had begun on both stacks when it fails. */
static const char *
pdn_lua_copy_value(lua_State *from, int index, lua_State *to, int depth)
{
    int type;
    size_t len;
    const char *s;

    type = lua_type(from, index);

    switch (type) {

    case LUA_TNIL:
        lua_pushnil(to);
        return NULL;

    case LUA_TBOOLEAN:
        lua_pushboolean(to, lua_toboolean(from, index));
        return NULL;

    case LUA_TNUMBER:
        lua_pushnumber(to, lua_tonumber(from, index));
        return NULL;

    case LUA_TSTRING:
        s = lua_tolstring(from, index, &len);
        lua_pushlstring(to, s, len);
        return NULL;

    case LUA_TTABLE:
        return pdn_lua_copy_table(from, index, to, depth + 1);

    default:
        break;
    }

    if (type == LUA_TLIGHTUSERDATA && lua_touserdata(from, index) == NULL) {
        lua_pushlightuserdata(to, NULL);
        return NULL;
    }

    /* LuaJIT's cdata has no name in lua.h. */

    return type <= LUA_TTHREAD ? pdn_lua_copy_refusals[type]
                               : "unsupported Lua type";
}


static const char *
pdn_lua_copy_table(lua_State *from, int index, lua_State *to, int depth)
{
    int top;
    const char *err;

    if (depth > PDN_LUA_COPY_DEPTH) {
        return "suspicious circular references, table depth exceed max "
               "depth: 100";
    }

    lua_createtable(to, (int) lua_objlen(from, index), 0);
    lua_pushnil(from);

    while (lua_next(from, index)) {
        top = lua_gettop(from);

        err = pdn_lua_copy_value(from, top - 1, to, depth);
        if (err == NULL) {
            err = pdn_lua_copy_value(from, top, to, depth);
        }

        if (err != NULL) {
            return err;
        }

        lua_rawset(to, -3);
        lua_settop(from, top - 1);
    }

    return NULL;
}
