/*
 * SPDX-License-Identifier: MIT
 *
 * Connections at rest: how one enters a pool, what can happen to it there,
 * and how it leaves.
 */

#include "ngx_pdn_tcp_pool.h"
#include "ngx_pdn_dial.h"


static ngx_int_t ngx_pdn_tcp_idle_keep(ngx_pdn_tcp_pool_t *pool,
                                       ngx_pdn_tcp_t *u, ngx_msec_t timeout);
static void ngx_pdn_tcp_idle_adopt(ngx_pdn_tcp_idle_t *idle,
                                   ngx_msec_t timeout);
static void ngx_pdn_tcp_idle_event(ngx_event_t *rev);
static ngx_int_t ngx_pdn_tcp_idle_quiet(ngx_connection_t *c);
static void ngx_pdn_tcp_idle_written(ngx_event_t *wev);


ngx_int_t
ngx_pdn_tcp_pool_take(ngx_pdn_tcp_pool_t *pool, ngx_pdn_tcp_t *u)
{
    ngx_queue_t *q;
    ngx_connection_t *c;
    ngx_pdn_tcp_idle_t *idle;

    if (ngx_queue_empty(&pool->idle)) {
        return NGX_DECLINED;
    }

    q = ngx_queue_head(&pool->idle);
    idle = ngx_queue_data(q, ngx_pdn_tcp_idle_t, link);
    c = idle->connection;

    ngx_queue_remove(q);
    pool->nidle--;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }

    c->idle = 0;
    u->reused = idle->reused + 1;
    u->pool = pool;
    free(idle);

    ngx_pdn_tcp_attach(u, c);

    ngx_pdn_tcp_debug2(u,
                       "lua tcp socket get keepalive peer: using "
                       "connection %p, fd:%d",
                       c, c->fd);

    return NGX_OK;
}


/* sock:setkeepalive(timeout?, size?) -> 1 | nil, err  [-0, +1|2, e] */
int
ngx_pdn_tcp_setkeepalive(lua_State *L)
{
    int n;
    lua_Integer size;
    ngx_msec_t timeout;
    ngx_pdn_tcp_t *u;
    ngx_connection_t *c;
    ngx_pdn_tcp_pool_t *pool;

    n = lua_gettop(L);

    if (n < 1 || n > 3) {
        return luaL_error(L,
                          "expecting 1 to 3 arguments "
                          "(including the object), but got %d",
                          n);
    }

    u = ngx_pdn_tcp_check(L);
    c = u->connection;

    if (c == NULL || u->read_closed || u->write_closed || u->eof || c->read->eof
        || c->read->pending_eof)
    {
        return ngx_pdn_fault_text(L, "closed");
    }

    ngx_pdn_tcp_check_host(L, u);

    if (u->owner != NULL) {
        return ngx_pdn_fault_text(L, "not supported for downstream sockets");
    }

    if (ngx_pdn_tcp_busy(L, u,
                         NGX_PDN_TCP_CONNECTING | NGX_PDN_TCP_READING
                             | NGX_PDN_TCP_WRITING))
    {
        return 2;
    }

    timeout = u->host->socket_conf->keepalive_timeout;

    if (n >= 2 && !lua_isnil(L, 2)) {
        timeout = (ngx_msec_t) luaL_checkinteger(L, 2);
    }

    size = u->host->socket_conf->pool_size;

    if (n >= 3 && !lua_isnil(L, 3)) {
        size = luaL_checkinteger(L, 3);
    }

    if (ngx_pdn_bytes_len(&u->in) > 0) {
        return ngx_pdn_fault_text(L, "unread data in buffer");
    }

    if (c->read->error || c->write->error) {
        return ngx_pdn_fault_text(L, "invalid connection");
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        return ngx_pdn_fault_text(L, "failed to handle read event");
    }

    if (ngx_terminate || ngx_exiting) {
        ngx_pdn_tcp_debug1(u,
                           "lua tcp socket set keepalive while process "
                           "exiting, closing connection %p",
                           c);
        ngx_pdn_tcp_shut(u);
        lua_pushinteger(L, 1);
        return 1;
    }

    pool = ngx_pdn_tcp_pool_find(L, &u->name);

    if (pool == NULL) {
        if (size <= 0) {
            return luaL_argerror(
                L, n,
                lua_pushfstring(L, "bad \"pool_size\" option value: %d",
                                (int) size));
        }

        pool = ngx_pdn_tcp_pool_create(L, &u->name, size, -1, u->host->log);

        if (pool == NULL) {
            return ngx_pdn_fault_text(L, "no memory");
        }
    }

    if (ngx_pdn_tcp_idle_keep(pool, u, timeout) != NGX_OK) {
        return ngx_pdn_fault_text(L, "connection in dubious state");
    }

    lua_pushinteger(L, 1);

    return 1;
}


