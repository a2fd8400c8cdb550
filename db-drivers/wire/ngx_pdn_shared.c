/*
 * SPDX-License-Identifier: MIT
 *
 * Shared wires.  One that fails, is too slow or too old is left alone: it
 * ends with its last ask, while others get a new one.
 */

#include "ngx_pdn_shared.h"


typedef struct {
    ngx_pdn_wire_t *wire; /* for new asks, or NULL */
    ngx_queue_t wires;    /* all of them */
} ngx_pdn_shared_t;


static ngx_pdn_shared_t *ngx_pdn_shared_get(ngx_pdn_db_pool_t *pool);
static ngx_uint_t ngx_pdn_shared_fresh(ngx_pdn_wire_t *wire);
static void ngx_pdn_shared_gone(ngx_pdn_wire_t *wire);


ngx_pdn_wire_t *
ngx_pdn_shared_wire(ngx_pdn_db_pool_t *pool, struct ngx_pdn_host_s *host,
                    ngx_pdn_wire_t *(*create)(ngx_pdn_db_pool_t *pool))
{
    ngx_pdn_wire_t *wire;
    ngx_pdn_shared_t *shared = pool->data;

    if (shared != NULL && shared->wire != NULL
        && ngx_pdn_shared_fresh(shared->wire))
    {
        return shared->wire;
    }

    shared = ngx_pdn_shared_get(pool);

    if (shared == NULL) {
        return NULL;
    }

    if (shared->wire != NULL) {
        wire = shared->wire;
        shared->wire = NULL;
        ngx_pdn_wire_leave(wire);
    }

    wire = create(pool);

    if (wire == NULL) {
        return NULL;
    }

    pool->count->opened++;
    wire->shared = 1;
    wire->data = shared;
    wire->gone = ngx_pdn_shared_gone;
    ngx_queue_insert_tail(&shared->wires, &wire->link);
    shared->wire = wire;
    ngx_pdn_wire_open(wire, host);

    return wire;
}


void
ngx_pdn_shared_drain(ngx_pdn_db_pool_t *pool)
{
    ngx_queue_t *q;
    ngx_pdn_wire_t *wire;
    ngx_pdn_shared_t *shared = pool->data;

    if (shared == NULL) {
        return;
    }

    if (shared->wire != NULL) {
        wire = shared->wire;
        shared->wire = NULL;
        ngx_pdn_wire_leave(wire);
    }

    if (!pool->closing) {
        return;
    }

    while (!ngx_queue_empty(&shared->wires)) {
        q = ngx_queue_head(&shared->wires);
        ngx_pdn_wire_free(ngx_queue_data(q, ngx_pdn_wire_t, link));
    }

    ngx_free(shared);
    pool->data = NULL;
}


ngx_uint_t
ngx_pdn_shared_count(ngx_pdn_db_pool_t *pool, ngx_uint_t *asks)
{
    ngx_uint_t n;
    ngx_queue_t *q;
    ngx_pdn_wire_t *wire;
    ngx_pdn_shared_t *shared = pool->data;

    n = 0;
    *asks = 0;

    if (shared == NULL) {
        return 0;
    }

    for (q = ngx_queue_head(&shared->wires);
         q != ngx_queue_sentinel(&shared->wires); q = ngx_queue_next(q))
    {
        wire = ngx_queue_data(q, ngx_pdn_wire_t, link);
        *asks += wire->nasks;
        n += wire->state != NGX_PDN_WIRE_CLOSED;
    }

    return n;
}


static ngx_pdn_shared_t *
ngx_pdn_shared_get(ngx_pdn_db_pool_t *pool)
{
    ngx_pdn_shared_t *shared = pool->data;

    if (shared == NULL) {
        shared = ngx_calloc(sizeof(ngx_pdn_shared_t), ngx_cycle->log);

        if (shared != NULL) {
            ngx_queue_init(&shared->wires);
            pool->data = shared;
        }
    }

    return shared;
}


/* The same rules as for connections of the pool. */
static ngx_uint_t
ngx_pdn_shared_fresh(ngx_pdn_wire_t *wire)
{
    ngx_pdn_db_options_t *opts = &wire->pool->options;

    if (wire->state == NGX_PDN_WIRE_OPENING) {
        return !wire->failing;
    }

    if (opts->lifetime && ngx_current_msec - wire->opened >= opts->lifetime) {
        return 0;
    }

    return wire->nasks > 0 || !opts->check_after
           || ngx_current_msec - wire->used < opts->check_after;
}


static void
ngx_pdn_shared_gone(ngx_pdn_wire_t *wire)
{
    ngx_pdn_shared_t *shared = wire->data;

    if (shared->wire == wire) {
        shared->wire = NULL;
    }

    wire->alone = 1;
}
