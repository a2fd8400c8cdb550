/*
 * SPDX-License-Identifier: MIT
 *
 * Pools of connections, by name, one set in a VM.  A pool holds the idle
 * connections, the latest first, and counts the open ones: with a backlog no
 * more than `size` of them may be open, and further connects wait in turn.
 */

#include "ngx_pdn_tcp.h"


typedef struct {
    ngx_rbtree_t              tree;      /* ngx_pdn_tcp_pool_t by name */
    ngx_rbtree_node_t         sentinel;
} ngx_pdn_tcp_pools_t;


struct ngx_pdn_tcp_pool_s {
    ngx_str_node_t            node;
    ngx_pdn_tcp_pools_t      *pools;     /* NULL: the VM has gone */
    ngx_queue_t               idle;      /* ngx_pdn_tcp_idle_t */
    ngx_uint_t                nidle;
    ngx_queue_t               waiting;   /* ngx_pdn_tcp_t, connect.link */
    ngx_uint_t                nwaiting;
    ngx_uint_t                opened;    /* idle ones too */
    ngx_uint_t                size;
    ngx_int_t                 backlog;   /* -1: open as many as you like */
    ngx_event_t               turn;      /* posted: the next may go */
    ngx_uint_t                held;      /* do not free */
    u_char                    name[1];
};


typedef struct {
    ngx_queue_t               link;
    ngx_pdn_tcp_pool_t       *pool;
    ngx_connection_t         *connection;
    ngx_uint_t                reused;
} ngx_pdn_tcp_idle_t;


static ngx_pdn_tcp_pools_t *ngx_pdn_tcp_pools(lua_State *L);
static int ngx_pdn_tcp_pools_gc(lua_State *L);
static void ngx_pdn_tcp_pool_opened(ngx_pdn_tcp_pool_t *pool);
static void ngx_pdn_tcp_pool_closed(ngx_pdn_tcp_pool_t *pool);
static void ngx_pdn_tcp_pool_next(ngx_pdn_tcp_pool_t *pool);
static void ngx_pdn_tcp_pool_turn(ngx_event_t *ev);
static ngx_uint_t ngx_pdn_tcp_pool_open_to(ngx_pdn_tcp_pool_t *pool);
static ngx_int_t ngx_pdn_tcp_pool_keep(ngx_pdn_tcp_pool_t *pool,
    ngx_pdn_tcp_t *u, ngx_msec_t timeout);
static void ngx_pdn_tcp_idle_drop(ngx_pdn_tcp_idle_t *idle);
static void ngx_pdn_tcp_idle_event(ngx_event_t *rev);
static ngx_int_t ngx_pdn_tcp_idle_quiet(ngx_connection_t *c);
static void ngx_pdn_tcp_idle_written(ngx_event_t *wev);


static char  ngx_pdn_tcp_pools_key;


/* The VM's set of pools, made at the first call. */
static ngx_pdn_tcp_pools_t *
ngx_pdn_tcp_pools(lua_State *L)
{
    ngx_pdn_tcp_pools_t  *pools;

    lua_pushlightuserdata(L, &ngx_pdn_tcp_pools_key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    pools = lua_touserdata(L, -1);
    lua_pop(L, 1);

    if (pools != NULL) {
        return pools;
    }

    lua_pushlightuserdata(L, &ngx_pdn_tcp_pools_key);
    pools = lua_newuserdata(L, sizeof(ngx_pdn_tcp_pools_t));
    ngx_rbtree_init(&pools->tree, &pools->sentinel,
                    ngx_str_rbtree_insert_value);

    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, ngx_pdn_tcp_pools_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);

    return pools;
}


