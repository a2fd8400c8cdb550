/*
 * SPDX-License-Identifier: MIT
 *
 * Who has a client, and the small functions about it: ngx.exit(),
 * ngx.req.socket(), ngx.req.start_time().
 */

#include "ngx_pdn_client.h"
#include "ngx_pdn_parts.h"


double ngx_pdn_ffi_start_time(void);
ngx_int_t ngx_pdn_ffi_status(void);
ngx_int_t ngx_pdn_ffi_set_status(ngx_int_t status);

static int ngx_pdn_client_exit(lua_State *L);
static int ngx_pdn_client_socket(lua_State *L);


void
ngx_pdn_client_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_client_exit);
    lua_setfield(L, 1, "exit");

    lua_newtable(L);
    lua_pushcfunction(L, ngx_pdn_client_socket);
    lua_setfield(L, -2, "socket");
    lua_setfield(L, 1, "req");
}


ngx_pdn_host_t *
ngx_pdn_client_check(lua_State *L, ngx_uint_t phases)
{
    ngx_pdn_host_t *host;

    host = ngx_pdn_check(L, phases);

    if (host->ops->client == NULL) {
        (void) luaL_error(L, "API disabled in the current context");
    }

    return host;
}


ngx_int_t
ngx_pdn_client_enter(ngx_uint_t phases, ngx_pdn_host_t **host)
{
    ngx_int_t rc;

    rc = ngx_pdn_allowed(phases);

    if (rc != NGX_OK) {
        return rc;
    }

    *host = ngx_pdn_task->host;

    return (*host)->ops->client != NULL ? NGX_OK : NGX_PDN_BAD_CONTEXT;
}


int
ngx_pdn_client_result(lua_State *L, ngx_int_t rc, const char *err)
{
    if (rc == NGX_ERROR) {
        lua_pushnil(L);
        lua_pushstring(L, err);
        return 2;
    }

    lua_pushinteger(L, 1);

    return 1;
}


/* Lua: exit(status); returns in phases that cannot wait  [-1, +0, e] */
static int
ngx_pdn_client_exit(lua_State *L)
{
    ngx_int_t rc;
    ngx_pdn_host_t *host;

    rc = luaL_checkinteger(L, 1);

    if (rc == NGX_AGAIN || rc == NGX_DONE) {
        return luaL_error(L, "bad argument to 'ngx.exit': does not accept "
                             "NGX_AGAIN or NGX_DONE");
    }

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT | NGX_PDN_HEADER_FILTER
                                | NGX_PDN_BALANCER | NGX_PDN_SSL_SESS_STORE);

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, host->log, 0, "lua exit with code %i",
                   rc);

    if (host->ops->client != NULL) {
        rc = host->ops->client->exit(L, host, rc);
    }

    return ngx_pdn_leave(L, rc);
}


/* Lua: req.socket(raw?) -> sock | nil, err  [-1, +1|2, e] */
static int
ngx_pdn_client_socket(lua_State *L)
{
    ngx_pdn_host_t *host;

    if (lua_gettop(L) > 1) {
        return luaL_error(L, "expecting zero arguments, but got %d",
                          lua_gettop(L));
    }

    host = ngx_pdn_client_check(L, NGX_PDN_ANSWERING);

    return host->ops->client->socket(L, host);
}


/* Seconds, or NGX_PDN_NO_REQUEST, NGX_PDN_BAD_CONTEXT. */
double
ngx_pdn_ffi_start_time(void)
{
    ngx_int_t rc;
    ngx_pdn_host_t *host;

    rc = ngx_pdn_client_enter(NGX_PDN_REQUEST, &host);

    return rc == NGX_OK ? host->ops->client->start_time(host) : (double) rc;
}


/* The number, or NGX_PDN_NO_REQUEST, NGX_PDN_BAD_CONTEXT. */
ngx_int_t
ngx_pdn_ffi_status(void)
{
    ngx_int_t rc;
    ngx_pdn_host_t *host;

    rc = ngx_pdn_client_enter(NGX_PDN_REQUEST, &host);

    return rc == NGX_OK ? host->ops->client->status(host) : rc;
}


ngx_int_t
ngx_pdn_ffi_set_status(ngx_int_t status)
{
    ngx_int_t rc;
    ngx_pdn_host_t *host;

    rc = ngx_pdn_client_enter(NGX_PDN_REQUEST, &host);

    if (rc == NGX_OK) {
        host->ops->client->set_status(host, status);
    }

    return rc;
}
