/*
 * SPDX-License-Identifier: MIT
 *
 * sock:send().  What the kernel does not take at once is copied to the
 * socket's own buffer and sent from there.
 */

#include "ngx_pdn_tcp.h"
#include "ngx_pdn_message.h"


#define NGX_PDN_TCP_KEEP_OUT 65536


static ngx_uint_t ngx_pdn_tcp_unwritable(lua_State *L, ngx_pdn_tcp_t *u);
static void ngx_pdn_tcp_write_nodelay(ngx_pdn_tcp_t *u);
static ngx_int_t ngx_pdn_tcp_write_some(ngx_pdn_tcp_t *u, const u_char **pos,
                                        const u_char *last);
static void ngx_pdn_tcp_write_failed(ngx_pdn_tcp_t *u, const char *text,
                                     ngx_err_t code);
static ngx_msec_t ngx_pdn_tcp_write_timeout(ngx_pdn_tcp_t *u);
static ngx_int_t ngx_pdn_tcp_write_arm(ngx_pdn_tcp_t *u);
static int ngx_pdn_tcp_write_push(lua_State *L, ngx_pdn_wait_t *wait);
static int ngx_pdn_tcp_write_results(lua_State *L, ngx_pdn_tcp_t *u);
static void ngx_pdn_tcp_write_cancel(ngx_pdn_wait_t *wait);
static void ngx_pdn_tcp_write_disown(ngx_pdn_tcp_t *u);