/* The VM ends, and all of its hosts have: nothing waits any more. */
static int
ngx_pdn_tcp_pools_gc(lua_State *L)
{
    ngx_queue_t          *q;
    ngx_pdn_tcp_pool_t   *pool;
    ngx_pdn_tcp_pools_t  *pools;

    pools = lua_touserdata(L, 1);

    while (pools->tree.root != pools->tree.sentinel) {
        pool = (ngx_pdn_tcp_pool_t *) pools->tree.root;
        pool->held++;

        while (!ngx_queue_empty(&pool->idle)) {
            q = ngx_queue_head(&pool->idle);
            ngx_pdn_tcp_idle_drop(ngx_queue_data(q, ngx_pdn_tcp_idle_t, link));
        }

        ngx_rbtree_delete(&pools->tree, &pool->node.node);
        pool->pools = NULL;
        pool->held--;
        ngx_pdn_tcp_pool_next(pool);
    }

    return 0;
}


ngx_pdn_tcp_pool_t *
ngx_pdn_tcp_pool_find(lua_State *L, ngx_str_t *name)
{
    ngx_pdn_tcp_pools_t  *pools;

    pools = ngx_pdn_tcp_pools(L);

    return (ngx_pdn_tcp_pool_t *)
           ngx_str_rbtree_lookup(&pools->tree, name,
                                 ngx_crc32_short(name->data, name->len));
}


ngx_pdn_tcp_pool_t *
ngx_pdn_tcp_pool_create(lua_State *L, ngx_str_t *name, ngx_uint_t size,
    ngx_int_t backlog, ngx_log_t *log)
{
    ngx_pdn_tcp_pool_t   *pool;
    ngx_pdn_tcp_pools_t  *pools;

    pools = ngx_pdn_tcp_pools(L);
    pool = calloc(1, sizeof(ngx_pdn_tcp_pool_t) + name->len);

    if (pool == NULL) {
        return NULL;
    }

    ngx_memcpy(pool->name, name->data, name->len);

    pool->node.str.data = pool->name;
    pool->node.str.len = name->len;
    pool->node.node.key = ngx_crc32_short(name->data, name->len);
    pool->pools = pools;
    pool->size = size;
    pool->backlog = backlog;

    pool->turn.handler = ngx_pdn_tcp_pool_turn;
    pool->turn.data = pool;
    pool->turn.log = ngx_cycle->log;

    ngx_queue_init(&pool->idle);
    ngx_queue_init(&pool->waiting);
    ngx_rbtree_insert(&pools->tree, &pool->node.node);

    ngx_log_debug2(NGX_LOG_DEBUG_CORE, log, 0, "lua tcp socket keepalive "
                   "create connection pool for key \"%V\", size: %ui", name,
                   size);
    ngx_log_debug1(NGX_LOG_DEBUG_CORE, log, 0,
                   "lua tcp socket connection pool size: %ui", size);

    return pool;
}


static void
ngx_pdn_tcp_pool_opened(ngx_pdn_tcp_pool_t *pool)
{
    pool->opened++;
}


static void
ngx_pdn_tcp_pool_closed(ngx_pdn_tcp_pool_t *pool)
{
    pool->opened--;
    ngx_pdn_tcp_pool_next(pool);
}


void
ngx_pdn_tcp_pool_count(ngx_pdn_tcp_pool_t *pool, ngx_pdn_tcp_t *u)
{
    ngx_pdn_tcp_pool_opened(pool);
    u->pool = pool;
}


void
ngx_pdn_tcp_pool_uncount(ngx_pdn_tcp_t *u)
{
    ngx_pdn_tcp_pool_t  *pool = u->pool;

    if (pool != NULL) {
        u->pool = NULL;
        ngx_pdn_tcp_pool_closed(pool);
    }
}


/* Lets the next one in, or frees a pool that nobody needs. */
static void
ngx_pdn_tcp_pool_next(ngx_pdn_tcp_pool_t *pool)
{
    if (pool->nwaiting > 0) {
        if (ngx_pdn_tcp_pool_open_to(pool)) {
            ngx_post_event(&pool->turn, &ngx_posted_events);
        }

        return;
    }

    if (pool->opened > 0 || pool->held > 0) {
        return;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "lua tcp socket keepalive: free connection pool for "
                   "\"%V\"", &pool->node.str);

    if (pool->pools != NULL) {
        ngx_rbtree_delete(&pool->pools->tree, &pool->node.node);
    }

    if (pool->turn.posted) {
        ngx_delete_posted_event(&pool->turn);
    }

    free(pool);
}


