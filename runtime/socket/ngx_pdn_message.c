/*
 * SPDX-License-Identifier: MIT
 *
 * What send() takes: strings, numbers, tables of them.  A string is sent from
 * where Lua keeps it, a table is put together first.
 */

#include "ngx_pdn_message.h"


/* Tables in tables. */
#define NGX_PDN_MESSAGE_DEPTH 64


static size_t ngx_pdn_message_gather(lua_State *L, ngx_pdn_bytes_t *out,
                                     int index, ngx_uint_t depth);
static int ngx_pdn_message_count(lua_State *L, int index);
static void ngx_pdn_message_bad_type(lua_State *L, int type);


const u_char *
ngx_pdn_message(lua_State *L, ngx_pdn_bytes_t *out, size_t *len)
{
    size_t total;

    out->pos = out->start;
    out->last = out->start;

    switch (lua_type(L, 2)) {

    case LUA_TNUMBER:
    case LUA_TSTRING:
        return (const u_char *) lua_tolstring(L, 2, len);

    case LUA_TNIL:
        *len = 3;
        return (const u_char *) "nil";

    case LUA_TBOOLEAN:
        *len = lua_toboolean(L, 2) ? 4 : 5;
        return (const u_char *) (lua_toboolean(L, 2) ? "true" : "false");

    case LUA_TTABLE:
        total = ngx_pdn_message_gather(L, NULL, 2, 0);

        if (ngx_pdn_bytes_reserve(out, total) != NGX_OK) {
            luaL_error(L, "no memory");
        }

        (void) ngx_pdn_message_gather(L, out, 2, 0);
        *len = ngx_pdn_bytes_len(out);

        return out->pos;

    default:
        luaL_argerror(L, 2,
                      lua_pushfstring(L,
                                      "string, number, boolean, "
                                      "nil, or array table expected, "
                                      "got %s",
                                      luaL_typename(L, 2)));
        return NULL;
    }
}


/*
 * Walks a nested array: without `out` it counts and raises on what cannot be
 * sent, with `out` it copies what the first walk has counted.
 */
static size_t
ngx_pdn_message_gather(lua_State *L, ngx_pdn_bytes_t *out, int index,
                       ngx_uint_t depth)
{
    int i, n, type;
    size_t len, total;
    const char *p;

    if (depth > NGX_PDN_MESSAGE_DEPTH || !lua_checkstack(L, 4)) {
        luaL_argerror(L, 2, "table nested too deep");
    }

    total = 0;
    n = ngx_pdn_message_count(L, index);

    for (i = 1; i <= n; i++) {
        lua_rawgeti(L, index, i);
        type = lua_type(L, -1);

        if (type == LUA_TTABLE) {
            total += ngx_pdn_message_gather(L, out, lua_gettop(L), depth + 1);

        } else if (type == LUA_TSTRING || type == LUA_TNUMBER) {
            p = lua_tolstring(L, -1, &len);
            total += len;

            if (out != NULL) {
                out->last = ngx_cpymem(out->last, p, len);
            }

        } else {
            ngx_pdn_message_bad_type(L, type);
        }

        lua_pop(L, 1);
    }

    return total;
}


/* The greatest index; a gap is found later, as an element of type nil. */
static int
ngx_pdn_message_count(lua_State *L, int index)
{
    int max;
    lua_Number key;

    max = 0;
    lua_pushnil(L);

    while (lua_next(L, index) != 0) {

        key = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : 0;

        if (key < 1 || key > NGX_MAX_INT32_VALUE || (int) key != key) {
            luaL_argerror(L, 2, "non-array table found");
        }

        max = ngx_max(max, (int) key);
        lua_pop(L, 1);
    }

    return max;
}


static void
ngx_pdn_message_bad_type(lua_State *L, int type)
{
    luaL_argerror(
        L, 2,
        lua_pushfstring(L, "bad data type %s found", lua_typename(L, type)));
}
