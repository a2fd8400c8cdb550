/*
 * SPDX-License-Identifier: MIT
 *
 * Functions of pandan.redis.native.  Pools are made, lent from and counted
 * by pandan.db.native; what is asked of them is asked here.
 */

#include "ngx_pdn_redis_lua.h"
#include "ngx_pdn_db_lua.h"
#include "ngx_pdn_shared.h"
#include "ngx_pdn_vm.h"
#include "pdn_lua_resp.h"
#include "pdn_redis.h"


static int ngx_pdn_redis_lua_module(lua_State *L);
static int ngx_pdn_redis_lua_batch(lua_State *L);
static int ngx_pdn_redis_lua_batch_gc(lua_State *L);
static int ngx_pdn_redis_lua_add(lua_State *L);
static int ngx_pdn_redis_lua_slot(lua_State *L);
static int ngx_pdn_redis_lua_retire(lua_State *L);
static int ngx_pdn_redis_lua_shared(lua_State *L);


static const luaL_Reg ngx_pdn_redis_functions[] = {
    { "head", ngx_pdn_redis_lua_head },
    { "call", ngx_pdn_redis_lua_call },
    { "batch", ngx_pdn_redis_lua_batch },
    { "add", ngx_pdn_redis_lua_add },
    { "run", ngx_pdn_redis_lua_run },
    { "listen", ngx_pdn_redis_lua_listen },
    { "tell", ngx_pdn_redis_lua_tell },
    { "slot", ngx_pdn_redis_lua_slot },
    { "retire", ngx_pdn_redis_lua_retire },
    { "shared", ngx_pdn_redis_lua_shared },
    { NULL, NULL }
};


void
ngx_pdn_redis_lua_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_redis_lua_module);
    ngx_pdn_vm_preload(L, "pandan.redis.native");
}


/* Lua: require("pandan.redis.native") -> functions  [-0, +1, m] */
static int
ngx_pdn_redis_lua_module(lua_State *L)
{
    luaL_newmetatable(L, NGX_PDN_REDIS_BATCH);
    lua_pushcfunction(L, ngx_pdn_redis_lua_batch_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);

    lua_newtable(L);
    luaL_register(L, NULL, ngx_pdn_redis_functions);

    luaL_newmetatable(L, PDN_LUA_REDIS_ERROR);
    lua_setfield(L, -2, "error");

    return 1;
}


/* Lua: batch() -> an empty one  [-0, +1, m] */
static int
ngx_pdn_redis_lua_batch(lua_State *L)
{
    ngx_pdn_redis_batch_t *batch;

    batch = lua_newuserdata(L, sizeof(ngx_pdn_redis_batch_t));
    ngx_memzero(batch, sizeof(ngx_pdn_redis_batch_t));
    luaL_getmetatable(L, NGX_PDN_REDIS_BATCH);
    lua_setmetatable(L, -2);

    return 1;
}


/* Lua: __gc(batch)  [-0, +0, -] */
static int
ngx_pdn_redis_lua_batch_gc(lua_State *L)
{
    ngx_pdn_redis_batch_t *batch = lua_touserdata(L, 1);

    ngx_pdn_bytes_release(&batch->out);

    return 0;
}


/*
 * Lua: add(batch, head, ...) -> how many | false, the caller's mistake
 * [-0, +1|2, e]
 */
static int
ngx_pdn_redis_lua_add(lua_State *L)
{
    ngx_pdn_redis_batch_t *batch;

    batch = luaL_checkudata(L, 1, NGX_PDN_REDIS_BATCH);

    if (ngx_pdn_redis_encode(L, 2, &batch->out) != NGX_OK) {
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }

    batch->commands++;
    lua_pushinteger(L, batch->commands);

    return 1;
}


/* Lua: slot(key) -> 0 to 16383  [-0, +1, e] */
static int
ngx_pdn_redis_lua_slot(lua_State *L)
{
    size_t len;
    const char *key;

    key = luaL_checklstring(L, 1, &len);
    lua_pushinteger(L, pdn_redis_slot(key, len));

    return 1;
}


/*
 * Lua: retire(lease): its connection is closed when it comes back, for it
 * was told what others should not find  [-0, +0, -]
 */
static int
ngx_pdn_redis_lua_retire(lua_State *L)
{
    ngx_pdn_db_lease_t *lease;

    lease = ngx_pdn_db_lease_get(L, 1);

    if (lease != NULL && lease->conn != NULL) {
        lease->conn->retired = 1;
    }

    return 0;
}


/* Lua: shared(pool) -> wires that all share, what they owe  [-0, +2, -] */
static int
ngx_pdn_redis_lua_shared(lua_State *L)
{
    ngx_uint_t n, asks;

    n = ngx_pdn_shared_count(lua_touserdata(L, 1), &asks);
    lua_pushinteger(L, n);
    lua_pushinteger(L, asks);

    return 2;
}