/* The connection becomes the pool's; a doubtful one is closed. */
static ngx_int_t
ngx_pdn_tcp_idle_keep(ngx_pdn_tcp_pool_t *pool, ngx_pdn_tcp_t *u,
                      ngx_msec_t timeout)
{
    ngx_queue_t *q;
    ngx_connection_t *c;
    ngx_pdn_tcp_idle_t *idle;

    c = u->connection;
    idle = malloc(sizeof(ngx_pdn_tcp_idle_t));

    pool->held++;

    if (idle == NULL || (c->read->ready && ngx_pdn_tcp_idle_quiet(c) != NGX_OK))
    {
        free(idle);
        ngx_pdn_tcp_shut(u);
        pool->held--;
        ngx_pdn_tcp_pool_next(pool);
        return NGX_ERROR;
    }

    if (timeout == 0) {
        ngx_pdn_tcp_debug1(u,
                           "lua tcp socket keepalive timeout: unlimited, "
                           "fd:%d",
                           c->fd);
    } else {
        ngx_pdn_tcp_debug1(u, "lua tcp socket keepalive timeout: %M ms",
                           timeout);
    }

    while (pool->nidle >= pool->size) {
        q = ngx_queue_last(&pool->idle);
        ngx_pdn_tcp_idle_drop(ngx_queue_data(q, ngx_pdn_tcp_idle_t, link));
    }

    idle->pool = pool;
    idle->connection = c;
    idle->reused = u->reused;

    ngx_queue_insert_head(&pool->idle, &idle->link);
    pool->nidle++;

    if (u->pool == pool) {
        /* counted already */
        u->pool = NULL;

    } else {
        pool->opened++;
        ngx_pdn_tcp_pool_uncount(u);
    }

    ngx_pdn_tcp_detach(u);
    ngx_pdn_tcp_idle_adopt(idle, timeout);

    pool->held--;
    ngx_pdn_tcp_pool_next(pool);

    return NGX_OK;
}


/* From now on the connection's events are ours, and the host's log is not. */
static void
ngx_pdn_tcp_idle_adopt(ngx_pdn_tcp_idle_t *idle, ngx_msec_t timeout)
{
    ngx_connection_t *c = idle->connection;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    if (timeout != 0) {
        ngx_add_timer(c->read, timeout);
    }

    c->data = idle;
    c->idle = 1;
    c->log = ngx_cycle->log;
    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = ngx_pdn_tcp_idle_event;
    c->write->handler = ngx_pdn_tcp_idle_written;

    if (c->pool != NULL) {
        c->pool->log = c->log;
    }
}


void
ngx_pdn_tcp_idle_drop(ngx_pdn_tcp_idle_t *idle)
{
    ngx_pdn_tcp_pool_t *pool = idle->pool;

    ngx_queue_remove(&idle->link);
    pool->nidle--;

    ngx_pdn_hang_up(idle->connection);
    free(idle);

    ngx_pdn_tcp_pool_closed(pool);
}


/* Idle for too long, the worker is ending, or the peer did something. */
static void
ngx_pdn_tcp_idle_event(ngx_event_t *rev)
{
    ngx_connection_t *c;

    c = rev->data;

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, rev->log, 0,
                   "lua tcp socket keepalive close handler: fd:%d", c->fd);

    if (rev->timedout) {
        ngx_log_debug0(NGX_LOG_DEBUG_CORE, rev->log, 0,
                       "lua tcp socket keepalive max idle timeout");
    }

    if (!c->close && !rev->timedout && ngx_pdn_tcp_idle_quiet(c) == NGX_OK
        && ngx_handle_read_event(rev, 0) == NGX_OK)
    {
        return;
    }

    ngx_pdn_tcp_idle_drop(c->data);
}


/*
 * NGX_OK: the peer has neither closed it nor sent anything; TLS's own records
 * (tickets) do not count.
 */
static ngx_int_t
ngx_pdn_tcp_idle_quiet(ngx_connection_t *c)
{
    u_char byte;

    if (c->ssl != NULL) {
        return c->recv(c, &byte, 1) == NGX_AGAIN ? NGX_OK : NGX_ERROR;
    }

    if (recv(c->fd, &byte, 1, MSG_PEEK) == -1 && ngx_socket_errno == NGX_EAGAIN)
    {
        c->read->ready = 0;
        return NGX_OK;
    }

    return NGX_ERROR;
}


static void
ngx_pdn_tcp_idle_written(ngx_event_t *wev)
{
    ngx_log_debug0(NGX_LOG_DEBUG_CORE, wev->log, 0,
                   "lua tcp socket idle connection is writable");
}
