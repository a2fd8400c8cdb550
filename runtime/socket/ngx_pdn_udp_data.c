/*
 * SPDX-License-Identifier: MIT
 *
 * Datagrams.  Sending never waits: what the kernel does not take is an error,
 * as any datagram may be lost.  So a thread may send while another receives.
 */

#include "ngx_pdn_udp.h"
#include "ngx_pdn_message.h"


static ngx_pdn_udp_t *ngx_pdn_udp_open_socket(lua_State *L, const char *what);
static ngx_int_t ngx_pdn_udp_read(ngx_pdn_udp_t *u);
static ngx_int_t ngx_pdn_udp_read_arm(ngx_pdn_udp_t *u);
static int ngx_pdn_udp_read_push(lua_State *L, ngx_pdn_wait_t *wait);
static int ngx_pdn_udp_read_results(lua_State *L, ngx_pdn_udp_t *u);


/* sock:send(data) -> 1 | nil, err  [-0, +1|2, e] */
int
ngx_pdn_udp_send(lua_State *L)
{
    size_t len;
    ssize_t n;
    const u_char *data;
    ngx_pdn_udp_t *u;
    ngx_pdn_fault_t fault;

    if (lua_gettop(L) != 2) {
        return luaL_error(L,
                          "expecting 2 arguments (including the object), "
                          "but got %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_udp_open_socket(L, "send");

    if (u == NULL) {
        return 2;
    }

    data = ngx_pdn_message(L, &u->out, &len);

    do {
        n = send(u->connection->fd, data, len, 0);
    } while (n == -1 && ngx_socket_errno == NGX_EINTR);

    ngx_log_debug3(NGX_LOG_DEBUG_EVENT, u->host->log, 0,
                   "send: fd:%d %z of %uz", u->connection->fd, n, len);

    if (n == -1) {
        fault.text = NULL;
        fault.code = ngx_socket_errno;

        if (u->host->socket_conf->log_errors) {
            ngx_log_error(NGX_LOG_ERR, u->host->log, fault.code,
                          "send() failed");
        }

        return ngx_pdn_fault_push(L, &fault);
    }

    lua_pushinteger(L, 1);

    return 1;
}


/* The socket at index 1; NULL after pushing nil and "closed" [+2]. */
static ngx_pdn_udp_t *
ngx_pdn_udp_open_socket(lua_State *L, const char *what)
{
    ngx_log_t *log;
    ngx_pdn_udp_t *u;

    u = ngx_pdn_udp_check(L);

    if (u->connection != NULL) {
        return u;
    }

    log = ngx_pdn_task->host->log;

    if (ngx_pdn_task->host->socket_conf->log_errors) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "attempt to %s data on a closed socket: u:%p, c:%p", what,
                      u, u->connection);
    }

    (void) ngx_pdn_fault_text(L, "closed");

    return NULL;
}


/* sock:receive(size?) -> data | nil, err  [-0, +1|2, e] */
int
ngx_pdn_udp_receive(lua_State *L)
{
    lua_Number size;
    ngx_pdn_udp_t *u;

    if (lua_gettop(L) != 1 && lua_gettop(L) != 2) {
        return luaL_error(L,
                          "expecting 1 or 2 arguments (including the "
                          "object), but got %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_udp_open_socket(L, "receive");

    if (u == NULL || ngx_pdn_udp_busy(L, u)) {
        return 2;
    }

    size = luaL_optnumber(L, 2, NGX_PDN_UDP_MAX);

    u->size = size >= 0 && size < NGX_PDN_UDP_MAX ? (size_t) size
                                                  : NGX_PDN_UDP_MAX;
    ngx_memzero(&u->fault, sizeof(ngx_pdn_fault_t));

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, u->host->log, 0,
                   "lua udp socket read timeout: %M", ngx_pdn_udp_timeout(u));
    ngx_log_debug1(NGX_LOG_DEBUG_CORE, u->host->log, 0,
                   "lua udp socket receive buffer size: %uz", u->size);

    if (ngx_pdn_udp_read(u) == NGX_AGAIN && ngx_pdn_udp_read_arm(u) == NGX_OK) {
        return ngx_pdn_udp_suspend(L, u, ngx_pdn_udp_read_push);
    }

    return ngx_pdn_udp_read_results(L, u);
}


/* NGX_OK: a datagram, or why there is none, see u->fault; NGX_AGAIN. */
static ngx_int_t
ngx_pdn_udp_read(ngx_pdn_udp_t *u)
{
    u_char data[NGX_PDN_UDP_MAX];
    ssize_t n;
    ngx_connection_t *c;

    c = u->connection;
    ngx_set_socket_errno(0);
    n = ngx_udp_recv(c, data, u->size);

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, c->log, 0, "lua udp recv returned %z",
                   n);

    if (n == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    u->in.pos = u->in.start;
    u->in.last = u->in.start;

    if (n < 0) {
        u->fault.code = ngx_socket_errno;

    } else if (ngx_pdn_bytes_reserve(&u->in, ngx_max(n, 1)) == NGX_OK) {
        u->in.last = ngx_cpymem(u->in.last, data, n);

    } else {
        u->fault.text = "no memory";
    }

    return NGX_OK;
}


static ngx_int_t
ngx_pdn_udp_read_arm(ngx_pdn_udp_t *u)
{
    ngx_event_t *rev;

    rev = u->connection->read;

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        u->fault.text = "failed to handle read event";
        return NGX_ERROR;
    }

    ngx_add_timer(rev, ngx_pdn_udp_timeout(u));

    return NGX_OK;
}


void
ngx_pdn_udp_read_event(ngx_event_t *rev)
{
    ngx_pdn_udp_t *u;
    ngx_connection_t *c;

    c = rev->data;
    u = c->data;

    if (!u->pending) {
        rev->timedout = 0;
        (void) ngx_handle_read_event(rev, 0);
        return;
    }

    if (rev->timer_set) {
        ngx_del_timer(rev);
    }

    if (rev->timedout) {
        rev->timedout = 0;
        u->fault.text = "timeout";

        if (u->host->socket_conf->log_errors) {
            ngx_log_error(NGX_LOG_ERR, u->host->log, 0,
                          "lua udp socket read timed out");
        }

    } else if (c->close) {
        /* worker_shutdown_timeout has run out */
        u->fault.text = "closed";

    } else if (ngx_pdn_udp_read(u) == NGX_AGAIN
               && ngx_pdn_udp_read_arm(u) == NGX_OK)
    {
        return;
    }

    ngx_pdn_udp_wake(u);
}


/* Nobody waits to send. */
void
ngx_pdn_udp_write_event(ngx_event_t *wev)
{
    (void) ngx_handle_write_event(wev, 0);
}


static int
ngx_pdn_udp_read_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_udp_t *u = (ngx_pdn_udp_t *) wait;

    n = ngx_pdn_udp_read_results(L, u);
    ngx_pdn_udp_end(u);

    return n;
}


static int
ngx_pdn_udp_read_results(lua_State *L, ngx_pdn_udp_t *u)
{
    if (ngx_pdn_fault_seen(&u->fault)) {
        return ngx_pdn_fault_push(L, &u->fault);
    }

    lua_pushlstring(L, (char *) u->in.pos, ngx_pdn_bytes_len(&u->in));

    return 1;
}
