/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.print() and ngx.say(): values of Lua as bytes of the output.
 */

#include "ngx_pdn_client.h"
#include "ngx_pdn_parts.h"


static int ngx_pdn_print(lua_State *L);
static int ngx_pdn_say(lua_State *L);
static int ngx_pdn_echo(lua_State *L, const char *who, ngx_uint_t line);
static void ngx_pdn_print_check(lua_State *L, int i, const char *who);
static int ngx_pdn_print_array_size(lua_State *L, int i);
static void ngx_pdn_print_check_table(lua_State *L, int table, int i,
                                      const char *who);
static ngx_int_t ngx_pdn_print_value(lua_State *L, int i, ngx_pdn_host_t *host,
                                     const char **err);


static const luaL_Reg ngx_pdn_print_functions[] = { { "print", ngx_pdn_print },
                                                    { "say", ngx_pdn_say },
                                                    { NULL, NULL } };


void
ngx_pdn_print_open(lua_State *L)
{
    lua_pushvalue(L, 1);
    luaL_register(L, NULL, ngx_pdn_print_functions);
}


/* Lua: print(...) -> 1 | nil, err  [-n, +2, e] */
static int
ngx_pdn_print(lua_State *L)
{
    return ngx_pdn_echo(L, "print", 0);
}


/* Lua: say(...) -> 1 | nil, err  [-n, +2, e] */
static int
ngx_pdn_say(lua_State *L)
{
    return ngx_pdn_echo(L, "say", 1);
}


static int
ngx_pdn_echo(lua_State *L, const char *who, ngx_uint_t line)
{
    int i, n;
    ngx_int_t rc;
    const char *err;
    ngx_pdn_host_t *host;

    host = ngx_pdn_client_check(L, NGX_PDN_ANSWERING);

    n = lua_gettop(L);

    /* All or nothing: what is refused sends no header either. */

    for (i = 1; i <= n; i++) {
        ngx_pdn_print_check(L, i, who);
    }

    rc = host->ops->client->can_print(host, &err);

    for (i = 1; rc == NGX_OK && i <= n; i++) {
        rc = ngx_pdn_print_value(L, i, host, &err);
    }

    if (rc == NGX_OK && line) {
        rc = host->ops->client->print(host, (u_char *) "\n", 1, &err);
    }

    return ngx_pdn_client_result(L, rc, err);
}


/* Raises for what cannot be printed. */
static void
ngx_pdn_print_check(lua_State *L, int i, const char *who)
{
    switch (lua_type(L, i)) {

    case LUA_TSTRING:
    case LUA_TNUMBER:
    case LUA_TNIL:
    case LUA_TBOOLEAN:
        return;

    case LUA_TTABLE:
        ngx_pdn_print_check_table(L, i, i, who);
        return;

    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, i) == NULL) {
            return;
        }

        break;

    default:
        break;
    }

    (void) luaL_argerror(
        L, i,
        lua_pushfstring(L,
                        "string, number, boolean, nil, ngx.null, or "
                        "array table expected, but got %s",
                        luaL_typename(L, i)));
}


/* The same for the table at `table`, which lies within argument `i`. */
static void
ngx_pdn_print_check_table(lua_State *L, int table, int i, const char *who)
{
    int j, n, type;

    luaL_checkstack(L, 8, "tables nested too deeply");

    n = ngx_pdn_print_array_size(L, table);

    if (n < 0) {
        (void) luaL_error(L, "bad argument #%d to '%s' (non-array table found)",
                          i, who);
    }

    for (j = 1; j <= n; j++) {
        lua_rawgeti(L, table, j);
        type = lua_type(L, -1);

        if (type == LUA_TTABLE) {
            ngx_pdn_print_check_table(L, lua_gettop(L), i, who);

        } else if (type > LUA_TTABLE
                   || (type == LUA_TLIGHTUSERDATA
                       && lua_touserdata(L, -1) != NULL))
        {
            (void) luaL_error(L,
                              "bad argument #%d to '%s' (bad data type %s "
                              "found)",
                              i, who, lua_typename(L, type));
        }

        lua_pop(L, 1);
    }
}


/* The largest key of the table at `i`; -1: there are other keys. */
static int
ngx_pdn_print_array_size(lua_State *L, int i)
{
    int n;
    lua_Number key;

    n = 0;
    lua_pushnil(L);

    while (lua_next(L, i) != 0) {
        lua_pop(L, 1);

        key = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;

        if (key < 1 || key != (lua_Number) (int) key) {
            lua_pop(L, 1);
            return -1;
        }

        if (key > n) {
            n = (int) key;
        }
    }

    return n;
}


/* A value that has been checked; of a table its elements in order. */
static ngx_int_t
ngx_pdn_print_value(lua_State *L, int i, ngx_pdn_host_t *host, const char **err)
{
    int j, n;
    size_t len;
    ngx_int_t rc;
    const char *p;

    switch (lua_type(L, i)) {

    case LUA_TSTRING:
        p = lua_tolstring(L, i, &len);
        return host->ops->client->print(host, (u_char *) p, len, err);

    case LUA_TNUMBER:
        lua_pushvalue(L, i);
        p = lua_tolstring(L, -1, &len);
        rc = host->ops->client->print(host, (u_char *) p, len, err);
        lua_pop(L, 1);
        return rc;

    case LUA_TNIL:
        return host->ops->client->print(host, (u_char *) "nil", 3, err);

    case LUA_TBOOLEAN:
        p = lua_toboolean(L, i) ? "true" : "false";
        return host->ops->client->print(host, (u_char *) p, ngx_strlen(p), err);

    case LUA_TTABLE:
        n = ngx_pdn_print_array_size(L, i);
        rc = NGX_OK;

        for (j = 1; rc == NGX_OK && j <= n; j++) {
            lua_rawgeti(L, i, j);
            rc = ngx_pdn_print_value(L, lua_gettop(L), host, err);
            lua_pop(L, 1);
        }

        return rc;

    default: /* ngx.null */
        return host->ops->client->print(host, (u_char *) "null", 4, err);
    }
}
