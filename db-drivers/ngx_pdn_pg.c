/*
 * SPDX-License-Identifier: MIT
 *
 * PostgreSQL as a driver of the pool: statements by libpq's non-blocking
 * calls.  How a connection comes about stands in ngx_pdn_pg_connect.c.
 */

#include "ngx_pdn_pg.h"


#define NGX_PDN_PG_GRACE 500 /* ms, for an abandoned statement */


static void ngx_pdn_pg_run(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static void ngx_pdn_pg_check(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static void ngx_pdn_pg_abandon(ngx_pdn_db_conn_t *conn, ngx_uint_t late);
static ngx_uint_t ngx_pdn_pg_dirty(ngx_pdn_db_conn_t *conn);
static void ngx_pdn_pg_close(ngx_pdn_db_conn_t *conn);
static void ngx_pdn_pg_free_result(void *result);
static void ngx_pdn_pg_connected_event(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_step(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_flush(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_step_done(ngx_pdn_pg_t *c);
static ngx_uint_t ngx_pdn_pg_again(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_end(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_broken(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_grace_over(ngx_event_t *ev);


const ngx_pdn_db_driver_t ngx_pdn_pg_driver = {
    .name = "postgres",
    .dialect = PDN_DB_POSTGRES,
    .conn_size = sizeof(ngx_pdn_pg_t),
    .open = ngx_pdn_pg_open,
    .run = ngx_pdn_pg_run,
    .check = ngx_pdn_pg_check,
    .abandon = ngx_pdn_pg_abandon,
    .dirty = ngx_pdn_pg_dirty,
    .reset = "RESET SESSION AUTHORIZATION; RESET ALL; UNLISTEN *; CLOSE ALL;"
             "DISCARD TEMP; DISCARD SEQUENCES; SELECT pg_advisory_unlock_all()",
    .close = ngx_pdn_pg_close,
    .free_result = ngx_pdn_pg_free_result
};


static void
ngx_pdn_pg_run(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_pg_t *c = (ngx_pdn_pg_t *) conn;

    if (ngx_pdn_pg_has_zero(op->request)) {
        pdn_db_fail(&op->error, "error",
                    "a text with a zero byte cannot be "
                    "stored by PostgreSQL; send it as binary");
        ngx_memcpy(op->error.server, "22021", sizeof("22021"));
        ngx_pdn_db_finish(op);
        return;
    }

    c->state = NGX_PDN_PG_BUSY;
    c->repeated = 0;
    c->statement = ngx_pdn_pg_cache_find(c, op->request);

    if (c->doomed) {
        c->step = NGX_PDN_PG_FORGET;

    } else if (c->statement && !c->statement->prepared) {
        c->step = NGX_PDN_PG_PREPARE;

    } else {
        c->step = NGX_PDN_PG_EXECUTE;
    }

    ngx_pdn_pg_step(c);
}


static void
ngx_pdn_pg_check(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_pg_t *c = (ngx_pdn_pg_t *) conn;

    (void) op;

    c->state = NGX_PDN_PG_BUSY;
    c->step = NGX_PDN_PG_EXECUTE;
    c->checking = 1;

    if (!PQsendQuery(c->pg, "SELECT 1")) {
        ngx_pdn_pg_broken(c);
        return;
    }

    ngx_pdn_pg_flush(c);
}


/*
 * A connection may go on to be made.  Most statements end within the grace,
 * and the connection lives on; others are ended by the server and cost the
 * connection.
 */
static void
ngx_pdn_pg_abandon(ngx_pdn_db_conn_t *conn, ngx_uint_t late)
{
    ngx_pdn_pg_t *c = (ngx_pdn_pg_t *) conn;

    conn->op = NULL;

    c->grace.handler = ngx_pdn_pg_grace_over;
    c->grace.data = c;
    c->grace.log = ngx_cycle->log;

    if (late) {
        ngx_pdn_pg_grace_over(&c->grace);
        return;
    }

    ngx_add_timer(&c->grace, c->state == NGX_PDN_PG_CONNECTING
                                 ? conn->pool->options.connect_timeout
                                 : NGX_PDN_PG_GRACE);
}


static ngx_uint_t
ngx_pdn_pg_dirty(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_pg_t *c = (ngx_pdn_pg_t *) conn;

    return c->pg == NULL || PQtransactionStatus(c->pg) != PQTRANS_IDLE;
}


static void
ngx_pdn_pg_close(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_pg_t *c = (ngx_pdn_pg_t *) conn;

    ngx_pdn_resolve_release(&c->resolve);
    ngx_pdn_pg_clear(c);
    ngx_pdn_db_unwatch(&c->watch);
    ngx_pdn_pg_cache_release(c);
    PQfinish(c->pg);
    ngx_free(c);
}


static void
ngx_pdn_pg_free_result(void *result)
{
    PQclear(result);
}


void
ngx_pdn_pg_event(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_pg_t *c = (ngx_pdn_pg_t *) conn;

    if (c->state == NGX_PDN_PG_CONNECTING) {
        ngx_pdn_pg_connect_event(c);

    } else {
        ngx_pdn_pg_connected_event(c);
    }
}


ngx_int_t
ngx_pdn_pg_watch(ngx_pdn_pg_t *c, ngx_uint_t read, ngx_uint_t write,
                 ngx_uint_t changed)
{
    return ngx_pdn_db_watch(&c->watch, PQsocket(c->pg), read, write, changed);
}


/*
 * A FATAL error arrives together with the end of the connection: what was
 * read is looked at first.
 */
static void
ngx_pdn_pg_connected_event(ngx_pdn_pg_t *c)
{
    int alive;
    PGnotify *notify;
    PGresult *result;

    alive = PQconsumeInput(c->pg);

    while ((notify = PQnotifies(c->pg)) != NULL) {
        PQfreemem(notify);
    }

    if (c->state != NGX_PDN_PG_BUSY) {
        if (!alive || PQstatus(c->pg) != CONNECTION_OK) {
            /* a transaction may keep it: the end must not be told again */
            ngx_pdn_db_unwatch(&c->watch);
            ngx_pdn_db_lost(&c->conn);
        }

        return;
    }

    while (!PQisBusy(c->pg)) {
        result = PQgetResult(c->pg);

        if (result == NULL) {
            if (PQstatus(c->pg) != CONNECTION_OK) {
                ngx_pdn_pg_broken(c);
                return;
            }

            ngx_pdn_pg_step_done(c);
            return;
        }

        ngx_pdn_pg_take(c, result);

        if (c->conn.broken) {
            ngx_pdn_pg_broken(c);
            return;
        }
    }

    if (!alive) {
        ngx_pdn_pg_broken(c);
        return;
    }

    ngx_pdn_pg_flush(c);
}


static void
ngx_pdn_pg_step(ngx_pdn_pg_t *c)
{
    int rc;
    char name[sizeof("DEALLOCATE pdn_") + NGX_INT64_LEN];
    ngx_pdn_db_op_t *op = c->conn.op;
    ngx_pdn_pg_statement_t *st = c->statement;

    name[0] = '\0';

    if (st != NULL) {
        snprintf(name, sizeof(name), "pdn_%lu", (unsigned long) st->number);
    }

    switch (c->step) {

    case NGX_PDN_PG_FORGET:
        snprintf(name, sizeof(name), "DEALLOCATE pdn_%lu",
                 (unsigned long) c->doomed);
        c->doomed = 0;
        rc = PQsendQuery(c->pg, name);
        break;

    case NGX_PDN_PG_PREPARE:
        rc = ngx_pdn_pg_send_prepare(c, op->request, name);
        break;

    default:
        rc = ngx_pdn_pg_send_params(c, op->request, st ? name : NULL);
        break;
    }

    if (!rc) {
        ngx_pdn_pg_broken(c);
        return;
    }

    ngx_pdn_pg_flush(c);
}


/* May end the operation. */
static void
ngx_pdn_pg_flush(ngx_pdn_pg_t *c)
{
    int rc;

    rc = PQflush(c->pg);

    if (rc < 0 || ngx_pdn_pg_watch(c, 1, rc, 0) != NGX_OK) {
        ngx_pdn_pg_broken(c);
    }
}


static void
ngx_pdn_pg_step_done(ngx_pdn_pg_t *c)
{
    ngx_pdn_pg_step_e step = c->step;

    if (c->conn.op == NULL || step == NGX_PDN_PG_EXECUTE
        || (c->error.code != NULL && step != NGX_PDN_PG_FORGET))
    {
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
 * stale (its table was altered): it is run once more without.
 */
static ngx_uint_t
ngx_pdn_pg_again(ngx_pdn_pg_t *c)
{
    if (c->error.code == NULL || c->statement == NULL
        || !c->statement->prepared) {
        return 0;
    }

    if (ngx_strcmp(c->error.server, "26000") != 0
        && (ngx_strcmp(c->error.server, "0A000") != 0
            || strstr(c->error.text, "cached plan") == NULL))
    {
        return 0;
    }

    ngx_pdn_pg_cache_remove(c, c->statement);

    if (c->repeated || PQtransactionStatus(c->pg) != PQTRANS_IDLE) {
        return 0;
    }

    c->repeated = 1;

    return 1;
}


static void
ngx_pdn_pg_end(ngx_pdn_pg_t *c)
{
    ngx_pdn_db_op_t *op = c->conn.op;

    if (op != NULL && !c->checking && ngx_pdn_pg_again(c)) {
        ngx_pdn_pg_clear(c);
        ngx_pdn_pg_step(c);
        return;
    }

    c->state = NGX_PDN_PG_READY;
    c->statement = NULL;

    if (op == NULL) {
        ngx_pdn_pg_clear(c);
        ngx_pdn_db_give_back(&c->conn);
        return;
    }

    if (c->error.code != NULL) {
        op->error = c->error;

    } else if (!c->checking) {

        /* the server's way to say that nothing was committed */
        if (ngx_strcmp(op->request->sql, "COMMIT") == 0 && c->result != NULL
            && ngx_strcmp(PQcmdStatus(c->result), "ROLLBACK") == 0)
        {
            pdn_db_fail(&op->error, "error",
                        "cannot commit: an earlier "
                        "statement of the transaction failed");
            ngx_memcpy(op->error.server, "25P02", sizeof("25P02"));

        } else {
            op->result = c->result;
            c->result = NULL;
        }
    }

    ngx_pdn_pg_clear(c);
    ngx_pdn_db_finish(op);
}


/* Nothing can be read any more, or nothing that makes sense. */
static void
ngx_pdn_pg_broken(ngx_pdn_pg_t *c)
{
    const char *text;

    c->conn.broken = 1;
    ngx_pdn_db_unwatch(&c->watch);

    if (c->error.code == NULL) {
        text = PQerrorMessage(c->pg);
        pdn_db_fail(&c->error, "closed", "%.*s", (int) strcspn(text, "\n"),
                    text);

        if (c->error.text[0] == '\0') {
            pdn_db_fail(&c->error, "closed", "connection closed");
        }
    }

    c->repeated = 1;
    ngx_pdn_pg_end(c);
}


static void
ngx_pdn_pg_grace_over(ngx_event_t *ev)
{
    ngx_pdn_pg_t *c = ev->data;

    if (c->state == NGX_PDN_PG_BUSY) {
        ngx_pdn_pg_cancel(c);
    }

    c->conn.broken = 1;
    ngx_pdn_pg_end(c);
}


void
ngx_pdn_pg_clear(ngx_pdn_pg_t *c)
{
    PQclear(c->result);
    c->result = NULL;
    c->error.code = NULL;
    c->error.server[0] = '\0';
    c->checking = 0;

    if (c->grace.timer_set) {
        ngx_del_timer(&c->grace);
    }
}
