/*
 * SPDX-License-Identifier: MIT
 *
 * Pools: which connection is lent to whom, and for how long it may stay.
 * What operations do with a connection stands in ngx_pdn_db_op.c.
 */

#include "ngx_pdn_db_count.h"
#include "ngx_pdn_db_known.h"
#include "ngx_pdn_db_pool.h"


#define NGX_PDN_DB_SWEEP_MIN 100


static ngx_pdn_db_pool_t *
ngx_pdn_db_pool_create(const ngx_pdn_db_driver_t *driver, ngx_str_t *key,
                       ngx_uint_t n, const char **keywords,
                       const char **values);
static void ngx_pdn_db_pool_sweep(ngx_event_t *ev);
static ngx_uint_t ngx_pdn_db_conn_old(ngx_pdn_db_conn_t *conn, ngx_uint_t idle);


ngx_pdn_db_pool_t *
ngx_pdn_db_pool(const ngx_pdn_db_driver_t *driver, ngx_str_t *key,
                ngx_str_t *label, const ngx_pdn_db_options_t *options,
                ngx_uint_t n, const char **keywords, const char **values)
{
    ngx_queue_t *q, *pools;
    ngx_pdn_db_pool_t *pool;

    pools = ngx_pdn_db_pools();

    for (q = ngx_queue_head(pools); q != ngx_queue_sentinel(pools);
         q = ngx_queue_next(q))
    {
        pool = ngx_queue_data(q, ngx_pdn_db_pool_t, link);

        if (pool->key.len == key->len
            && ngx_memcmp(pool->key.data, key->data, key->len) == 0)
        {
            return pool;
        }
    }

    pool = ngx_pdn_db_pool_create(driver, key, n, keywords, values);

    if (pool != NULL) {
        pool->options = *options;
        pool->count = ngx_pdn_db_count_take(label);

        if (pool->count == NULL) {
            pool->count = &pool->own;
        }

        pool->count->limit = options->limit;
        ngx_queue_insert_tail(pools, &pool->link);
    }

    return pool;
}


const char *
ngx_pdn_db_pool_get(ngx_pdn_db_pool_t *pool, const char *keyword)
{
    ngx_uint_t i;

    for (i = 0; pool->keywords[i]; i++) {
        if (ngx_strcmp(pool->keywords[i], keyword) == 0) {
            return pool->values[i];
        }
    }

    return NULL;
}


void
ngx_pdn_db_pool_drain(ngx_pdn_db_pool_t *pool)
{
    ngx_queue_t *q;
    ngx_pdn_db_conn_t *conn;

    while (!ngx_queue_empty(&pool->idle)) {
        q = ngx_queue_head(&pool->idle);
        conn = ngx_queue_data(q, ngx_pdn_db_conn_t, link);
        ngx_pdn_db_conn_close(conn);
    }

    for (q = ngx_queue_head(&pool->lent); q != ngx_queue_sentinel(&pool->lent);
         q = ngx_queue_next(q))
    {
        conn = ngx_queue_data(q, ngx_pdn_db_conn_t, link);
        conn->retired = 1;
    }

    if (pool->driver->drain != NULL) {
        pool->driver->drain(pool);
    }
}


void
ngx_pdn_db_pools_release(ngx_queue_t *pools)
{
    ngx_queue_t *q;
    ngx_pdn_db_pool_t *pool;

    while (!ngx_queue_empty(pools)) {
        q = ngx_queue_head(pools);
        pool = ngx_queue_data(q, ngx_pdn_db_pool_t, link);
        ngx_queue_remove(q);

        pool->closing = 1;
        ngx_pdn_db_pool_drain(pool);

        while (!ngx_queue_empty(&pool->lent)) {
            q = ngx_queue_head(&pool->lent);
            ngx_pdn_db_conn_close(ngx_queue_data(q, ngx_pdn_db_conn_t, link));
        }

        if (pool->sweep.timer_set) {
            ngx_del_timer(&pool->sweep);
        }

        if (pool->turn.posted) {
            ngx_delete_posted_event(&pool->turn);
        }

        ngx_pdn_db_known_release(pool);
        ngx_free(pool);
    }
}


ngx_pdn_db_conn_t *
ngx_pdn_db_conn_create(ngx_pdn_db_pool_t *pool)
{
    ngx_pdn_db_conn_t *conn;

    conn = ngx_calloc(pool->driver->conn_size, ngx_cycle->log);
    if (conn == NULL) {
        return NULL;
    }

    conn->pool = pool;
    conn->opened = ngx_current_msec;

    ngx_queue_insert_head(&pool->lent, &conn->link);
    pool->count->lent++;
    pool->count->opened++;

    return conn;
}


void
ngx_pdn_db_conn_close(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_db_pool_t *pool = conn->pool;

    ngx_queue_remove(&conn->link);

    if (conn->idle) {
        pool->count->idle--;

    } else {
        pool->count->lent--;
    }

    pool->count->closed++;

    if (conn->reset.stage == NGX_PDN_DB_RUNNING) {
        ngx_pdn_db_op_release(&conn->reset);
    }

    pool->driver->close(conn);
}