static ngx_uint_t
ngx_pdn_tcp_pool_open_to(ngx_pdn_tcp_pool_t *pool)
{
    return pool->nidle > 0 || pool->opened < pool->size;
}


static void
ngx_pdn_tcp_pool_turn(ngx_event_t *ev)
{
    ngx_queue_t         *q;
    ngx_pdn_tcp_t       *u;
    ngx_pdn_tcp_pool_t  *pool = ev->data;

    pool->held++;

    while (pool->nwaiting > 0 && ngx_pdn_tcp_pool_open_to(pool)) {
        q = ngx_queue_head(&pool->waiting);
        u = ngx_queue_data(q, ngx_pdn_tcp_t, connect.link);

        ngx_queue_remove(q);
        pool->nwaiting--;
        u->connect.queued = 0;

        if (ngx_pdn_tcp_pool_take(pool, u) != NGX_OK) {
            ngx_pdn_tcp_pool_count(pool, u);
        }

        ngx_pdn_tcp_connect_admitted(u);
    }

    pool->held--;
    ngx_pdn_tcp_pool_next(pool);
}


ngx_int_t
ngx_pdn_tcp_pool_admit(ngx_pdn_tcp_pool_t *pool, ngx_pdn_tcp_t *u)
{
    if (ngx_pdn_tcp_pool_take(pool, u) == NGX_OK) {
        return NGX_OK;
    }

    if (pool->backlog < 0 || pool->opened < pool->size) {
        ngx_pdn_tcp_pool_count(pool, u);
        return NGX_OK;
    }

    if (pool->nwaiting >= (ngx_uint_t) pool->backlog) {
        return NGX_DECLINED;
    }

    ngx_pdn_tcp_debug2(u, "lua tcp socket queue connect operation for "
                       "connection pool \"%V\", waiting: %ui",
                       &pool->node.str, pool->nwaiting);

    ngx_queue_insert_tail(&pool->waiting, &u->connect.link);
    pool->nwaiting++;
    u->connect.queued = 1;
    u->pool = pool;

    return NGX_AGAIN;
}


void
ngx_pdn_tcp_pool_leave(ngx_pdn_tcp_t *u)
{
    ngx_pdn_tcp_pool_t  *pool = u->pool;

    ngx_pdn_tcp_debug1(u, "lua tcp socket abort queueing in pool \"%V\"",
                       &pool->node.str);

    ngx_queue_remove(&u->connect.link);
    pool->nwaiting--;
    u->connect.queued = 0;

    /* it was never counted */
    u->pool = NULL;

    ngx_pdn_tcp_pool_next(pool);
}


ngx_int_t
ngx_pdn_tcp_pool_take(ngx_pdn_tcp_pool_t *pool, ngx_pdn_tcp_t *u)
{
    ngx_queue_t         *q;
    ngx_connection_t    *c;
    ngx_pdn_tcp_idle_t  *idle;

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

    ngx_pdn_tcp_debug2(u, "lua tcp socket get keepalive peer: using "
                       "connection %p, fd:%d", c, c->fd);

    return NGX_OK;
}


