/*
 * SPDX-License-Identifier: MIT
 *
 * PostgreSQL as a driver of the pool: libpq's non-blocking calls on nginx's
 * events.  How a connection comes about stands in ngx_pdn_pg_connect.c, what
 * it does then in ngx_pdn_pg_steps.c, _batch.c and _stream.c.
 */

#include "ngx_pdn_pg.h"


static void ngx_pdn_pg_run(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static void ngx_pdn_pg_check(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static ngx_uint_t ngx_pdn_pg_dirty(ngx_pdn_db_conn_t *conn);
static void ngx_pdn_pg_close(ngx_pdn_db_conn_t *conn);
static void ngx_pdn_pg_connected_event(ngx_pdn_pg_t *c);
static ngx_uint_t ngx_pdn_pg_rests(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_rest_event(ngx_pdn_pg_t *c, ngx_uint_t alive);
static void ngx_pdn_pg_give(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op);
static ngx_uint_t ngx_pdn_pg_not_committed(ngx_pdn_pg_t *c,
                                           ngx_pdn_db_op_t *op);


const ngx_pdn_db_driver_t ngx_pdn_pg_driver = {
    .name = "postgres",
    .dialect = PDN_DB_POSTGRES,
    .conn_size = sizeof(ngx_pdn_pg_t),
    .open = ngx_pdn_pg_open,
    .run = ngx_pdn_pg_run,
    .check = ngx_pdn_pg_check,
    .more = ngx_pdn_pg_more,
    .abandon = ngx_pdn_pg_abandon,
    .dirty = ngx_pdn_pg_dirty,
    .reset = "RESET SESSION AUTHORIZATION; RESET ALL; UNLISTEN *; CLOSE ALL;"
             "DISCARD TEMP; DISCARD SEQUENCES; SELECT pg_advisory_unlock_all()",
    .close = ngx_pdn_pg_close,
    .free_result = pdn_pg_answer_free,
    .batches = 1
};


static void
ngx_pdn_pg_run(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_pg_t *c = (ngx_pdn_pg_t *) conn;

    if (op->outcomes != NULL) {
        ngx_pdn_pg_batch(c, op);

    } else if (ngx_pdn_pg_has_zero(op->request, &op->error)) {
        ngx_pdn_db_finish(op);

    } else {
        ngx_pdn_pg_begin(c, op);
    }
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
    ngx_pdn_pg_cancel_detach(c);
    ngx_pdn_pg_clear(c);
    ngx_pdn_db_unwatch(&c->watch);
    ngx_pdn_pg_cache_release(c);
    PQfinish(c->pg);
    ngx_free(c->items);
    ngx_free(c->hosts.data);
    ngx_free(c->addrs.data);
    ngx_free(c->ports.data);
    ngx_free(c);
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
 * read is looked at first, and meets the end itself.
 */
static void
ngx_pdn_pg_connected_event(ngx_pdn_pg_t *c)
{
    ngx_uint_t alive;

    alive = PQconsumeInput(c->pg);

    if (ngx_pdn_pg_rests(c)) {
        ngx_pdn_pg_rest_event(c, alive);
        return;
    }

    switch (c->step) {

    case NGX_PDN_PG_LISTEN:
        ngx_pdn_pg_notified(c);
        return;

    case NGX_PDN_PG_BATCH:
        ngx_pdn_pg_batch_read(c);
        return;

    default:
        ngx_pdn_pg_read(c);
        return;
    }
}


/* A session may have listened, and do so again. */
static ngx_uint_t
ngx_pdn_pg_rests(ngx_pdn_pg_t *c)
{
    return c->state != NGX_PDN_PG_BUSY || c->drained
           || (c->step == NGX_PDN_PG_LISTEN && c->conn.op == NULL);
}


/*
 * A session hears later of what came now.  A transaction may keep the
 * connection, too: its end must not be told again.
 */
static void
ngx_pdn_pg_rest_event(ngx_pdn_pg_t *c, ngx_uint_t alive)
{
    PGnotify *notify;

    while (!c->conn.borrowed && (notify = PQnotifies(c->pg)) != NULL) {
        PQfreemem(notify);
    }

    if (alive && PQstatus(c->pg) == CONNECTION_OK) {
        return;
    }

    ngx_pdn_db_unwatch(&c->watch);
    ngx_pdn_db_lost(&c->conn);
}


void
ngx_pdn_pg_flush(ngx_pdn_pg_t *c)
{
    int rc;

    rc = PQflush(c->pg);

    if (rc < 0 || ngx_pdn_pg_watch(c, 1, rc, 0) != NGX_OK) {
        ngx_pdn_pg_broken(c);
    }
}


void
ngx_pdn_pg_end(ngx_pdn_pg_t *c)
{
    ngx_pdn_db_op_t *op = c->conn.op;

    if (op == NULL) {
        ngx_pdn_pg_drained(c);
        return;
    }

    c->state = NGX_PDN_PG_READY;
    c->statement = NULL;

    if (c->error.code != NULL) {
        op->error = c->error;

        if (op->request != NULL && op->request->raw) {
            ngx_pdn_pg_give(c, op);
        }

    } else if (!c->checking && !ngx_pdn_pg_not_committed(c, op) && !op->discard)
    {
        ngx_pdn_pg_give(c, op);
    }

    ngx_pdn_pg_clear(c);
    ngx_pdn_db_finish(op);
}


static void
ngx_pdn_pg_give(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op)
{
    /* those of a session come with its next result */
    if (op->session) {
        ngx_pdn_pg_hear(c, NGX_MAX_INT_T_VALUE);
    }

    if (c->answer != NULL) {
        c->answer->notices = c->notices;
        ngx_memzero(&c->notices, sizeof(pdn_pg_text_t));
    }

    op->result = c->answer;
    c->answer = NULL;
}


/* COMMIT answered by ROLLBACK: the server's way to say that it did not. */
static ngx_uint_t
ngx_pdn_pg_not_committed(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op)
{
    if (op->request == NULL || ngx_strcmp(op->request->sql, "COMMIT") != 0
        || c->answer == NULL
        || ngx_strcmp(PQcmdStatus(c->answer->results[0]), "ROLLBACK") != 0)
    {
        return 0;
    }

    pdn_db_fail(&op->error, "error",
                "cannot commit: an earlier statement of the transaction "
                "failed");
    ngx_memcpy(op->error.server, "25P02", sizeof("25P02"));

    return 1;
}


void
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

    ngx_pdn_pg_end(c);
}


void
ngx_pdn_pg_clear(ngx_pdn_pg_t *c)
{
    pdn_pg_answer_free(c->answer);
    c->answer = NULL;
    free(c->notices.data);
    ngx_memzero(&c->notices, sizeof(pdn_pg_text_t));
    c->error.code = NULL;
    c->error.server[0] = '\0';
    c->checking = 0;
    c->drained = 0;

    if (c->grace.timer_set) {
        ngx_del_timer(&c->grace);
    }
}
