/*
 * SPDX-License-Identifier: MIT
 *
 * The file of a database: where it is, and whether it still is there.  One
 * that was deleted or replaced goes on to be read and written by who has it
 * open, and nobody would ever see what was written; so they are told.
 */

#include "ngx_pdn_db_pool.h"
#include "ngx_pdn_sqlite.h"


/* How often a reader asks, in milliseconds; a writer does each time. */
#define NGX_PDN_SQLITE_LOOK 1000


static void ngx_pdn_sqlite_found(ngx_pdn_db_pool_t *pool);
static void ngx_pdn_sqlite_each(ngx_pdn_db_pool_t *pool,
                                void (*fn)(ngx_pdn_db_pool_t *pool));


ngx_int_t
ngx_pdn_sqlite_locate(ngx_pdn_sqlite_conn_t *c, ngx_pdn_db_op_t *op)
{
    const char *name;
    ngx_pdn_db_conf_t *conf = ngx_pdn_db_conf();

    c->conf.path = ngx_pdn_db_pool_get(c->conn.pool, "path");
    name = ngx_pdn_db_pool_get(c->conn.pool, "shared");

    if (name == NULL) {
        return NGX_OK;
    }

    if (conf->shared_fd == -1) {
        pdn_db_fail(&op->error, "connect_failed",
                    "cannot open shared database '%s': there is no folder "
                    "for it, see the error log",
                    name);
        return NGX_ERROR;
    }

    ngx_snprintf((u_char *) c->path, sizeof(c->path), "%s/%s%Z", conf->shared,
                 name);
    c->conf.path = c->path;
    c->conf.shared = 1;

    return NGX_OK;
}


ngx_uint_t
ngx_pdn_sqlite_due(ngx_pdn_sqlite_conn_t *c)
{
    return ngx_current_msec - c->looked >= NGX_PDN_SQLITE_LOOK;
}


void
ngx_pdn_sqlite_note(ngx_pdn_sqlite_conn_t *c)
{
    if (c->action == NGX_PDN_SQLITE_OPEN && c->rc != PDN_SQLITE_OK) {
        c->conn.broken = 1;
        return;
    }

    /* from now on there is one: to make it anew would hide that it was lost */
    if (c->action == NGX_PDN_SQLITE_OPEN) {
        c->looked = ngx_current_msec;
        ngx_pdn_sqlite_each(c->conn.pool, ngx_pdn_sqlite_found);
    }

    if (c->look) {
        c->look = 0;
        c->looked = ngx_current_msec;
    }

    if (c->lost) {
        c->conn.broken = 1;
        ngx_pdn_sqlite_each(c->conn.pool, ngx_pdn_db_pool_drain);
    }
}


static void
ngx_pdn_sqlite_found(ngx_pdn_db_pool_t *pool)
{
    pool->data = pool;
}


/* Calls `fn` for the pools of that file: readers', the writer's. */
static void
ngx_pdn_sqlite_each(ngx_pdn_db_pool_t *pool,
                    void (*fn)(ngx_pdn_db_pool_t *pool))
{
    const char *path, *other;
    ngx_queue_t *q, *pools;
    ngx_pdn_db_pool_t *p;

    path = ngx_pdn_db_pool_get(pool, "path");

    /* nobody deletes those that are shared, or in memory */
    if (path == NULL || pool->options.lasting) {
        return;
    }

    pools = ngx_pdn_db_pools();

    for (q = ngx_queue_head(pools); q != ngx_queue_sentinel(pools);
         q = ngx_queue_next(q))
    {
        p = ngx_queue_data(q, ngx_pdn_db_pool_t, link);

        if (p->driver != pool->driver) {
            continue;
        }

        other = ngx_pdn_db_pool_get(p, "path");

        if (other != NULL && ngx_strcmp(path, other) == 0) {
            fn(p);
        }
    }
}
