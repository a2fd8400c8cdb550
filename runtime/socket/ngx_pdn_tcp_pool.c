/*
 * SPDX-License-Identifier: MIT
 *
 * Pools of connections, by name, one set in a VM.  A pool holds the idle
 * connections, the latest first, and counts the open ones: with a backlog no
 * more than `size` of them may be open, and further connects wait in turn.
 */

#include "ngx_pdn_tcp_pool.h"


static ngx_pdn_tcp_pools_t *ngx_pdn_tcp_pools(lua_State *L);
static int ngx_pdn_tcp_pools_gc(lua_State *L);
static void ngx_pdn_tcp_pool_turn(ngx_event_t *ev);
static ngx_uint_t ngx_pdn_tcp_pool_open_to(ngx_pdn_tcp_pool_t *pool);


static char ngx_pdn_tcp_pools_key;


/* The VM's set of pools, made at the first call. */
static ngx_pdn_tcp_pools_t *
ngx_pdn_tcp_pools(lua_State *L)
{
    ngx_pdn_tcp_pools_t *pools;

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
    ngx_queue_t *q;
    ngx_pdn_tcp_pool_t *pool;
    ngx_pdn_tcp_pools_t *pools;

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
    ngx_pdn_tcp_pools_t *pools;

    pools = ngx_pdn_tcp_pools(L);

    return (ngx_pdn_tcp_pool_t *) ngx_str_rbtree_lookup(
        &pools->tree, name, ngx_crc32_short(name->data, name->len));
}


ngx_pdn_tcp_pool_t *
ngx_pdn_tcp_pool_create(lua_State *L, ngx_str_t *name, ngx_uint_t size,
                        ngx_int_t backlog, ngx_log_t *log)
{
    ngx_pdn_tcp_pool_t *pool;
    ngx_pdn_tcp_pools_t *pools;

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

    ngx_log_debug2(NGX_LOG_DEBUG_CORE, log, 0,
                   "lua tcp socket keepalive "
                   "create connection pool for key \"%V\", size: %ui",
                   name, size);
    ngx_log_debug1(NGX_LOG_DEBUG_CORE, log, 0,
                   "lua tcp socket connection pool size: %ui", size);

    return pool;
}


void
ngx_pdn_tcp_pool_closed(ngx_pdn_tcp_pool_t *pool)
{
    pool->opened--;
    ngx_pdn_tcp_pool_next(pool);
}


void
ngx_pdn_tcp_pool_count(ngx_pdn_tcp_pool_t *pool, ngx_pdn_tcp_t *u)
{
    pool->opened++;
    u->pool = pool;
}


void
ngx_pdn_tcp_pool_uncount(ngx_pdn_tcp_t *u)
{
    ngx_pdn_tcp_pool_t *pool = u->pool;

    if (pool != NULL) {
        u->pool = NULL;
        ngx_pdn_tcp_pool_closed(pool);
    }
}


void
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
                   "\"%V\"",
                   &pool->node.str);

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
    ngx_queue_t *q;
    ngx_pdn_tcp_t *u;
    ngx_pdn_tcp_pool_t *pool = ev->data;

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

    ngx_pdn_tcp_debug2(u,
                       "lua tcp socket queue connect operation for "
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
    ngx_pdn_tcp_pool_t *pool = u->pool;

    ngx_pdn_tcp_debug1(u, "lua tcp socket abort queueing in pool \"%V\"",
                       &pool->node.str);

    ngx_queue_remove(&u->connect.link);
    pool->nwaiting--;
    u->connect.queued = 0;

    /* it was never counted */
    u->pool = NULL;

    ngx_pdn_tcp_pool_next(pool);
}
