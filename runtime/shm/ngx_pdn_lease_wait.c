/*
 * SPDX-License-Identifier: MIT
 *
 * Tasks that wait for a lease: to take one, or only for it to end.
 */

#include "ngx_pdn_held.h"
#include "ngx_pdn_lease.h"
#include "ngx_pdn_parts.h"


typedef struct {
    ngx_pdn_sync_wait_t base;
    ngx_pdn_lease_terms_t terms;
    uint64_t id; /* taken, or to be over */
} ngx_pdn_lease_wait_t;


static int ngx_pdn_lease_await(lua_State *L);
static int ngx_pdn_lease_await_end(lua_State *L);
static ngx_int_t ngx_pdn_lease_wait_take(ngx_pdn_sync_wait_t *wait);
static ngx_int_t ngx_pdn_lease_wait_end(ngx_pdn_sync_wait_t *wait);
static int ngx_pdn_lease_push_id(lua_State *L, ngx_pdn_sync_wait_t *wait);
static int ngx_pdn_lease_push_end(lua_State *L, ngx_pdn_sync_wait_t *wait);
static void ngx_pdn_lease_give_back(ngx_pdn_sync_wait_t *wait);


static const ngx_pdn_sync_wait_ops_t ngx_pdn_lease_take_ops = {
    ngx_pdn_lease_wait_take, ngx_pdn_lease_push_id, ngx_pdn_lease_give_back
};


static const ngx_pdn_sync_wait_ops_t ngx_pdn_lease_end_ops = {
    ngx_pdn_lease_wait_end, ngx_pdn_lease_push_end, NULL
};


void
ngx_pdn_lease_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_lease_await);
    lua_setfield(L, 2, "lease_await");

    lua_pushcfunction(L, ngx_pdn_lease_await_end);
    lua_setfield(L, 2, "lease_await_end");
}


static ngx_pdn_lease_wait_t *
ngx_pdn_lease_wait_create(lua_State *L, const ngx_pdn_sync_wait_ops_t *ops)
{
    size_t len;
    const char *key;
    ngx_pdn_host_t *host;
    ngx_pdn_lease_wait_t *w;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    key = luaL_checklstring(L, 2, &len);

    w = ngx_pdn_sync_wait_create(host, lua_touserdata(L, 1), ops,
                                 sizeof(ngx_pdn_lease_wait_t),
                                 (const u_char *) key, len);
    if (w == NULL) {
        luaL_error(L, "no memory");
    }

    return w;
}


/* Lua: (dict, key, wait, limit, ttl) -> id | nil, err, in ms  [-5, +2, e] */
static int
ngx_pdn_lease_await(lua_State *L)
{
    ngx_pdn_lease_wait_t *w;

    w = ngx_pdn_lease_wait_create(L, &ngx_pdn_lease_take_ops);
    w->terms.limit = (size_t) lua_tonumber(L, 4);
    w->terms.ttl = (int64_t) lua_tonumber(L, 5);

    return ngx_pdn_sync_wait(L, &w->base, (ngx_msec_t) lua_tonumber(L, 3));
}


/* Lua: (dict, key, wait, id) -> true | nil, err  [-4, +2, e] */
static int
ngx_pdn_lease_await_end(lua_State *L)
{
    ngx_pdn_lease_wait_t *w;

    w = ngx_pdn_lease_wait_create(L, &ngx_pdn_lease_end_ops);
    w->id = (uint64_t) lua_tonumber(L, 4);

    return ngx_pdn_sync_wait(L, &w->base, (ngx_msec_t) lua_tonumber(L, 3));
}


static ngx_int_t
ngx_pdn_lease_wait_take(ngx_pdn_sync_wait_t *wait)
{
    ngx_int_t rc;
    ngx_pdn_lease_wait_t *w = (ngx_pdn_lease_wait_t *) wait;

    rc = ngx_pdn_lease_try(wait->dict, wait->key.data, wait->key.len, &w->terms,
                           &w->id);

    if (rc == NGX_AGAIN) {
        w->id = 0; /* it was another's */
        ngx_pdn_lease_join(wait->dict, wait->key.data, wait->key.len,
                           &wait->again);

    } else if (rc == NGX_ERROR) {
        w->id = 0;
        wait->err = "no memory";
    }

    return rc;
}


static ngx_int_t
ngx_pdn_lease_wait_end(ngx_pdn_sync_wait_t *wait)
{
    ngx_pdn_lease_wait_t *w = (ngx_pdn_lease_wait_t *) wait;

    if (ngx_pdn_lease_held(wait->dict, wait->key.data, wait->key.len) != w->id)
    {
        return NGX_OK;
    }

    ngx_pdn_lease_join(wait->dict, wait->key.data, wait->key.len, &wait->again);

    return NGX_AGAIN;
}


static int
ngx_pdn_lease_push_id(lua_State *L, ngx_pdn_sync_wait_t *wait)
{
    uint64_t id;
    ngx_pdn_lease_wait_t *w = (ngx_pdn_lease_wait_t *) wait;

    id = w->id;
    w->id = 0; /* the host's from now on */

    if (ngx_pdn_held_add(wait->host, wait->dict, wait->key.data, wait->key.len,
                         id)
        != NGX_OK)
    {
        lua_pushnil(L);
        lua_pushliteral(L, "no memory");
        return 2;
    }

    lua_pushnumber(L, (lua_Number) id);

    return 1;
}


static int
ngx_pdn_lease_push_end(lua_State *L, ngx_pdn_sync_wait_t *wait)
{
    (void) wait;

    lua_pushboolean(L, 1);

    return 1;
}


/* One that was taken for a task that died before it went on. */
static void
ngx_pdn_lease_give_back(ngx_pdn_sync_wait_t *wait)
{
    ngx_pdn_lease_wait_t *w = (ngx_pdn_lease_wait_t *) wait;

    if (w->id != 0) {
        (void) ngx_pdn_lease_end(wait->dict, wait->key.data, wait->key.len,
                                 w->id);
    }
}
