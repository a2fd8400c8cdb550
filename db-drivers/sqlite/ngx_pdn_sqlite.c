/*
 * SPDX-License-Identifier: MIT
 *
 * SQLite as a driver of the pool: all of its work runs on nginx's thread
 * pool, one task a connection at a time.  While a task runs its connection
 * belongs to the thread, but for pdn_sqlite_interrupt().
 */

#include "ngx_pdn_sqlite.h"


/* What one turn of the event loop may spend in SQLite, in nanoseconds. */
#define NGX_PDN_SQLITE_TURN 4000000

/* A part of a stream, in bytes. */
#define NGX_PDN_SQLITE_PART 65536


static void ngx_pdn_sqlite_open(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static void ngx_pdn_sqlite_run(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static void ngx_pdn_sqlite_more(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static void ngx_pdn_sqlite_check(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static ngx_uint_t ngx_pdn_sqlite_brief(ngx_pdn_db_conn_t *conn,
                                       ngx_pdn_db_op_t *op);
static void ngx_pdn_sqlite_prepare(ngx_pdn_sqlite_conn_t *c,
                                   ngx_pdn_db_op_t *op);
static void ngx_pdn_sqlite_released(ngx_event_t *ev);
static void ngx_pdn_sqlite_unhold(ngx_pdn_sqlite_conn_t *c);
static void ngx_pdn_sqlite_abandon(ngx_pdn_db_conn_t *conn, ngx_uint_t late);
static ngx_uint_t ngx_pdn_sqlite_dirty(ngx_pdn_db_conn_t *conn);
static void ngx_pdn_sqlite_close(ngx_pdn_db_conn_t *conn);
static ngx_int_t ngx_pdn_sqlite_post(ngx_pdn_sqlite_conn_t *c,
                                     ngx_pdn_sqlite_action_e action);
static void ngx_pdn_sqlite_thread(void *data, ngx_log_t *log);
static void ngx_pdn_sqlite_thread_run(ngx_pdn_sqlite_conn_t *c);
static void ngx_pdn_sqlite_done(ngx_event_t *ev);
static void ngx_pdn_sqlite_settle(ngx_pdn_sqlite_conn_t *c,
                                  ngx_pdn_db_op_t *op);
static ngx_int_t ngx_pdn_sqlite_take(ngx_pdn_sqlite_conn_t *c,
                                     ngx_pdn_db_op_t *op);
static void ngx_pdn_sqlite_clear(ngx_pdn_sqlite_conn_t *c);
static void ngx_pdn_sqlite_free(ngx_pdn_sqlite_conn_t *c);


const ngx_pdn_db_driver_t ngx_pdn_sqlite_driver = {
    .name = "sqlite",
    .dialect = PDN_DB_SQLITE,
    .conn_size = sizeof(ngx_pdn_sqlite_conn_t),
    .open = ngx_pdn_sqlite_open,
    .run = ngx_pdn_sqlite_run,
    .check = ngx_pdn_sqlite_check,
    .brief = ngx_pdn_sqlite_brief,
    .more = ngx_pdn_sqlite_more,
    .abandon = ngx_pdn_sqlite_abandon,
    .part = ngx_pdn_sqlite_leave,
    .dirty = ngx_pdn_sqlite_dirty,
    .close = ngx_pdn_sqlite_close,
    .free_result = pdn_db_rows_free,
    .batches = 1
};


static void
ngx_pdn_sqlite_open(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_sqlite_conn_t *c = (ngx_pdn_sqlite_conn_t *) conn;

    if (ngx_pdn_sqlite_locate(c, op) != NGX_OK) {
        conn->broken = 1;
        ngx_pdn_db_finish(op);
        return;
    }

    c->conf.max_size = conn->pool->options.max_size;
    c->conf.busy_timeout = conn->pool->options.busy_timeout;
    c->conf.readonly = conn->pool->options.readonly;
    c->conf.existing = conn->pool->data != NULL;

    /* nginx waits for its threads: they must not keep a stopped one alive */
    c->conf.stop = &ngx_terminate;

    c->task.ctx = c;
    c->task.handler = ngx_pdn_sqlite_thread;
    c->task.event.handler = ngx_pdn_sqlite_done;
    c->task.event.data = c;
    c->task.event.log = ngx_cycle->log;

    c->released.handler = ngx_pdn_sqlite_released;
    c->released.data = c;
    c->released.log = ngx_cycle->log;

    if (ngx_pdn_sqlite_post(c, NGX_PDN_SQLITE_OPEN) != NGX_OK) {
        conn->broken = 1;
        pdn_db_fail(&op->error, "busy", "the queue of the threads is full");
        ngx_pdn_db_finish(op);
    }
}


static void
ngx_pdn_sqlite_run(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_sqlite_conn_t *c = (ngx_pdn_sqlite_conn_t *) conn;

    /* its only connection is not kept from others by a loop */
    c->part = op->stream && !conn->pool->options.lasting ? NGX_PDN_SQLITE_PART
                                                         : 0;

    if (op->noutcomes) {
        c->outcomes = ngx_calloc(op->noutcomes * sizeof(ngx_pdn_db_outcome_t),
                                 ngx_cycle->log);
        if (c->outcomes == NULL) {
            pdn_db_fail(&op->error, "error", "no memory");
            ngx_pdn_db_finish(op);
            return;
        }

        c->noutcomes = op->noutcomes;
    }

    c->moves = !op->leased && conn->pool->writer != NULL;
    c->request = op->request;
    op->request = NULL;

    c->look = !c->conf.readonly || ngx_pdn_sqlite_due(c);

    op->request = c->request;
    ngx_pdn_sqlite_load(c);
    op->request = NULL;

    if (ngx_pdn_sqlite_post(c, NGX_PDN_SQLITE_RUN) != NGX_OK) {
        pdn_db_fail(&c->error, "busy", "the queue of the threads is full");
        c->rc = PDN_SQLITE_FAILED;
        c->posted = 1;
        ngx_pdn_sqlite_done(&c->task.event);
    }
}


static void
ngx_pdn_sqlite_more(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_sqlite_conn_t *c = (ngx_pdn_sqlite_conn_t *) conn;

    if (op->discard) {
        ngx_pdn_sqlite_clear(c);
        ngx_pdn_db_finish(op);
        return;
    }

    if (ngx_pdn_sqlite_post(c, NGX_PDN_SQLITE_MORE) != NGX_OK) {
        ngx_pdn_sqlite_clear(c);
        pdn_db_fail(&op->error, "busy", "the queue of the threads is full");
        ngx_pdn_db_finish(op);
    }
}


/* A file does not go away as a server does. */
static void
ngx_pdn_sqlite_check(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    (void) conn;

    ngx_pdn_db_finish(op);
}


/*
 * A statement that waits for nothing costs less than telling a thread about
 * it.  The clock of nginx stands still within a turn of its loop, so many of
 * them in one turn do not keep the others waiting.
 */
static ngx_uint_t
ngx_pdn_sqlite_brief(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_db_conf_t *conf = ngx_pdn_db_conf();
    ngx_pdn_sqlite_conn_t *c = (ngx_pdn_sqlite_conn_t *) conn;

    if (conf->brief_tick != ngx_current_msec) {
        conf->brief_tick = ngx_current_msec;
        conf->brief_spent = 0;
    }

    if (op->keep || conf->brief_spent > NGX_PDN_SQLITE_TURN
        || ngx_pdn_sqlite_due(c))
    {
        return 0;
    }

    c->action = NGX_PDN_SQLITE_RUN;
    c->error.code = NULL;
    c->sqlite.spent = 0;

    ngx_pdn_sqlite_prepare(c, op);

    if (op->noutcomes) {
        return ngx_pdn_sqlite_batch_brief(c, op);
    }

    c->rc = pdn_sqlite_run_brief(&c->sqlite, op->request, &c->rows, &c->error);
    conf->brief_spent += c->sqlite.spent;

    if (c->rc == PDN_SQLITE_WAITS) {
        return 0;
    }

    c->request = op->request;
    op->request = NULL;
    ngx_pdn_sqlite_settle(c, op);

    return 1;
}


/* One that follows another at once will be followed by more. */
static void
ngx_pdn_sqlite_prepare(ngx_pdn_sqlite_conn_t *c, ngx_pdn_db_op_t *op)
{
    if (!c->sqlite.held && !op->noutcomes && c->last != ngx_current_msec) {
        c->last = ngx_current_msec;
        return;
    }

    pdn_sqlite_hold(&c->sqlite);

    if (c->sqlite.held && !c->released.posted) {
        ngx_post_event(&c->released, &ngx_posted_events);
    }
}


static void
ngx_pdn_sqlite_released(ngx_event_t *ev)
{
    ngx_pdn_sqlite_conn_t *c = ev->data;

    pdn_sqlite_unhold(&c->sqlite);
}


/* Before a thread gets it, or nobody. */
static void
ngx_pdn_sqlite_unhold(ngx_pdn_sqlite_conn_t *c)
{
    if (c->released.posted) {
        ngx_delete_posted_event(&c->released);
    }

    pdn_sqlite_unhold(&c->sqlite);
}


/*
 * What a thread still has is given back by ngx_pdn_sqlite_done(); between two
 * parts of a stream none has it.
 */
static void
ngx_pdn_sqlite_abandon(ngx_pdn_db_conn_t *conn, ngx_uint_t late)
{
    ngx_pdn_sqlite_conn_t *c = (ngx_pdn_sqlite_conn_t *) conn;

    (void) late;

    conn->op = NULL;

    if (c->posted) {
        pdn_sqlite_interrupt(&c->sqlite);
        return;
    }

    ngx_pdn_sqlite_clear(c);
    ngx_pdn_db_give_back(conn);
}


static ngx_uint_t
ngx_pdn_sqlite_dirty(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_sqlite_conn_t *c = (ngx_pdn_sqlite_conn_t *) conn;

    return pdn_sqlite_in_transaction(&c->sqlite);
}


/*
 * The last connection that is closed writes the log back to the file, which
 * may take long: a thread does it, except when the worker ends.
 */
static void
ngx_pdn_sqlite_close(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_sqlite_conn_t *c = (ngx_pdn_sqlite_conn_t *) conn;

    if (c->sqlite.db != NULL && !conn->pool->closing
        && ngx_pdn_sqlite_post(c, NGX_PDN_SQLITE_CLOSE) == NGX_OK)
    {
        return;
    }

    ngx_pdn_sqlite_free(c);
}


static ngx_int_t
ngx_pdn_sqlite_post(ngx_pdn_sqlite_conn_t *c, ngx_pdn_sqlite_action_e action)
{
    c->action = action;
    c->error.code = NULL;
    c->rc = PDN_SQLITE_OK;
    ngx_pdn_sqlite_unhold(c);
    pdn_sqlite_resume(&c->sqlite);

    if (ngx_pdn_db_threads_post(&c->task) != NGX_OK) {
        return NGX_ERROR;
    }

    c->posted = 1;

    return NGX_OK;
}


/* On a thread: no nginx, no Lua. */
static void
ngx_pdn_sqlite_thread(void *data, ngx_log_t *log)
{
    ngx_pdn_sqlite_conn_t *c = data;

    (void) log;

    switch (c->action) {

    case NGX_PDN_SQLITE_OPEN:
        c->rc = pdn_sqlite_open(&c->sqlite, &c->conf, &c->error);
        break;

    case NGX_PDN_SQLITE_RUN:
        ngx_pdn_sqlite_thread_run(c);
        break;

    case NGX_PDN_SQLITE_MORE:
        c->rc = pdn_sqlite_more(&c->sqlite, c->part, &c->rows, &c->error);
        break;

    case NGX_PDN_SQLITE_CLOSE:
        pdn_sqlite_close(&c->sqlite);
        break;
    }
}


static void
ngx_pdn_sqlite_thread_run(ngx_pdn_sqlite_conn_t *c)
{
    if (c->look && pdn_sqlite_lost(&c->sqlite)) {
        pdn_db_fail(&c->error, "closed",
                    "the file of the database was deleted or replaced");
        c->rc = PDN_SQLITE_FAILED;
        c->lost = 1;
        return;
    }

    if (c->request->backup) {
        c->rc = pdn_sqlite_backup(&c->sqlite, c->request->sql, &c->error);
        return;
    }

    if (c->outcomes == NULL) {
        c->rc = pdn_sqlite_run(&c->sqlite, c->request, c->part, &c->rows,
                               &c->error);
        ngx_pdn_sqlite_ride(c);
        return;
    }

    ngx_pdn_sqlite_batch(c);
}


/* On the event loop again. */
static void
ngx_pdn_sqlite_done(ngx_event_t *ev)
{
    ngx_pdn_db_op_t *op;
    ngx_pdn_sqlite_conn_t *c = ev->data;

    if (c->nriders) {
        ngx_pdn_sqlite_unload(c, c->lost ? &c->error : NULL);
    }

    c->posted = 0;

    if (c->action == NGX_PDN_SQLITE_CLOSE) {
        ngx_pdn_sqlite_free(c);
        return;
    }

    ngx_pdn_sqlite_note(c);

    op = c->conn.op;

    if (op != NULL) {
        ngx_pdn_sqlite_settle(c, op);
        ngx_pdn_db_finish(op);
        return;
    }

    ngx_pdn_sqlite_clear(c);
    ngx_pdn_db_give_back(&c->conn);
}


/* Hands what the thread has left over to the operation. */
static void
ngx_pdn_sqlite_settle(ngx_pdn_sqlite_conn_t *c, ngx_pdn_db_op_t *op)
{
    switch (c->rc) {

    case PDN_SQLITE_WRITES:
        op->retried = 1;
        op->request = c->request;
        c->request = NULL;
        break;

    case PDN_SQLITE_MISUSED:
        op->misused = 1;
        /* fall through */

    case PDN_SQLITE_FAILED:
        op->error = c->error;
        break;

    case PDN_SQLITE_WAITS:
        break;

    case PDN_SQLITE_MORE:
        op->more = ngx_pdn_sqlite_take(c, op) == NGX_OK;
        break;

    case PDN_SQLITE_OK:
        if (c->action != NGX_PDN_SQLITE_OPEN) {
            ngx_pdn_sqlite_take(c, op);
        }

        break;
    }

    if (!op->more) {
        ngx_pdn_sqlite_clear(c);
    }
}


/* The rows, or the outcomes. */
static ngx_int_t
ngx_pdn_sqlite_take(ngx_pdn_sqlite_conn_t *c, ngx_pdn_db_op_t *op)
{
    pdn_db_rows_t *rows;

    if (c->outcomes != NULL) {
        ngx_memcpy(op->outcomes, c->outcomes,
                   c->noutcomes * sizeof(ngx_pdn_db_outcome_t));
        c->noutcomes = 0;
        return NGX_OK;
    }

    if (c->request->backup) {
        return NGX_OK;
    }

    rows = pdn_db_rows_create();

    if (rows == NULL) {
        pdn_db_fail(&op->error, "error", "no memory for the rows");
        return NGX_ERROR;
    }

    *rows = c->rows;
    ngx_memzero(&c->rows, sizeof(pdn_db_rows_t));
    op->result = rows;

    return NGX_OK;
}


/* Nothing is left of the last operation; no thread has the connection. */
static void
ngx_pdn_sqlite_clear(ngx_pdn_sqlite_conn_t *c)
{
    pdn_sqlite_stop(&c->sqlite);

    ngx_pdn_sqlite_forget(c->outcomes, c->noutcomes);
    ngx_free(c->outcomes);
    c->outcomes = NULL;
    c->noutcomes = 0;

    pdn_db_request_free(c->request);
    c->request = NULL;
    pdn_db_rows_release(&c->rows);
}


static void
ngx_pdn_sqlite_free(ngx_pdn_sqlite_conn_t *c)
{
    ngx_pdn_sqlite_clear(c);
    ngx_pdn_sqlite_riders_free(c);
    ngx_pdn_sqlite_unhold(c);

    if (c->sqlite.db != NULL) {
        pdn_sqlite_close(&c->sqlite);
    }

    ngx_free(c);
}