/* sock:send(data) -> bytes | nil, err  [-0, +1|2, e] */
int
ngx_pdn_tcp_send(lua_State *L)
{
    size_t len;
    ngx_int_t rc;
    const u_char *pos, *last;
    ngx_pdn_tcp_t *u;

    if (lua_gettop(L) != 2) {
        return luaL_error(L,
                          "expecting 2 arguments (including the object), "
                          "but got %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_tcp_check(L);

    if (ngx_pdn_tcp_unwritable(L, u)) {
        return 2;
    }

    ngx_pdn_tcp_write_nodelay(u);

    pos = ngx_pdn_message(L, &u->out, &len);
    last = pos + len;

    u->writer.size = len;
    ngx_memzero(&u->writer.op.fault, sizeof(ngx_pdn_fault_t));

    ngx_pdn_tcp_debug1(u, "lua tcp socket send timeout: %M",
                       ngx_pdn_tcp_write_timeout(u));

    rc = ngx_pdn_tcp_write_some(u, &pos, last);

    if (rc != NGX_AGAIN) {
        return ngx_pdn_tcp_write_results(L, u);
    }

    if (pos >= u->out.start && pos < u->out.last) {
        u->out.pos = (u_char *) pos;

    } else if (ngx_pdn_bytes_reserve(&u->out, last - pos) == NGX_OK) {
        u->out.last = ngx_cpymem(u->out.last, pos, last - pos);

    } else {
        ngx_pdn_tcp_write_failed(u, "no memory", 0);
        return ngx_pdn_tcp_write_results(L, u);
    }

    if (ngx_pdn_tcp_write_arm(u) != NGX_OK) {
        return ngx_pdn_tcp_write_results(L, u);
    }

    return ngx_pdn_tcp_suspend(L, &u->writer.op, ngx_pdn_tcp_write_push,
                               ngx_pdn_tcp_write_cancel);
}


static ngx_uint_t
ngx_pdn_tcp_unwritable(lua_State *L, ngx_pdn_tcp_t *u)
{
    ngx_pdn_host_t *host;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    if (u->connection == NULL || u->write_closed) {

        if (host->socket_conf->log_errors) {
            ngx_log_error(NGX_LOG_ERR, host->log, 0,
                          "attempt to send data on a closed socket: u:%p, "
                          "c:%p, ft:%d eof:%d",
                          u, u->connection, u->write_closed, u->eof);
        }

        ngx_pdn_fault_text(L, "closed");
        return 1;
    }

    ngx_pdn_tcp_check_host(L, u);

    return ngx_pdn_tcp_busy(L, u, NGX_PDN_TCP_CONNECTING | NGX_PDN_TCP_WRITING);
}


/*
 * Small messages leave at once, if `tcp_nodelay` is on: a failure costs time
 * only, and nginx has logged it.
 */
static void
ngx_pdn_tcp_write_nodelay(ngx_pdn_tcp_t *u)
{
    ngx_connection_t *c;

    c = u->connection;

    if (u->host->socket_conf->tcp_nodelay
        && c->tcp_nodelay == NGX_TCP_NODELAY_UNSET)
    {
        ngx_log_debug1(NGX_LOG_DEBUG_CORE, c->log, 0,
                       "%slua socket tcp_nodelay",
                       ngx_pdn_said_by(u->host->subsystem));
        (void) ngx_tcp_nodelay(c);
    }
}


/* NGX_OK all sent, NGX_AGAIN `*pos` tells how far, NGX_ERROR. */
static ngx_int_t
ngx_pdn_tcp_write_some(ngx_pdn_tcp_t *u, const u_char **pos, const u_char *last)
{
    ssize_t n;
    ngx_int_t rc;
    ngx_connection_t *c;

    c = u->connection;

    if (u->owner != NULL && u->owner->clear != NULL) {
        rc = u->owner->clear(u->owner);

        if (rc == NGX_ERROR) {
            ngx_pdn_tcp_write_failed(u, "closed", 0);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    while (*pos < last) {

        if (!c->write->ready) {
            return NGX_AGAIN;
        }

        ngx_set_socket_errno(0);
        n = c->send(c, (u_char *) *pos, last - *pos);

        if (n > 0) {
            *pos += n;

        } else if (n == NGX_AGAIN) {
            return NGX_AGAIN;

        } else {
            ngx_pdn_tcp_write_failed(u, NULL, ngx_socket_errno);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Any error ends the writing side: how much the peer got is not known. */
static void
ngx_pdn_tcp_write_failed(ngx_pdn_tcp_t *u, const char *text, ngx_err_t code)
{
    u->writer.op.fault.text = (text == NULL && code == 0) ? "error" : text;
    u->writer.op.fault.code = code;
    u->write_closed = 1;

    if (u->owner != NULL) {
        /* what is half sent must not be followed by the owner's bytes */
        u->connection->write->error = 1;
    }
}


static ngx_msec_t
ngx_pdn_tcp_write_timeout(ngx_pdn_tcp_t *u)
{
    return u->send_timeout ? u->send_timeout
                           : u->host->socket_conf->send_timeout;
}


static ngx_int_t
ngx_pdn_tcp_write_arm(ngx_pdn_tcp_t *u)
{
    ngx_event_t *wev;

    wev = u->connection->write;

    if (ngx_handle_write_event(wev, u->host->socket_conf->send_lowat) != NGX_OK)
    {
        ngx_pdn_tcp_write_failed(u, "failed to handle write event", 0);
        return NGX_ERROR;
    }

    ngx_add_timer(wev, ngx_pdn_tcp_write_timeout(u));

    if (u->owner != NULL) {
        u->owner->writing(u->owner, u);
    }

    return NGX_OK;
}


void
ngx_pdn_tcp_write_event(ngx_event_t *wev)
{
    ngx_connection_t *c = wev->data;

    ngx_pdn_tcp_writable(c->data);
}


void
ngx_pdn_tcp_writable(ngx_pdn_tcp_t *u)
{
    ngx_int_t rc;
    ngx_event_t *wev;
    const u_char *pos;
    ngx_connection_t *c;

    c = u->connection;
    wev = c->write;

    if (!u->writer.op.pending) {
        wev->timedout = 0;
        (void) ngx_handle_write_event(wev, 0);
        return;
    }

    if (wev->timer_set) {
        ngx_del_timer(wev);
    }

    if (wev->timedout) {
        wev->timedout = 0;

        if (u->host->socket_conf->log_errors) {
            ngx_log_error(NGX_LOG_ERR, c->log, 0,
                          "lua tcp socket write timed out");
        }

        ngx_pdn_tcp_write_failed(u, "timeout", 0);

    } else {
        pos = u->out.pos;
        rc = ngx_pdn_tcp_write_some(u, &pos, u->out.last);
        u->out.pos = (u_char *) pos;

        if (rc == NGX_AGAIN && ngx_pdn_tcp_write_arm(u) == NGX_OK) {
            return;
        }
    }

    ngx_pdn_tcp_op_wake(&u->writer.op);
}


static int
ngx_pdn_tcp_write_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_tcp_t *u;

    u = ngx_queue_data(wait, ngx_pdn_tcp_t, writer.op.wait);
    ngx_pdn_tcp_write_disown(u);
    n = ngx_pdn_tcp_write_results(L, u);
    ngx_pdn_tcp_op_end(u, &u->writer.op);

    return n;
}


static int
ngx_pdn_tcp_write_results(lua_State *L, ngx_pdn_tcp_t *u)
{
    u->out.pos = u->out.start;
    u->out.last = u->out.start;
    ngx_pdn_bytes_shrink(&u->out, NGX_PDN_TCP_KEEP_OUT);

    if (ngx_pdn_fault_seen(&u->writer.op.fault)) {
        return ngx_pdn_fault_push(L, &u->writer.op.fault);
    }

    lua_pushinteger(L, u->writer.size);

    return 1;
}


/* The writer dies amid a message: nothing may follow it. */
static void
ngx_pdn_tcp_write_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_tcp_t *u;

    u = ngx_queue_data(wait, ngx_pdn_tcp_t, writer.op.wait);

    if (u->connection != NULL && u->connection->write->timer_set) {
        ngx_del_timer(u->connection->write);
    }

    u->write_closed = 1;
    ngx_pdn_tcp_write_disown(u);
    ngx_pdn_tcp_op_end(u, &u->writer.op);
}


/* The write event is its owner's again. */
static void
ngx_pdn_tcp_write_disown(ngx_pdn_tcp_t *u)
{
    if (u->owner != NULL) {
        u->owner->writing(u->owner, NULL);
    }
}
