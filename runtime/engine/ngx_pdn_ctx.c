/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.ctx: a table that lives as long as its host, made at the first look.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_parts.h"


static int ngx_pdn_ctx_get(lua_State *L);
static int ngx_pdn_ctx_set(lua_State *L);


void
ngx_pdn_ctx_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_ctx_get);
    lua_setfield(L, 2, "ctx_get");
    lua_pushcfunction(L, ngx_pdn_ctx_set);
    lua_setfield(L, 2, "ctx_set");
}


/* Lua: ctx_get() -> table  [-0, +1, e] */
static int
ngx_pdn_ctx_get(lua_State *L)
{
    ngx_pdn_host_t  *host;

    host = ngx_pdn_check(L, ~NGX_PDN_INIT);

    if (host->ctx_ref == LUA_NOREF) {
        lua_createtable(L, 0, 4);
        lua_pushvalue(L, -1);
        host->ctx_ref = luaL_ref(L, LUA_REGISTRYINDEX);
        return 1;
    }

    lua_rawgeti(L, LUA_REGISTRYINDEX, host->ctx_ref);

    return 1;
}


/* Lua: ctx_set(table)  [-1, +0, e] */
static int
ngx_pdn_ctx_set(lua_State *L)
{
    ngx_pdn_host_t  *host;

    luaL_checktype(L, 1, LUA_TTABLE);
    host = ngx_pdn_check(L, ~NGX_PDN_INIT);

    if (host->ctx_ref != LUA_NOREF) {
        luaL_unref(L, LUA_REGISTRYINDEX, host->ctx_ref);
    }

    lua_pushvalue(L, 1);
    host->ctx_ref = luaL_ref(L, LUA_REGISTRYINDEX);

    return 0;
}
