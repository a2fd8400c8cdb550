/*
 * SPDX-License-Identifier: MIT
 *
 * What Lua keeps of a host: ngx.ctx, a table that lives as long as its host
 * and is made at the first look, and a number that no other host has had.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_parts.h"


int ngx_pdn_ffi_ctx(void);
double ngx_pdn_ffi_host_id(void);

static int ngx_pdn_ctx_set(lua_State *L);


void
ngx_pdn_ctx_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_ctx_set);
    lua_setfield(L, 2, "ctx_set");
}


/*
 * Where the table lies in the registry; LUA_NOREF before it has been made,
 * else why there is none.
 */
int
ngx_pdn_ffi_ctx(void)
{
    if (ngx_pdn_allowed(~NGX_PDN_INIT) != NGX_OK) {
        return NGX_PDN_NO_REQUEST;
    }

    return ngx_pdn_task->host->ctx_ref;
}


/* 0 where no task runs. */
double
ngx_pdn_ffi_host_id(void)
{
    return ngx_pdn_task != NULL ? ngx_pdn_host_id(ngx_pdn_task->host) : 0;
}


double
ngx_pdn_host_id(ngx_pdn_host_t *host)
{
    static double last;

    if (host->id == 0) {
        host->id = ++last;
    }

    return host->id;
}


/* Lua: ctx_set(table)  [-1, +0, e] */
static int
ngx_pdn_ctx_set(lua_State *L)
{
    ngx_pdn_host_t *host;

    luaL_checktype(L, 1, LUA_TTABLE);
    host = ngx_pdn_check(L, ~NGX_PDN_INIT);

    if (host->ctx_ref != LUA_NOREF) {
        luaL_unref(L, LUA_REGISTRYINDEX, host->ctx_ref);
    }

    lua_pushvalue(L, 1);
    host->ctx_ref = luaL_ref(L, LUA_REGISTRYINDEX);

    return 0;
}


void
ngx_pdn_ctx_drop(ngx_pdn_host_t *host)
{
    if (host->ctx_ref != LUA_NOREF) {
        ngx_log_debug1(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                       "lua release ngx.ctx at ref %d", host->ctx_ref);

        luaL_unref(host->vm->L, LUA_REGISTRYINDEX, host->ctx_ref);
        host->ctx_ref = LUA_NOREF;
    }
}