/* sock:setkeepalive(timeout?, size?) -> 1 | nil, err  [-0, +1|2, e] */
int
ngx_pdn_tcp_setkeepalive(lua_State *L)
{
    int                  n;
    lua_Integer          size;
    ngx_msec_t           timeout;
    ngx_pdn_tcp_t       *u;
    ngx_connection_t    *c;
    ngx_pdn_tcp_pool_t  *pool;

    n = lua_gettop(L);

    if (n < 1 || n > 3) {
        return luaL_error(L, "expecting 1 to 3 arguments "
                          "(including the object), but got %d", n);
    }

    u = ngx_pdn_tcp_check(L);
    c = u->connection;

    if (c == NULL || u->read_closed || u->write_closed || u->eof
        || c->read->eof || c->read->pending_eof)
    {
        return ngx_pdn_tcp_fail(L, "closed");
    }

    ngx_pdn_tcp_check_host(L, u);

    if (ngx_pdn_tcp_busy(L, u, NGX_PDN_TCP_CONNECTING | NGX_PDN_TCP_READING
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
        return ngx_pdn_tcp_fail(L, "unread data in buffer");
    }

    if (c->read->error || c->write->error) {
        return ngx_pdn_tcp_fail(L, "invalid connection");
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        return ngx_pdn_tcp_fail(L, "failed to handle read event");
    }

    if (ngx_terminate || ngx_exiting) {
        ngx_pdn_tcp_shut(u);
        lua_pushinteger(L, 1);
        return 1;
    }

    pool = ngx_pdn_tcp_pool_find(L, &u->name);

    if (pool == NULL) {
        if (size <= 0) {
            return luaL_argerror(L, n, lua_pushfstring(L,
                                 "bad \"pool_size\" option value: %d",
                                 (int) size));
        }

        pool = ngx_pdn_tcp_pool_create(L, &u->name, size, -1, u->host->log);

        if (pool == NULL) {
            return ngx_pdn_tcp_fail(L, "no memory");
        }
    }

    if (ngx_pdn_tcp_pool_keep(pool, u, timeout) != NGX_OK) {
        return ngx_pdn_tcp_fail(L, "connection in dubious state");
    }

    lua_pushinteger(L, 1);

    return 1;
}


/* The connection becomes the pool's; a doubtful one is closed. */
static ngx_int_t
ngx_pdn_tcp_pool_keep(ngx_pdn_tcp_pool_t *pool, ngx_pdn_tcp_t *u,
    ngx_msec_t timeout)
{
    ngx_uint_t           counted;
    ngx_queue_t         *q;
    ngx_connection_t    *c;
    ngx_pdn_tcp_idle_t  *idle;

    c = u->connection;
    idle = malloc(sizeof(ngx_pdn_tcp_idle_t));

    pool->held++;

    if (idle == NULL
        || (c->read->ready && ngx_pdn_tcp_idle_quiet(c) != NGX_OK))
    {
        free(idle);
        ngx_pdn_tcp_shut(u);
        pool->held--;
        ngx_pdn_tcp_pool_next(pool);
        return NGX_ERROR;
    }

    if (timeout == 0) {
        ngx_pdn_tcp_debug1(u, "lua tcp socket keepalive timeout: unlimited, "
                           "fd:%d", c->fd);
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

    counted = (u->pool == pool);

    if (counted) {
        u->pool = NULL;

    } else {
        ngx_pdn_tcp_pool_opened(pool);
        ngx_pdn_tcp_pool_uncount(u);
    }

    ngx_pdn_tcp_detach(u);

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

    pool->held--;
    ngx_pdn_tcp_pool_next(pool);

    return NGX_OK;
}


static void
ngx_pdn_tcp_idle_drop(ngx_pdn_tcp_idle_t *idle)
{
    ngx_pdn_tcp_pool_t  *pool = idle->pool;

    ngx_queue_remove(&idle->link);
    pool->nidle--;

    ngx_pdn_tcp_close_connection(idle->connection);
    free(idle);

    ngx_pdn_tcp_pool_closed(pool);
}


/* Idle for too long, the worker is ending, or the peer did something. */
static void
ngx_pdn_tcp_idle_event(ngx_event_t *rev)
{
    ngx_connection_t  *c;

    c = rev->data;

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, rev->log, 0,
                   "lua tcp socket keepalive close handler: fd:%d", c->fd);

    if (!c->close && !rev->timedout && ngx_pdn_tcp_idle_quiet(c) == NGX_OK
        && ngx_handle_read_event(rev, 0) == NGX_OK)
    {
        return;
    }

    ngx_pdn_tcp_idle_drop(c->data);
}


/* NGX_OK: the peer has neither closed it nor sent anything. */
static ngx_int_t
ngx_pdn_tcp_idle_quiet(ngx_connection_t *c)
{
    char  byte;

    if (recv(c->fd, &byte, 1, MSG_PEEK) == -1
        && ngx_socket_errno == NGX_EAGAIN)
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