ngx_pdn_db_conn_t *
ngx_pdn_db_conn_take(ngx_pdn_db_pool_t *pool)
{
    ngx_queue_t *q;
    ngx_pdn_db_conn_t *conn;

    while (!ngx_queue_empty(&pool->idle)) {
        q = ngx_queue_head(&pool->idle);
        conn = ngx_queue_data(q, ngx_pdn_db_conn_t, link);

        if (conn->broken || ngx_pdn_db_conn_old(conn, 1)) {
            ngx_pdn_db_conn_close(conn);
            continue;
        }

        ngx_queue_remove(q);
        ngx_queue_insert_head(&pool->lent, q);
        conn->idle = 0;
        conn->reused++;
        pool->count->idle--;
        pool->count->lent++;

        return conn;
    }

    return NULL;
}


/* The connection is clean: it rests, or is closed for its age. */
void
ngx_pdn_db_conn_rest(ngx_pdn_db_conn_t *conn)
{
    ngx_msec_t wait;
    ngx_pdn_db_pool_t *pool = conn->pool;

    if (conn->broken || conn->retired || conn->borrowed || pool->closing
        || ngx_exiting || ngx_pdn_db_conn_old(conn, 0))
    {
        ngx_pdn_db_conn_close(conn);
        return;
    }

    ngx_queue_remove(&conn->link);
    ngx_queue_insert_head(&pool->idle, &conn->link);
    conn->idle = 1;
    conn->used = ngx_current_msec;
    pool->count->lent--;
    pool->count->idle++;

    wait = pool->options.idle_timeout;

    if (wait != 0 && !pool->sweep.timer_set) {
        ngx_add_timer(&pool->sweep, ngx_max(wait, NGX_PDN_DB_SWEEP_MIN));
    }
}


ngx_uint_t
ngx_pdn_db_is_stale(ngx_pdn_db_conn_t *conn)
{
    ngx_msec_t after;

    after = conn->pool->options.check_after;

    return after && ngx_current_msec - conn->used >= after;
}


void
ngx_pdn_db_lost(ngx_pdn_db_conn_t *conn)
{
    conn->broken = 1;

    if (conn->idle) {
        ngx_pdn_db_conn_close(conn);
    }
}


/* One block: the pool, its key, keywords and values. */
static ngx_pdn_db_pool_t *
ngx_pdn_db_pool_create(const ngx_pdn_db_driver_t *driver, ngx_str_t *key,
                       ngx_uint_t n, const char **keywords, const char **values)
{
    char *p;
    size_t size;
    ngx_uint_t i;
    ngx_pdn_db_pool_t *pool;

    size = sizeof(ngx_pdn_db_pool_t) + 2 * (n + 1) * sizeof(char *) + key->len;

    for (i = 0; i < n; i++) {
        size += ngx_strlen(keywords[i]) + ngx_strlen(values[i]) + 2;
    }

    pool = ngx_calloc(size, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    pool->keywords = (char **) (pool + 1);
    pool->values = pool->keywords + n + 1;
    p = (char *) (pool->values + n + 1);

    for (i = 0; i < n; i++) {
        pool->keywords[i] = p;
        p = (char *) ngx_cpymem(p, keywords[i], ngx_strlen(keywords[i]) + 1);
        pool->values[i] = p;
        p = (char *) ngx_cpymem(p, values[i], ngx_strlen(values[i]) + 1);
    }

    pool->key.data = (u_char *) p;
    pool->key.len = key->len;
    ngx_memcpy(p, key->data, key->len);

    pool->driver = driver;
    ngx_queue_init(&pool->idle);
    ngx_queue_init(&pool->lent);
    ngx_queue_init(&pool->waiting);
    ngx_queue_init(&pool->gathered);

    pool->sweep.handler = ngx_pdn_db_pool_sweep;
    pool->sweep.data = pool;
    pool->sweep.log = ngx_cycle->log;
    pool->sweep.cancelable = 1;

    return pool;
}


/* Closes what rested too long; those stand last. */
static void
ngx_pdn_db_pool_sweep(ngx_event_t *ev)
{
    ngx_msec_t rested, limit;
    ngx_queue_t *q;
    ngx_pdn_db_conn_t *conn;
    ngx_pdn_db_pool_t *pool = ev->data;

    limit = pool->options.idle_timeout;

    while (!ngx_queue_empty(&pool->idle)) {
        q = ngx_queue_last(&pool->idle);
        conn = ngx_queue_data(q, ngx_pdn_db_conn_t, link);

        if (!ngx_pdn_db_conn_old(conn, 1)) {
            rested = ngx_current_msec - conn->used;
            ngx_add_timer(ev, ngx_max(limit - ngx_min(rested, limit),
                                      NGX_PDN_DB_SWEEP_MIN));
            return;
        }

        ngx_pdn_db_conn_close(conn);
    }
}


static ngx_uint_t
ngx_pdn_db_conn_old(ngx_pdn_db_conn_t *conn, ngx_uint_t idle)
{
    ngx_pdn_db_options_t *opts = &conn->pool->options;

    if (opts->lifetime && ngx_current_msec - conn->opened >= opts->lifetime) {
        return 1;
    }

    return idle && opts->idle_timeout
           && ngx_current_msec - conn->used >= opts->idle_timeout;
}


ngx_uint_t
ngx_pdn_db_outcome_fail(ngx_pdn_db_outcome_t *outcome,
                        const pdn_db_error_t *err)
{
    outcome->error = ngx_alloc(sizeof(pdn_db_error_t), ngx_cycle->log);

    if (outcome->error == NULL) {
        return 0;
    }

    *outcome->error = *err;

    return 1;
}
