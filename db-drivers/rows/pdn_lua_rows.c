/*
 * SPDX-License-Identifier: MIT
 *
 * Rows collected by a thread as Lua tables.
 */

#include <stdio.h>

#include "pdn_lua_db.h"


static void pdn_lua_push_cdata(lua_State *L, int64_t n, int is_unsigned);


/*
 * What is told beside the rows stands in their metatable: the array itself
 * holds rows and nothing else, so it is also right as JSON.
 */
void
pdn_lua_rows_create(lua_State *L, int nrows, int ncols, double affected)
{
    lua_createtable(L, nrows, 0);

    lua_createtable(L, 0, 5);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "array");
    lua_setfield(L, -2, "__jsontype");
    lua_pushnumber(L, affected);
    lua_setfield(L, -2, "affected");

    lua_createtable(L, ncols, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "columns");

    lua_pushvalue(L, -2);
    lua_setmetatable(L, -4);
}


void
pdn_lua_push_int64(lua_State *L, int64_t n, pdn_lua_int64_e int64)
{
    char text[32];

    if ((n <= PDN_LUA_SAFE_INTEGER && n >= -PDN_LUA_SAFE_INTEGER)
        || int64 == PDN_LUA_INT64_NUMBER)
    {
        lua_pushnumber(L, (lua_Number) n);
        return;
    }

    if (int64 == PDN_LUA_INT64_CDATA) {
        pdn_lua_push_cdata(L, n, 0);
        return;
    }

    lua_pushlstring(L, text,
                    snprintf(text, sizeof(text), "%lld", (long long) n));
}


void
pdn_lua_push_uint64(lua_State *L, uint64_t n, pdn_lua_int64_e int64)
{
    char text[32];

    if (n <= INT64_MAX) {
        pdn_lua_push_int64(L, (int64_t) n, int64);

    } else if (int64 == PDN_LUA_INT64_NUMBER) {
        lua_pushnumber(L, (lua_Number) n);

    } else if (int64 == PDN_LUA_INT64_CDATA) {
        pdn_lua_push_cdata(L, (int64_t) n, 1);

    } else {
        lua_pushlstring(
            L, text,
            snprintf(text, sizeof(text), "%llu", (unsigned long long) n));
    }
}


void
pdn_lua_push_rows(lua_State *L, const pdn_db_rows_t *rows,
                  pdn_lua_int64_e int64)
{
    int names;
    size_t pos;
    unsigned c;
    pdn_db_value_t v;

    luaL_checkstack(L, 12, "rows");
    pdn_lua_rows_create(L, rows->nrows, rows->ncols, rows->affected);
    names = lua_gettop(L);
    pos = 0;

    if (rows->insert_id) {
        pdn_lua_push_int64(L, rows->insert_id, int64);
        lua_setfield(L, names - 1, "insert_id");
    }

    if (rows->warnings) {
        lua_pushnumber(L, rows->warnings);
        lua_setfield(L, names - 1, "warning_count");
    }

    for (c = 1; c <= rows->ncols; c++) {
        pdn_db_rows_next(rows, &pos, &v);
        lua_pushlstring(L, v.as.s.data, v.as.s.len);
        lua_rawseti(L, names, c);
    }

    pdn_lua_set_rows(L, names - 2, names, rows, pos, int64);
    lua_settop(L, names - 2);
}


/* The C API cannot make any: a function of Lua does. */
static void
pdn_lua_push_cdata(lua_State *L, int64_t n, int is_unsigned)
{
    lua_getfield(L, LUA_REGISTRYINDEX, PDN_LUA_DB_INT64);
    lua_pushnumber(L, (lua_Number) (n >> 32));
    lua_pushnumber(L, (lua_Number) (n & 0xffffffffLL));
    lua_pushboolean(L, is_unsigned);

    if (!pdn_lua_call_apart(L, 3)) {
        lua_pushnumber(L, (lua_Number) n);
    }
}


int
pdn_lua_call_apart(lua_State *L, int nargs)
{
    int ok;
    lua_State *apart;

    lua_getfield(L, LUA_REGISTRYINDEX, PDN_LUA_DB_THREAD);
    apart = lua_tothread(L, -1);
    lua_pop(L, 1);

    if (!lua_checkstack(apart, nargs + 1)) {
        lua_pop(L, nargs + 1);
        return 0;
    }

    lua_xmove(L, apart, nargs + 1);
    ok = lua_pcall(apart, nargs, 1, 0) == 0;

    if (ok) {
        lua_xmove(apart, L, 1);
    }

    lua_settop(apart, 0);

    return ok;
}


void
pdn_lua_push_value(lua_State *L, const pdn_db_value_t *v, pdn_lua_int64_e int64)
{
    switch (v->type) {

    case PDN_DB_INT:
        pdn_lua_push_int64(L, v->as.i, int64);
        break;

    case PDN_DB_UINT:
        pdn_lua_push_uint64(L, (uint64_t) v->as.i, int64);
        break;

    case PDN_DB_FLOAT:
        lua_pushnumber(L, v->as.f);
        break;

    case PDN_DB_BOOL:
        lua_pushboolean(L, v->as.i != 0);
        break;

    case PDN_DB_TEXT:
    case PDN_DB_BINARY:
        lua_pushlstring(L, v->as.s.data, v->as.s.len);
        break;

    case PDN_DB_NULL:
        lua_pushlightuserdata(L, NULL);
        break;
    }
}
