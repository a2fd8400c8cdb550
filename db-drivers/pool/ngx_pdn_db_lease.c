/*
 * SPDX-License-Identifier: MIT
 *
 * Leases: connections held by Lua between statements, and all the ways in
 * which they come back.
 */

#include "ngx_pdn_db_lua.h"


static ngx_queue_t *ngx_pdn_db_leases(ngx_pdn_host_t *host);
static void ngx_pdn_db_leases_cleanup(void *data);
static int ngx_pdn_db_lease_gc(lua_State *L);


void
ngx_pdn_db_lease_open(lua_State *L)
{
    luaL_newmetatable(L, NGX_PDN_DB_LEASE);
    lua_pushcfunction(L, ngx_pdn_db_lease_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}


ngx_pdn_db_lease_t *
ngx_pdn_db_lease_push(lua_State *L, ngx_pdn_host_t *host,
                      ngx_pdn_db_conn_t *conn)
{
    ngx_queue_t *leases;
    ngx_pdn_db_lease_t *lease;

    leases = ngx_pdn_db_leases(host);

    if (leases == NULL) {
        ngx_pdn_db_give_back(conn);
        return NULL;
    }

    lease = lua_newuserdata(L, sizeof(ngx_pdn_db_lease_t));
    ngx_memzero(lease, sizeof(ngx_pdn_db_lease_t));

    lease->host = host;
    lease->conn = conn;
    ngx_queue_insert_tail(leases, &lease->link);

    luaL_getmetatable(L, NGX_PDN_DB_LEASE);
    lua_setmetatable(L, -2);

    return lease;
}


ngx_pdn_db_lease_t *
ngx_pdn_db_lease_get(lua_State *L, int index)
{
    int same;
    ngx_pdn_db_lease_t *lease;

    lease = lua_touserdata(L, index);

    if (lease == NULL || lua_islightuserdata(L, index)
        || !lua_getmetatable(L, index))
    {
        return NULL;
    }

    luaL_getmetatable(L, NGX_PDN_DB_LEASE);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);

    return same ? lease : NULL;
}


void
ngx_pdn_db_lease_forget(ngx_pdn_db_lease_t *lease)
{
    if (lease->conn != NULL) {
        lease->conn = NULL;
        ngx_queue_remove(&lease->link);
    }
}


void
ngx_pdn_db_lease_end(ngx_pdn_db_lease_t *lease)
{
    ngx_pdn_db_conn_t *conn = lease->conn;

    if (conn == NULL || lease->busy) {
        return;
    }

    if (lease->stream != NULL) {
        ngx_pdn_db_stream_leave(lease->stream);

    } else {
        ngx_pdn_db_lease_forget(lease);
        ngx_pdn_db_give_back(conn);
    }
}


/* One cleanup for each host, however many transactions it makes. */
static ngx_queue_t *
ngx_pdn_db_leases(ngx_pdn_host_t *host)
{
    ngx_queue_t *leases;
    ngx_pool_cleanup_t *cln;

    for (cln = host->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_pdn_db_leases_cleanup) {
            return cln->data;
        }
    }

    cln = ngx_pool_cleanup_add(host->pool, sizeof(ngx_queue_t));
    if (cln == NULL) {
        return NULL;
    }

    leases = cln->data;
    ngx_queue_init(leases);
    cln->handler = ngx_pdn_db_leases_cleanup;

    return leases;
}


/*
 * A busy one is left to the cancellation of what runs on it, which comes with
 * the end of the host's tasks: before this, or right after.
 */
static void
ngx_pdn_db_leases_cleanup(void *data)
{
    ngx_queue_t *q, *leases = data;
    ngx_pdn_db_lease_t *lease;

    while (!ngx_queue_empty(leases)) {
        q = ngx_queue_head(leases);
        lease = ngx_queue_data(q, ngx_pdn_db_lease_t, link);

        ngx_queue_remove(q);
        ngx_queue_init(q);
        ngx_pdn_db_lease_end(lease);
    }
}


/* Lua: __gc(lease)  [-0, +0, -] */
static int
ngx_pdn_db_lease_gc(lua_State *L)
{
    ngx_pdn_db_lease_end(lua_touserdata(L, 1));

    return 0;
}
