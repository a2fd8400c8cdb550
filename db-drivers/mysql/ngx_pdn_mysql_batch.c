/*
 * SPDX-License-Identifier: MIT
 *
 * Several statements in few round trips: those that are prepared are sent one
 * behind the other before the first is answered, as many as the sockets'
 * buffers surely hold, so that neither side waits for the other to read.
 */

#include "ngx_pdn_mysql.h"


#define NGX_PDN_MYSQL_ROUND 64 /* statements */

/* Bytes of a round, and what a statement and a number of its values take. */
#define NGX_PDN_MYSQL_WINDOW 16384
#define NGX_PDN_MYSQL_HEAD   24
#define NGX_PDN_MYSQL_VALUE  11


typedef struct {
    pdn_db_request_t *request;
    ngx_pdn_mysql_statement_t *st; /* NULL: it has failed */
} ngx_pdn_mysql_item_t;


static void ngx_pdn_mysql_batch_run(ngx_pdn_mysql_t *c,
                                    ngx_pdn_mysql_item_t *items, ngx_uint_t n,
                                    ngx_uint_t first);
static ngx_uint_t ngx_pdn_mysql_batch_joins(ngx_pdn_mysql_t *c,
                                            const pdn_db_request_t *rq);
static size_t ngx_pdn_mysql_batch_size(const pdn_db_request_t *rq);
static ngx_pdn_mysql_statement_t *
ngx_pdn_mysql_batch_prepare(ngx_pdn_mysql_t *c, pdn_db_request_t *rq);
static void ngx_pdn_mysql_batch_take(ngx_pdn_mysql_t *c, ngx_uint_t i);


/*
 * In a transaction they go one by one: the server may end it, and what comes
 * behind must not be run without it.
 */
ngx_pdn_mysql_step_e
ngx_pdn_mysql_batch(ngx_pdn_mysql_t *c)
{
    size_t size;
    ngx_uint_t n, first, joins;
    pdn_db_request_t *rq;
    ngx_pdn_mysql_item_t items[NGX_PDN_MYSQL_ROUND];

    rq = c->requests;

    for (first = 0; rq != NULL && !c->conn.broken && c->conn.op != NULL;
         first += n) {
        size = 0;
        n = 0;

        do {
            joins = ngx_pdn_mysql_batch_joins(c, rq);
            size += ngx_pdn_mysql_batch_size(rq);
            items[n++].request = rq;
            rq = rq->next;

        } while (joins && rq != NULL && n < NGX_PDN_MYSQL_ROUND
                 && ngx_pdn_mysql_batch_joins(c, rq)
                 && size + ngx_pdn_mysql_batch_size(rq)
                        <= NGX_PDN_MYSQL_WINDOW);

        ngx_pdn_mysql_batch_run(c, items, n, first);
    }

    c->statement = NULL;

    return NGX_PDN_MYSQL_END;
}


static void
ngx_pdn_mysql_batch_run(ngx_pdn_mysql_t *c, ngx_pdn_mysql_item_t *items,
                        ngx_uint_t n, ngx_uint_t first)
{
    ngx_uint_t i;

    if (c->in_transaction
        && !(c->mysql->server_status & SERVER_STATUS_IN_TRANS)) {
        for (i = 0; i < n; i++) {
            pdn_db_fail(&c->error, "closed", "the transaction has ended");
            ngx_pdn_mysql_batch_take(c, first + i);
        }

        return;
    }

    ngx_pdn_mysql_cache_forget(c);

    for (i = 0; i < n && !c->conn.broken; i++) {
        items[i].st = ngx_pdn_mysql_batch_prepare(c, items[i].request);

        if (items[i].st == NULL) {
            ngx_pdn_mysql_batch_take(c, first + i);
        }
    }

    /* one packet of them */
    if (n > 1) {
        ngx_pdn_db_cork(mysql_get_socket(c->mysql), 1);
    }

    for (i = 0; i < n && !c->conn.broken; i++) {
        c->request = items[i].request;
        c->statement = items[i].st;

        if (items[i].st != NULL && !ngx_pdn_mysql_send(c)) {
            items[i].st = NULL;
            ngx_pdn_mysql_batch_take(c, first + i);
        }
    }

    if (n > 1) {
        ngx_pdn_db_cork(mysql_get_socket(c->mysql), 0);
    }

    for (i = 0; i < n && !c->conn.broken; i++) {
        c->request = items[i].request;
        c->statement = items[i].st;

        if (items[i].st != NULL) {
            c->behind = n - i - 1;
            ngx_pdn_mysql_walk(c, NGX_PDN_MYSQL_RECEIVE);
            ngx_pdn_mysql_batch_take(c, first + i);
        }

        /* the server was told to end the others, too */
        if (c->conn.op == NULL && c->cancelled && i + 1 < n) {
            c->conn.broken = 1;
        }
    }
}


/* Whether it may be on its way with others. */
static ngx_uint_t
ngx_pdn_mysql_batch_joins(ngx_pdn_mysql_t *c, const pdn_db_request_t *rq)
{
    return !(c->mysql->server_status & SERVER_STATUS_IN_TRANS)
           && !c->conn.pool->options.warnings
           && (pdn_db_looks_selecting(rq->sql, rq->sql_len)
               || pdn_db_looks_changing(rq->sql, rq->sql_len));
}


static size_t
ngx_pdn_mysql_batch_size(const pdn_db_request_t *rq)
{
    size_t size;
    unsigned i;

    size = NGX_PDN_MYSQL_HEAD + rq->nparams * NGX_PDN_MYSQL_VALUE;

    for (i = 0; i < rq->nparams; i++) {
        if (rq->params[i].type == PDN_DB_TEXT
            || rq->params[i].type == PDN_DB_BINARY) {
            size += rq->params[i].as.s.len;
        }
    }

    return size;
}


/* NULL with c->error set. */
static ngx_pdn_mysql_statement_t *
ngx_pdn_mysql_batch_prepare(ngx_pdn_mysql_t *c, pdn_db_request_t *rq)
{
    ngx_pdn_mysql_statement_t *st;

    c->request = rq;
    st = ngx_pdn_mysql_cache_find(c);
    c->statement = st;

    if (st == NULL) {
        pdn_db_fail(&c->error, "error", "no memory");

    } else if (!st->prepared) {
        (void) ngx_pdn_mysql_prepare(c);
    }

    return c->error.code == NULL ? st : NULL;
}


/* What c->rows or c->error tell of the statement `i`. */
static void
ngx_pdn_mysql_batch_take(ngx_pdn_mysql_t *c, ngx_uint_t i)
{
    ngx_pdn_db_op_t *op = c->conn.op;

    if (c->conn.broken) {
        return;
    }

    /* another one prepares it anew */
    if (c->statement != NULL && ngx_pdn_mysql_is_unknown(c)) {
        c->statement->prepared = 0;
    }

    if (c->error.code != NULL) {
        if (op != NULL && !ngx_pdn_db_outcome_fail(&op->outcomes[i], &c->error))
        {
            c->conn.broken = 1;
            return;
        }

        pdn_db_rows_free(c->rows);

    } else if (op != NULL) {
        op->outcomes[i].result = c->rows;

    } else {
        pdn_db_rows_free(c->rows);
    }

    c->rows = NULL;
    c->last = NULL;
    c->misused = 0;
    c->error.code = NULL;
    c->error.server[0] = '\0';
}
