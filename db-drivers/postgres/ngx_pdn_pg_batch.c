/*
 * SPDX-License-Identifier: MIT
 *
 * Several statements in one round trip, by libpq's pipeline mode.  Each has
 * its own Sync: outside of a transaction it is one by itself, and its failure
 * does not touch the others.  A Sync makes the server send what it has, so
 * those that only read, or share a transaction, have one together; when one
 * fails the rest is sent again.
 */

#include "ngx_pdn_pg.h"


static void ngx_pdn_pg_batch_send(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op);
static ngx_uint_t ngx_pdn_pg_batch_joins(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op);
static ngx_uint_t ngx_pdn_pg_batch_sync(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_batch_cork(ngx_pdn_pg_t *c, int on);
static ngx_uint_t ngx_pdn_pg_batch_command_done(ngx_pdn_pg_t *c);
static int ngx_pdn_pg_batch_item(ngx_pdn_pg_t *c, const pdn_db_request_t *rq,
                                 ngx_pdn_pg_item_t *item);
static ngx_uint_t ngx_pdn_pg_batch_take(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_batch_done(ngx_pdn_pg_t *c);


void
ngx_pdn_pg_batch(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op)
{
    c->state = NGX_PDN_PG_BUSY;
    c->step = NGX_PDN_PG_BATCH;
    c->repeated = 0;
    c->statement = NULL;

    c->items = ngx_alloc(op->noutcomes * sizeof(ngx_pdn_pg_item_t),
                         ngx_cycle->log);
    if (c->items == NULL) {
        pdn_db_fail(&c->error, "error", "no memory");
        ngx_pdn_pg_end(c);
        return;
    }

    ngx_pdn_pg_batch_send(c, op);
}


/* What has arrived; the results of every command end with NULL. */
void
ngx_pdn_pg_batch_read(ngx_pdn_pg_t *c)
{
    PGresult *result;

    while (c->nsyncs > 0 && !PQisBusy(c->pg)) {
        result = PQgetResult(c->pg);

        if (result == NULL) {
            if (PQstatus(c->pg) != CONNECTION_OK
                || !ngx_pdn_pg_batch_command_done(c)) {
                ngx_pdn_pg_broken(c);
                return;
            }

            continue;
        }

        switch (PQresultStatus(result)) {

        case PGRES_PIPELINE_SYNC:
            PQclear(result);
            c->nsyncs--;
            break;

        case PGRES_PIPELINE_ABORTED:
            PQclear(result);
            c->aborted = 1;
            break;

        case PGRES_COPY_IN:
        case PGRES_COPY_OUT:
            PQclear(result);
            pdn_db_fail(&c->error, "error", "COPY cannot be in a batch");
            ngx_pdn_pg_broken(c);
            return;

        default:
            ngx_pdn_pg_take(c, result);

            if (c->conn.broken) {
                ngx_pdn_pg_broken(c);
                return;
            }

            break;
        }
    }

    if (c->nsyncs == 0) {
        ngx_pdn_pg_batch_done(c);
        return;
    }

    if (PQstatus(c->pg) != CONNECTION_OK) {
        ngx_pdn_pg_broken(c);
        return;
    }

    if (c->conn.op == NULL) {
        ngx_pdn_pg_cancel_again(c);
    }

    ngx_pdn_pg_flush(c);
}


/* All that have no outcome yet. */
static void
ngx_pdn_pg_batch_send(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op)
{
    ngx_uint_t i;
    pdn_db_request_t *rq;
    pdn_db_error_t err;
    ngx_pdn_pg_item_t *item;
    ngx_pdn_db_outcome_t *outcome;

    c->nitems = 0;
    c->item = 0;
    c->nsyncs = 0;
    c->aborted = 0;
    c->joined = !c->repeated && ngx_pdn_pg_batch_joins(c, op);

    if (!PQenterPipelineMode(c->pg)) {
        ngx_pdn_pg_broken(c);
        return;
    }

    ngx_pdn_pg_batch_cork(c, 1);

    for (i = 0, rq = op->request; rq != NULL; i++, rq = rq->next) {
        outcome = &op->outcomes[i];

        if (outcome->result != NULL || outcome->error != NULL) {
            continue;
        }

        err.server[0] = '\0';

        if (ngx_pdn_pg_has_zero(rq, &err)) {
            if (!ngx_pdn_db_outcome_fail(outcome, &err)) {
                ngx_pdn_pg_broken(c);
                return;
            }

            continue;
        }

        item = &c->items[c->nitems++];
        item->index = i;

        if (!ngx_pdn_pg_batch_item(c, rq, item)
            || (!c->joined && !ngx_pdn_pg_batch_sync(c)))
        {
            ngx_pdn_pg_broken(c);
            return;
        }
    }

    if (c->joined && c->nitems && !ngx_pdn_pg_batch_sync(c)) {
        ngx_pdn_pg_broken(c);
        return;
    }

    ngx_pdn_pg_batch_cork(c, 0);

    if (c->nitems == 0) {
        ngx_pdn_pg_batch_done(c);
        return;
    }

    ngx_pdn_pg_flush(c);
}


/* Whether the failure of one may keep others from being run. */
static ngx_uint_t
ngx_pdn_pg_batch_joins(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op)
{
    pdn_db_request_t *rq;

    if (PQtransactionStatus(c->pg) == PQTRANS_INTRANS) {
        return 1;
    }

    for (rq = op->request; rq != NULL; rq = rq->next) {
        if (!rq->reads
            && !pdn_db_only_reads(rq->sql, rq->sql_len, PDN_DB_POSTGRES)) {
            return 0;
        }
    }

    return 1;
}


static ngx_uint_t
ngx_pdn_pg_batch_sync(ngx_pdn_pg_t *c)
{
    c->nsyncs++;

#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC

    return PQsendPipelineSync(c->pg);

#else

    return PQpipelineSync(c->pg);

#endif
}


/* libpq 15 sends at every Sync: the kernel makes one packet of them. */
static void
ngx_pdn_pg_batch_cork(ngx_pdn_pg_t *c, int on)
{
#ifndef LIBPQ_HAS_SEND_PIPELINE_SYNC

    if (!c->joined) {
        ngx_pdn_db_cork(PQsocket(c->pg), on);
    }

#endif
}


/* Named when it was seen before, in this batch or earlier. */
static int
ngx_pdn_pg_batch_item(ngx_pdn_pg_t *c, const pdn_db_request_t *rq,
                      ngx_pdn_pg_item_t *item)
{
    char name[NGX_PDN_PG_NAME_LEN];
    ngx_pdn_pg_statement_t *st;

    item->number = 0;
    item->commands = 1;
    item->exists = 0;
    st = c->repeated ? NULL : ngx_pdn_pg_cache_find(c, rq, 0);

    if (st == NULL) {
        return ngx_pdn_pg_send_params(c, rq, NULL);
    }

    item->number = st->number;
    ngx_pdn_pg_name(name, st->number);

    item->exists = st->prepared;

    if (!st->prepared) {
        st->prepared = 1;
        item->commands = 2;

        if (!ngx_pdn_pg_send_prepare(c, rq, name)) {
            return 0;
        }
    }

    return ngx_pdn_pg_send_params(c, rq, name);
}


/* 0 without memory. */
static ngx_uint_t
ngx_pdn_pg_batch_command_done(ngx_pdn_pg_t *c)
{
    if (c->item == c->nitems) {
        return 1;
    }

    if (--c->items[c->item].commands > 0) {
        c->items[c->item].exists = c->error.code == NULL && !c->aborted;
        return 1;
    }

    return ngx_pdn_pg_batch_take(c);
}


/* One statement has ended; 0 without memory. */
static ngx_uint_t
ngx_pdn_pg_batch_take(ngx_pdn_pg_t *c)
{
    ngx_uint_t ok;
    ngx_pdn_pg_item_t *item;
    ngx_pdn_db_outcome_t *outcome;
    ngx_pdn_db_op_t *op = c->conn.op;

    ok = 1;
    item = &c->items[c->item++];

    if (item->number != 0 && c->error.code != NULL
        && ngx_pdn_pg_cache_lost(&c->error))
    {
        ngx_pdn_pg_cache_forget(c, item->number, &c->error);

    } else if (item->number != 0 && !item->exists
               && (c->error.code != NULL || c->aborted))
    {
        ngx_pdn_pg_cache_remove_number(c, item->number);
    }

    if (op != NULL && (c->error.code != NULL || !c->aborted)) {
        outcome = &op->outcomes[item->index];

        if (c->error.code != NULL) {
            ok = ngx_pdn_db_outcome_fail(outcome, &c->error);

        } else {
            if (c->answer != NULL) {
                c->answer->notices = c->notices;
                ngx_memzero(&c->notices, sizeof(pdn_pg_text_t));
            }

            outcome->result = c->answer;
            c->answer = NULL;
        }
    }

    pdn_pg_answer_free(c->answer);
    c->answer = NULL;
    c->notices.len = 0;
    c->aborted = 0;

    if (ok) {
        c->error.code = NULL;
        c->error.server[0] = '\0';
    }

    return ok;
}


/*
 * Statements that were lost on the server are sent once more, without their
 * names, where they are still on their own; and those that were not run.
 */
static void
ngx_pdn_pg_batch_done(ngx_pdn_pg_t *c)
{
    ngx_uint_t i, again;
    ngx_pdn_db_outcome_t *outcome;
    ngx_pdn_db_op_t *op = c->conn.op;

    again = 0;

    if (!PQexitPipelineMode(c->pg)) {
        ngx_pdn_pg_broken(c);
        return;
    }

    for (i = 0; op != NULL && !c->repeated && i < c->nitems; i++) {
        outcome = &op->outcomes[c->items[i].index];

        if (outcome->error != NULL && c->items[i].number != 0
            && ngx_pdn_pg_cache_lost(outcome->error)
            && PQtransactionStatus(c->pg) == PQTRANS_IDLE)
        {
            ngx_free(outcome->error);
            outcome->error = NULL;
        }

        again |= outcome->error == NULL && outcome->result == NULL;
    }

    if (again) {
        c->repeated = 1;
        ngx_pdn_pg_batch_send(c, op);
        return;
    }

    ngx_free(c->items);
    c->items = NULL;

    ngx_pdn_pg_end(c);
}
