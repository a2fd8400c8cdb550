/*
 * SPDX-License-Identifier: MIT
 *
 * What sends before the code ends: ngx.flush(), ngx.eof().
 */

#include "ngx_pdn_client.h"
#include "ngx_pdn_parts.h"


/* ngx.flush(true) */

typedef struct {
    ngx_pdn_wait_t wait;
    ngx_pdn_host_t *host;
    const char *err;
} ngx_pdn_flush_t;


static int ngx_pdn_flush_now(lua_State *L);
static int ngx_pdn_flush_eof(lua_State *L);
static int ngx_pdn_flush_wait(lua_State *L, ngx_pdn_host_t *host);
static int ngx_pdn_flush_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_pdn_flush_cancel(ngx_pdn_wait_t *wait);


void
ngx_pdn_flush_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_flush_now);
    lua_setfield(L, 1, "flush");
    lua_pushcfunction(L, ngx_pdn_flush_eof);
    lua_setfield(L, 1, "eof");
}


/* Lua: flush(wait?) -> 1 | nil, err  [-1, +2, e] */
static int
ngx_pdn_flush_now(lua_State *L)
{
    ngx_int_t rc;
    const char *err;
    ngx_pdn_host_t *host;

    if (lua_gettop(L) > 1) {
        return luaL_error(L,
                          "attempt to pass %d arguments, but accepted 0 "
                          "or 1",
                          lua_gettop(L));
    }

    host = ngx_pdn_client_check(L, NGX_PDN_ANSWERING);
    rc = host->ops->client->flush(host, lua_toboolean(L, 1), &err);

    if (rc == NGX_AGAIN) {
        return ngx_pdn_flush_wait(L, host);
    }

    return ngx_pdn_client_result(L, rc, err);
}


static int
ngx_pdn_flush_wait(lua_State *L, ngx_pdn_host_t *host)
{
    ngx_int_t rc;
    const char *err;
    ngx_pdn_flush_t *flush;

    if (host->flush != NULL) {
        return ngx_pdn_client_result(L, NGX_ERROR, "busy flushing");
    }

    flush = ngx_palloc(host->pool, sizeof(ngx_pdn_flush_t));
    if (flush == NULL) {
        return luaL_error(L, "no memory");
    }

    flush->host = host;
    flush->err = NULL;
    flush->wait.push = ngx_pdn_flush_push;
    flush->wait.cancel = ngx_pdn_flush_cancel;

    host->flush = &flush->wait;
    rc = host->ops->client->flush_more(host, &err);

    if (rc != NGX_AGAIN) {
        ngx_pdn_flush_cancel(&flush->wait);
        return ngx_pdn_client_result(L, rc, err);
    }

    return ngx_pdn_suspend(L, &flush->wait);
}


void
ngx_pdn_flush_event(ngx_pdn_host_t *host)
{
    ngx_int_t rc;
    ngx_pdn_flush_t *flush = (ngx_pdn_flush_t *) host->flush;

    rc = host->ops->client->flush_more(host, &flush->err);

    if (rc == NGX_AGAIN) {
        return;
    }

    if (rc == NGX_OK) {
        flush->err = NULL;
    }

    ngx_pdn_wake(&flush->wait);
}


static int
ngx_pdn_flush_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    ngx_pdn_flush_t *flush = (ngx_pdn_flush_t *) wait;

    ngx_pdn_flush_cancel(wait);

    return ngx_pdn_client_result(L, flush->err ? NGX_ERROR : NGX_OK,
                                 flush->err);
}


static void
ngx_pdn_flush_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_host_t *host;

    host = ((ngx_pdn_flush_t *) wait)->host;
    host->ops->client->flush_end(host);
    host->flush = NULL;
}


/* Lua: eof() -> 1 | nil, err  [-0, +2, e] */
static int
ngx_pdn_flush_eof(lua_State *L)
{
    ngx_int_t rc;
    const char *err;
    ngx_pdn_host_t *host;

    if (lua_gettop(L) != 0) {
        return luaL_error(L, "no argument is expected");
    }

    host = ngx_pdn_client_check(L, NGX_PDN_ANSWERING);
    ngx_log_debug0(NGX_LOG_DEBUG_CORE, host->log, 0, "lua send eof");

    rc = host->ops->client->eof(host, &err);

    return ngx_pdn_client_result(L, rc, err);
}
