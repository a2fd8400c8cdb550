/*
 * SPDX-License-Identifier: MIT
 *
 * One statement on a connection to PostgreSQL: perhaps another is forgotten
 * first, perhaps it is prepared, then it is run.
 */

#include "ngx_pdn_pg.h"


static void ngx_pdn_pg_step(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_step_done(ngx_pdn_pg_t *c);
static ngx_uint_t ngx_pdn_pg_again(ngx_pdn_pg_t *c);


void
ngx_pdn_pg_begin(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op)
{
    c->state = NGX_PDN_PG_BUSY;
    c->repeated = 0;
    c->statement = ngx_pdn_pg_cache_find(c, op->request, 1);

    if (c->doomed) {
        c->step = NGX_PDN_PG_FORGET;

    } else if (c->statement && !c->statement->prepared) {
        c->step = NGX_PDN_PG_PREPARE;

    } else {
        c->step = NGX_PDN_PG_EXECUTE;
    }

    ngx_pdn_pg_step(c);
}


/* What has arrived so far; may end the operation, or give it a part. */
void
ngx_pdn_pg_read(ngx_pdn_pg_t *c)
{
    ngx_int_t rc;
    PGresult *result;
    ExecStatusType status;

    for (;;) {

        if (c->step == NGX_PDN_PG_COPY_OUT || c->step == NGX_PDN_PG_COPY_IN) {
            rc = ngx_pdn_pg_copy(c);

            if (rc != NGX_OK) {
                return;
            }
        }

        if (PQisBusy(c->pg)) {
            break;
        }

        result = PQgetResult(c->pg);

        if (result == NULL) {
            if (PQstatus(c->pg) != CONNECTION_OK) {
                ngx_pdn_pg_broken(c);

            } else {
                ngx_pdn_pg_step_done(c);
            }

            return;
        }

        status = PQresultStatus(result);

        if (status == PGRES_COPY_OUT || status == PGRES_COPY_IN) {
            PQclear(result);

            if (ngx_pdn_pg_copy_begin(c, status) != NGX_OK) {
                return;
            }

            continue;
        }

        ngx_pdn_pg_take(c, result);

        if (c->conn.broken) {
            ngx_pdn_pg_broken(c);
            return;
        }

        if (status == PGRES_SINGLE_TUPLE && c->answer != NULL
            && c->answer->nresults >= 128 && ngx_pdn_pg_part(c))
        {
            return;
        }
    }

    if (PQstatus(c->pg) != CONNECTION_OK) {
        ngx_pdn_pg_broken(c);
        return;
    }

    if (c->step == NGX_PDN_PG_EXECUTE && ngx_pdn_pg_part(c)) {
        return;
    }

    ngx_pdn_pg_flush(c);
}


static void
ngx_pdn_pg_step(ngx_pdn_pg_t *c)
{
    int rc;
    char name[NGX_PDN_PG_NAME_LEN];
    char sql[sizeof("DEALLOCATE ") + NGX_PDN_PG_NAME_LEN];
    ngx_pdn_db_op_t *op = c->conn.op;
    ngx_pdn_pg_statement_t *st = c->statement;

    if (st != NULL) {
        ngx_pdn_pg_name(name, st->number);
    }

    switch (c->step) {

    case NGX_PDN_PG_FORGET:
        ngx_pdn_pg_name(name, c->doomed);
        snprintf(sql, sizeof(sql), "DEALLOCATE %s", name);
        c->doomed = 0;
        rc = PQsendQuery(c->pg, sql);
        break;

    case NGX_PDN_PG_PREPARE:
        rc = ngx_pdn_pg_send_prepare(c, op->request, name);
        break;

    default:
        rc = ngx_pdn_pg_send_params(c, op->request, st ? name : NULL);

        if (op->stream && !op->listen) {
            PQsetSingleRowMode(c->pg);
        }

        break;
    }

    if (!rc) {
        ngx_pdn_pg_broken(c);
        return;
    }

    ngx_pdn_pg_flush(c);
}


static void
ngx_pdn_pg_step_done(ngx_pdn_pg_t *c)
{
    ngx_pdn_db_op_t *op = c->conn.op;
    ngx_pdn_pg_step_e step = c->step;

    if (op == NULL || step >= NGX_PDN_PG_EXECUTE || c->checking
        || (c->error.code != NULL && step != NGX_PDN_PG_FORGET))
    {
        if (op != NULL && !c->checking && ngx_pdn_pg_again(c)) {
            ngx_pdn_pg_clear(c);
            ngx_pdn_pg_step(c);
            return;
        }

        if (op != NULL && op->listen && c->error.code == NULL) {
            c->step = NGX_PDN_PG_LISTEN;
            ngx_pdn_pg_part(c);
            return;
        }

        ngx_pdn_pg_end(c);
        return;
    }

    /* what could not be forgotten was gone already */
    ngx_pdn_pg_clear(c);

    if (step == NGX_PDN_PG_PREPARE) {
        c->statement->prepared = 1;
    }

    c->step = c->statement && !c->statement->prepared ? NGX_PDN_PG_PREPARE
                                                      : NGX_PDN_PG_EXECUTE;
    ngx_pdn_pg_step(c);
}


/*
 * A prepared statement may get lost (DISCARD ALL, a pooler in between) or go
 * stale (its table was altered): it is run once more without.  One that is
 * read in parts may have given rows before its values were of a wrong type.
 */
static ngx_uint_t
ngx_pdn_pg_again(ngx_pdn_pg_t *c)
{
    if (c->error.code == NULL || c->statement == NULL || !c->statement->prepared
        || !ngx_pdn_pg_cache_lost(&c->error))
    {
        return 0;
    }

    ngx_pdn_pg_cache_forget(c, c->statement->number, &c->error);

    if (c->repeated || PQtransactionStatus(c->pg) != PQTRANS_IDLE
        || (c->conn.op->stream && c->error.server[0] == '2'
            && c->error.server[1] == '2'))
    {
        return 0;
    }

    c->repeated = 1;
    c->step = NGX_PDN_PG_EXECUTE;

    return 1;
}
