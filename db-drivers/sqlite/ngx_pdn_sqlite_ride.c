/*
 * SPDX-License-Identifier: MIT
 *
 * Short changes that wait for the one writer ride along with the one that it
 * runs: to tell a thread, and to hear of its end, costs more than they do.
 * Each is committed by itself, and fails or is left for itself.
 */

#include "ngx_pdn_sqlite.h"


#define NGX_PDN_SQLITE_RIDERS 31
#define NGX_PDN_SQLITE_SHORT  1000000 /* ns that it took before */


static ngx_uint_t ngx_pdn_sqlite_may_ride(ngx_pdn_db_conn_t *conn,
                                          ngx_pdn_db_op_t *op);
static void ngx_pdn_sqlite_settle_rider(ngx_pdn_sqlite_rider_t *r,
                                        const pdn_db_error_t *err);


void
ngx_pdn_sqlite_load(ngx_pdn_sqlite_conn_t *c)
{
    ngx_pdn_db_op_t *op;
    ngx_pdn_sqlite_rider_t *r;

    op = c->conn.op;

    if (c->conf.readonly || op->leased || op->stream || op->noutcomes
        || ngx_queue_empty(&c->conn.pool->waiting)
        || !ngx_pdn_sqlite_may_ride(&c->conn, op))
    {
        return;
    }

    if (c->riders == NULL) {
        c->riders = ngx_calloc(NGX_PDN_SQLITE_RIDERS
                                   * sizeof(ngx_pdn_sqlite_rider_t),
                               ngx_cycle->log);
        if (c->riders == NULL) {
            return;
        }
    }

    while (c->nriders < NGX_PDN_SQLITE_RIDERS) {
        op = ngx_pdn_db_join(&c->conn, ngx_pdn_sqlite_may_ride);
        if (op == NULL) {
            return;
        }

        r = &c->riders[c->nriders++];
        r->op = op;
        r->request = op->request;
        r->rows = NULL;
        r->rc = PDN_SQLITE_FAILED;
        r->left = 0;
        pdn_db_fail(&r->error, "busy", "the queue of the threads is full");
        op->request = NULL;
    }
}


/* No BEGIN is among them, and nothing that lasts. */
static ngx_uint_t
ngx_pdn_sqlite_may_ride(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    pdn_db_request_t *rq = op->request;
    pdn_sqlite_cached_t *cached;
    ngx_pdn_sqlite_conn_t *c = (ngx_pdn_sqlite_conn_t *) conn;

    if (rq->script || rq->backup || rq->raw
        || !pdn_db_looks_changing(rq->sql, rq->sql_len))
    {
        return 0;
    }

    cached = pdn_sqlite_cache_find(&c->sqlite, rq->sql, rq->sql_len);

    return cached != NULL && cached->ns != 0
           && cached->ns < NGX_PDN_SQLITE_SHORT;
}


void
ngx_pdn_sqlite_ride(ngx_pdn_sqlite_conn_t *c)
{
    ngx_uint_t i;
    ngx_pdn_sqlite_rider_t *r;

    for (i = 0; i < c->nriders; i++) {
        r = &c->riders[i];
        r->rows = pdn_db_rows_create();

        if (r->rows == NULL) {
            pdn_db_fail(&r->error, "error", "no memory for the rows");
            continue;
        }

        c->sqlite.left = &r->left;

        if (pdn_sqlite_must_end(&c->sqlite)) {
            pdn_db_fail(&r->error, "timeout", "interrupted");

        } else {
            r->error.code = NULL;
            r->rc = pdn_sqlite_run(&c->sqlite, r->request, 0, r->rows,
                                   &r->error);
        }
    }

    c->sqlite.left = NULL;
}


/* What ends may leave others, and take the connection's operation away. */
void
ngx_pdn_sqlite_unload(ngx_pdn_sqlite_conn_t *c, const pdn_db_error_t *err)
{
    ngx_uint_t i;
    ngx_pdn_db_op_t *op;
    ngx_pdn_sqlite_rider_t *r;

    for (i = 0; i < c->nriders; i++) {
        r = &c->riders[i];
        op = r->op;

        if (op != NULL) {
            ngx_pdn_sqlite_settle_rider(r, err);
            r->op = NULL;
            ngx_pdn_db_finish(op);
        }

        pdn_db_request_free(r->request);
        r->request = NULL;
        pdn_db_rows_free(r->rows);
        r->rows = NULL;
    }

    c->nriders = 0;
}


static void
ngx_pdn_sqlite_settle_rider(ngx_pdn_sqlite_rider_t *r,
                            const pdn_db_error_t *err)
{
    if (err != NULL) {
        r->op->error = *err;
        return;
    }

    if (r->rc == PDN_SQLITE_OK) {
        r->op->result = r->rows;
        r->rows = NULL;
        return;
    }

    r->op->misused = r->rc == PDN_SQLITE_MISUSED;
    r->op->error = r->error;
}


void
ngx_pdn_sqlite_leave(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_uint_t i;
    ngx_pdn_sqlite_conn_t *c = (ngx_pdn_sqlite_conn_t *) conn;

    for (i = 0; i < c->nriders; i++) {
        if (c->riders[i].op == op) {
            c->riders[i].op = NULL;
            __atomic_store_n(&c->riders[i].left, 1, __ATOMIC_SEQ_CST);
            return;
        }
    }
}


/* The worker ends, and nobody waits any longer. */
void
ngx_pdn_sqlite_riders_free(ngx_pdn_sqlite_conn_t *c)
{
    ngx_uint_t i;

    for (i = 0; i < c->nriders; i++) {
        pdn_db_request_free(c->riders[i].request);
        pdn_db_rows_free(c->riders[i].rows);
    }

    ngx_free(c->riders);
    c->riders = NULL;
    c->nriders = 0;
}
