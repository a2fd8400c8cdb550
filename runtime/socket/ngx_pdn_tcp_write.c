/*
 * SPDX-License-Identifier: MIT
 *
 * sock:send().  A string goes to the kernel from where Lua keeps it; only
 * what the kernel does not take is copied.  A table is put together in the
 * socket's own buffer first.
 */

#include "ngx_pdn_tcp.h"


#define NGX_PDN_TCP_KEEP_OUT  65536
#define NGX_PDN_TCP_MAX_DEPTH 64


static ngx_uint_t ngx_pdn_tcp_unwritable(lua_State *L, ngx_pdn_tcp_t *u);
static void ngx_pdn_tcp_write_nodelay(ngx_pdn_tcp_t *u);
static const u_char *ngx_pdn_tcp_write_bytes(lua_State *L, ngx_pdn_tcp_t *u,
                                             size_t *len);
static size_t ngx_pdn_tcp_write_gather(lua_State *L, ngx_pdn_tcp_t *u,
                                       int index, ngx_uint_t depth);
static int ngx_pdn_tcp_write_count(lua_State *L, int index);
static void ngx_pdn_tcp_write_bad_type(lua_State *L, int type);
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

    u->out.pos = u->out.start;
    u->out.last = u->out.start;

    pos = ngx_pdn_tcp_write_bytes(L, u, &len);
    last = pos + len;

    u->writer.size = len;
    ngx_memzero(&u->writer.op.fault, sizeof(ngx_pdn_tcp_fault_t));

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

        ngx_pdn_tcp_fail(L, "closed");
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
        ngx_log_debug0(NGX_LOG_DEBUG_CORE, c->log, 0, "lua socket tcp_nodelay");
        (void) ngx_tcp_nodelay(c);
    }
}


/* What index 2 says, where it lies or gathered in u->out. */
static const u_char *
ngx_pdn_tcp_write_bytes(lua_State *L, ngx_pdn_tcp_t *u, size_t *len)
{
    size_t total;

    switch (lua_type(L, 2)) {

    case LUA_TNUMBER:
    case LUA_TSTRING:
        return (const u_char *) lua_tolstring(L, 2, len);

    case LUA_TNIL:
        *len = 3;
        return (const u_char *) "nil";

    case LUA_TBOOLEAN:
        *len = lua_toboolean(L, 2) ? 4 : 5;
        return (const u_char *) (lua_toboolean(L, 2) ? "true" : "false");

    case LUA_TTABLE:
        total = ngx_pdn_tcp_write_gather(L, NULL, 2, 0);

        if (ngx_pdn_bytes_reserve(&u->out, total) != NGX_OK) {
            luaL_error(L, "no memory");
        }

        (void) ngx_pdn_tcp_write_gather(L, u, 2, 0);
        *len = ngx_pdn_bytes_len(&u->out);

        return u->out.pos;

    default:
        luaL_argerror(L, 2,
                      lua_pushfstring(L,
                                      "string, number, boolean, "
                                      "nil, or array table expected, "
                                      "got %s",
                                      luaL_typename(L, 2)));
        return NULL;
    }
}


/*
 * Walks a nested array: without `u` it counts and raises on what cannot be
 * sent, with `u` it copies what the first walk has counted.
 */
static size_t
ngx_pdn_tcp_write_gather(lua_State *L, ngx_pdn_tcp_t *u, int index,
                         ngx_uint_t depth)
{
    int i, n, type;
    size_t len, total;
    const char *p;

    if (depth > NGX_PDN_TCP_MAX_DEPTH || !lua_checkstack(L, 4)) {
        luaL_argerror(L, 2, "table nested too deep");
    }

    total = 0;
    n = ngx_pdn_tcp_write_count(L, index);

    for (i = 1; i <= n; i++) {
        lua_rawgeti(L, index, i);
        type = lua_type(L, -1);

        if (type == LUA_TTABLE) {
            total += ngx_pdn_tcp_write_gather(L, u, lua_gettop(L), depth + 1);

        } else if (type == LUA_TSTRING || type == LUA_TNUMBER) {
            p = lua_tolstring(L, -1, &len);
            total += len;

            if (u != NULL) {
                u->out.last = ngx_cpymem(u->out.last, p, len);
            }

        } else {
            ngx_pdn_tcp_write_bad_type(L, type);
        }

        lua_pop(L, 1);
    }

    return total;
}


/* The greatest index; a gap is found later, as an element of type nil. */
static int
ngx_pdn_tcp_write_count(lua_State *L, int index)
{
    int max;
    lua_Number key;

    max = 0;
    lua_pushnil(L);

    while (lua_next(L, index) != 0) {

        key = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : 0;

        if (key < 1 || key > NGX_MAX_INT32_VALUE || (int) key != key) {
            luaL_argerror(L, 2, "non-array table found");
        }

        max = ngx_max(max, (int) key);
        lua_pop(L, 1);
    }

    return max;
}


static void
ngx_pdn_tcp_write_bad_type(lua_State *L, int type)
{
    luaL_argerror(
        L, 2,
        lua_pushfstring(L, "bad data type %s found", lua_typename(L, type)));
}


/* NGX_OK all sent, NGX_AGAIN `*pos` tells how far, NGX_ERROR. */
static ngx_int_t
ngx_pdn_tcp_write_some(ngx_pdn_tcp_t *u, const u_char **pos, const u_char *last)
{
    ssize_t n;
    ngx_connection_t *c;

    c = u->connection;

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

    if (wev->timer_set) {
        ngx_del_timer(wev);
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

    if (ngx_pdn_tcp_failed(&u->writer.op.fault)) {
        return ngx_pdn_tcp_push_fault(L, &u->writer.op.fault);
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
