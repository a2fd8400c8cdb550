/*
 * SPDX-License-Identifier: MIT
 *
 * sock:setpeername(): from a name, an address or a path to a socket that
 * talks to one peer only.
 */

#include "ngx_pdn_udp.h"
#include "ngx_pdn_dial.h"


static ngx_int_t ngx_pdn_udp_keep_name(ngx_pdn_udp_t *u, const char *name,
                                       size_t len);
static int ngx_pdn_udp_set_path(lua_State *L, ngx_pdn_udp_t *u);
static int ngx_pdn_udp_set_host(lua_State *L, ngx_pdn_udp_t *u, in_port_t port);
static void ngx_pdn_udp_resolved(ngx_pdn_resolve_t *rs, void *data);
static int ngx_pdn_udp_resolved_push(lua_State *L, ngx_pdn_wait_t *wait);
static int ngx_pdn_udp_connect(lua_State *L, ngx_pdn_udp_t *u);
static int ngx_pdn_udp_dial(lua_State *L, ngx_pdn_udp_t *u,
                            ngx_pdn_addr_t *addr, ngx_pdn_addr_t *local);


/* sock:setpeername(host, port) or (path) -> 1 | nil, err  [-0, +1|2, e] */
int
ngx_pdn_udp_setpeername(lua_State *L)
{
    int n;
    size_t len;
    const char *name;
    lua_Integer port;
    ngx_pdn_udp_t *u;
    ngx_pdn_host_t *host;

    n = lua_gettop(L);

    if (n != 2 && n != 3) {
        return luaL_error(L,
                          "ngx.socket.udp setpeername: expecting 2 or 3 "
                          "arguments (including the object), but seen %d",
                          n);
    }

    u = ngx_pdn_udp_check(L);
    host = ngx_pdn_task->host;
    name = luaL_checklstring(L, 2, &len);
    port = n == 3 ? luaL_checkinteger(L, 3) : 0;

    if (port < 0 || port > 65535) {
        lua_pushnil(L);
        lua_pushfstring(L, "bad port number: %d", (int) port);
        return 2;
    }

    if (ngx_pdn_udp_busy(L, u)) {
        return 2;
    }

    if (u->connection != NULL) {
        ngx_log_debug0(NGX_LOG_DEBUG_CORE, host->log, 0,
                       "lua udp socket reconnect without shutting down");
    }

    if (u->name.data != NULL) {
        ngx_log_debug0(NGX_LOG_DEBUG_CORE, host->log, 0,
                       "lua reuse socket upstream ctx");
    }

    ngx_pdn_udp_shut(u);

    if (ngx_pdn_udp_adopt(u, host) != NGX_OK
        || ngx_pdn_udp_keep_name(u, name, len) != NGX_OK)
    {
        return luaL_error(L, "no memory");
    }

    if (ngx_pdn_is_path(&u->name)) {
        return ngx_pdn_udp_set_path(L, u);
    }

    return n == 3 ? ngx_pdn_udp_set_host(L, u, (in_port_t) port)
                  : ngx_pdn_fault_text(L, "missing the port number");
}


static ngx_int_t
ngx_pdn_udp_keep_name(ngx_pdn_udp_t *u, const char *name, size_t len)
{
    u_char *p;

    p = malloc(len + 1);

    if (p == NULL) {
        return NGX_ERROR;
    }

    free(u->name.data);
    u->name.data = p;
    u->name.len = len;
    ngx_memcpy(p, name, len);

    return NGX_OK;
}


/* The kernel gives our end a name, else nobody could answer. */
static int
ngx_pdn_udp_set_path(lua_State *L, ngx_pdn_udp_t *u)
{
    const char *err;
    ngx_pdn_addr_t addr, local;

    err = ngx_pdn_path_addr(&u->name, &addr);

    if (err != NULL) {
        return ngx_pdn_fault_text(L, err);
    }

    ngx_memzero(&local, sizeof(ngx_pdn_addr_t));
    local.sockaddr.sockaddr.sa_family = AF_UNIX;
    local.socklen = sizeof(sa_family_t);

    return ngx_pdn_udp_dial(L, u, &addr, &local);
}


static int
ngx_pdn_udp_set_host(lua_State *L, ngx_pdn_udp_t *u, in_port_t port)
{
    ngx_int_t rc;

    if (u->name.len == 0) {
        return ngx_pdn_fault_text(L, "failed to parse host name \"\": no host");
    }

    rc = ngx_pdn_resolve_start(&u->resolve, u->host, &u->name, port,
                               ngx_pdn_udp_timeout(u), ngx_pdn_udp_resolved, u);

    if (rc == NGX_AGAIN) {
        return ngx_pdn_udp_suspend(L, u, ngx_pdn_udp_resolved_push);
    }

    return ngx_pdn_udp_connect(L, u);
}


static void
ngx_pdn_udp_resolved(ngx_pdn_resolve_t *rs, void *data)
{
    (void) rs;

    ngx_pdn_udp_wake(data);
}


static int
ngx_pdn_udp_resolved_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_udp_t *u = (ngx_pdn_udp_t *) wait;

    n = ngx_pdn_udp_connect(L, u);
    ngx_pdn_udp_end(u);

    return n;
}


/* To one of the addresses: a datagram tells nobody that it was lost. */
static int
ngx_pdn_udp_connect(lua_State *L, ngx_pdn_udp_t *u)
{
    ngx_pdn_addr_t addr;
    ngx_pdn_resolve_t *rs;

    rs = &u->resolve;

    if (rs->error != 0) {
        return ngx_pdn_resolve_push_error(L, rs);
    }

    addr = rs->addrs[0];
    ngx_pdn_resolve_release(rs);

    return ngx_pdn_udp_dial(L, u, &addr, &u->local);
}


static int
ngx_pdn_udp_dial(lua_State *L, ngx_pdn_udp_t *u, ngx_pdn_addr_t *addr,
                 ngx_pdn_addr_t *local)
{
    ngx_int_t rc;
    ngx_pdn_fault_t fault;
    ngx_connection_t *c;

    ngx_memzero(&fault, sizeof(ngx_pdn_fault_t));
    rc = ngx_pdn_dial(u->host, SOCK_DGRAM, addr, local, &c, &fault);

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, u->host->log, 0,
                   "lua udp socket connect: %i", rc);

    if (rc == NGX_ERROR) {
        return ngx_pdn_fault_push(L, &fault);
    }

    u->connection = c;
    c->data = u;
    c->read->handler = ngx_pdn_udp_read_event;
    c->write->handler = ngx_pdn_udp_write_event;

    lua_pushinteger(L, 1);

    return 1;
}
