/*
 * SPDX-License-Identifier: MIT
 *
 * Batches: all statements in one task of a thread, or all of them at once on
 * the event loop when each is known to be short.
 */

#include "ngx_pdn_sqlite.h"


#define NGX_PDN_SQLITE_BRIEF_BATCH 64 /* statements */


static ngx_int_t ngx_pdn_sqlite_batch_one(ngx_pdn_sqlite_conn_t *c,
                                          pdn_db_request_t *rq,
                                          ngx_pdn_db_outcome_t *outcome,
                                          ngx_uint_t brief);
static ngx_int_t ngx_pdn_sqlite_batch_fail(ngx_pdn_sqlite_conn_t *c,
                                           ngx_pdn_db_outcome_t *outcome);


/* Those after one that fails are run, too. */
void
ngx_pdn_sqlite_batch(ngx_pdn_sqlite_conn_t *c)
{
    ngx_uint_t i;
    pdn_db_request_t *rq;

    for (i = 0, rq = c->request; rq != NULL; i++, rq = rq->next) {
        if (pdn_sqlite_must_end(&c->sqlite)) {
            pdn_db_fail(&c->error, "timeout", "interrupted");
            c->rc = PDN_SQLITE_FAILED;
            return;
        }

        if (ngx_pdn_sqlite_batch_one(c, rq, &c->outcomes[i], 0) != NGX_OK) {
            return;
        }
    }

    c->rc = PDN_SQLITE_OK;
}


/*
 * They only read, or it is not tried: when one turns out to take its time, all
 * of them are run again on a thread.
 */
ngx_uint_t
ngx_pdn_sqlite_batch_brief(ngx_pdn_sqlite_conn_t *c, ngx_pdn_db_op_t *op)
{
    ngx_uint_t i;
    pdn_db_request_t *rq;
    ngx_pdn_db_conf_t *conf = ngx_pdn_db_conf();

    if (op->noutcomes > NGX_PDN_SQLITE_BRIEF_BATCH || !c->conf.readonly) {
        return 0;
    }

    for (i = 0, rq = op->request; rq != NULL; i++, rq = rq->next) {
        c->sqlite.spent = 0;

        if (ngx_pdn_sqlite_batch_one(c, rq, &op->outcomes[i], 1) != NGX_OK) {
            c->error.code = NULL;
            ngx_pdn_sqlite_forget(op->outcomes, op->noutcomes);
            return 0;
        }

        conf->brief_spent += c->sqlite.spent;
    }

    return 1;
}


void
ngx_pdn_sqlite_forget(ngx_pdn_db_outcome_t *outcomes, ngx_uint_t n)
{
    ngx_uint_t i;

    for (i = 0; i < n; i++) {
        pdn_db_rows_free(outcomes[i].result);
        outcomes[i].result = NULL;
        ngx_free(outcomes[i].error);
        outcomes[i].error = NULL;
    }
}


static ngx_int_t
ngx_pdn_sqlite_batch_one(ngx_pdn_sqlite_conn_t *c, pdn_db_request_t *rq,
                         ngx_pdn_db_outcome_t *outcome, ngx_uint_t brief)
{
    pdn_db_rows_t *rows;

    rows = pdn_db_rows_create();

    if (rows == NULL) {
        pdn_db_fail(&c->error, "error", "no memory for the rows");
        c->rc = PDN_SQLITE_FAILED;
        return NGX_ERROR;
    }

    c->error.code = NULL;
    c->rc = brief ? pdn_sqlite_run_brief(&c->sqlite, rq, rows, &c->error)
                  : pdn_sqlite_run(&c->sqlite, rq, 0, rows, &c->error);

    if (c->rc == PDN_SQLITE_OK) {
        outcome->result = rows;
        return NGX_OK;
    }

    pdn_db_rows_free(rows);

    switch (c->rc) {

    case PDN_SQLITE_WAITS:
        return NGX_DECLINED;

    case PDN_SQLITE_WRITES:
        /* nothing before it has changed anything: all go to the writer */
        if (c->moves) {
            return NGX_DECLINED;
        }

        pdn_db_fail(&c->error, "read_only", "the transaction only reads");
        break;

    default:
        break;
    }

    return ngx_pdn_sqlite_batch_fail(c, outcome);
}


static ngx_int_t
ngx_pdn_sqlite_batch_fail(ngx_pdn_sqlite_conn_t *c,
                          ngx_pdn_db_outcome_t *outcome)
{
    outcome->error = malloc(sizeof(pdn_db_error_t));

    if (outcome->error == NULL) {
        pdn_db_fail(&c->error, "error", "no memory");
        c->rc = PDN_SQLITE_FAILED;
        return NGX_ERROR;
    }

    *outcome->error = c->error;
    c->error.code = NULL;

    return NGX_OK;
}
