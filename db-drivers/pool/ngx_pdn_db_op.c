/*
 * SPDX-License-Identifier: MIT
 *
 * Operations: from the queue through a connection to their end.
 */

#include "ngx_pdn_db_known.h"
#include "ngx_pdn_db_pool.h"


#define NGX_PDN_DB_BACKUP_TIMEOUT (24 * 3600 * 1000)


static void ngx_pdn_db_open(ngx_pdn_db_op_t *op);
static void ngx_pdn_db_enqueue(ngx_pdn_db_op_t *op);
static void ngx_pdn_db_execute(ngx_pdn_db_op_t *op);
static void ngx_pdn_db_note_session(ngx_pdn_db_op_t *op);
static void ngx_pdn_db_pause(ngx_pdn_db_op_t *op);
static void ngx_pdn_db_end(ngx_pdn_db_op_t *op);
static void ngx_pdn_db_return(ngx_pdn_db_conn_t *conn);
static void ngx_pdn_db_deadline(ngx_event_t *ev);


void
ngx_pdn_db_submit(ngx_pdn_db_op_t *op)
{
    if (!ngx_pdn_db_gather(op)) {
        ngx_pdn_db_place(op, NULL);
    }
}


void
ngx_pdn_db_place(ngx_pdn_db_op_t *op, ngx_queue_t *others)
{
    ngx_pdn_db_conn_t *conn;
    ngx_pdn_db_pool_t *pool = op->pool;

    /* those who came before go before */
    if (pool->count->waiting) {
        ngx_pdn_db_enqueue(op);
        return;
    }

    conn = ngx_pdn_db_conn_take(pool);

    if (conn != NULL) {
        if (!ngx_pdn_db_share(op, conn, others)) {
            ngx_pdn_db_start(op, conn);
        }

    } else if (pool->count->lent < pool->options.limit) {
        ngx_pdn_db_open(op);

    } else {
        ngx_pdn_db_enqueue(op);
    }
}


void
ngx_pdn_db_run(ngx_pdn_db_op_t *op, ngx_pdn_db_conn_t *conn)
{
    op->conn = conn;
    op->leased = 1;
    conn->op = op;

    if (op->listen) {
        ngx_pdn_db_more(op);
        return;
    }

    ngx_pdn_db_execute(op);
}


ngx_pdn_db_op_t *
ngx_pdn_db_join(ngx_pdn_db_conn_t *conn,
                ngx_uint_t (*may)(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op))
{
    ngx_queue_t *q;
    ngx_pdn_db_op_t *op;
    ngx_pdn_db_pool_t *pool = conn->pool;

    if (ngx_queue_empty(&pool->waiting)) {
        return NULL;
    }

    q = ngx_queue_head(&pool->waiting);
    op = ngx_queue_data(q, ngx_pdn_db_op_t, link);

    if (op->request == NULL || op->keep || op->stream || op->noutcomes
        || !may(conn, op))
    {
        return NULL;
    }

    ngx_queue_remove(q);
    pool->count->waiting--;
    pool->count->queries++;

    op->conn = conn;
    op->joined = 1;
    op->stage = NGX_PDN_DB_RUNNING;
    ngx_pdn_db_set_timer(op, pool->options.query_timeout);

    return op;
}


void
ngx_pdn_db_more(ngx_pdn_db_op_t *op)
{
    op->stage = NGX_PDN_DB_RUNNING;
    op->more = 0;

    ngx_pdn_db_set_timer(op, op->listen ? op->patience
                                        : op->pool->options.query_timeout);
    op->pool->driver->more(op->conn, op);
}


void
ngx_pdn_db_abandon(ngx_pdn_db_op_t *op)
{
    op->pool->count->abandoned++;
    ngx_pdn_db_leave(op, 0);
}


void
ngx_pdn_db_give_back(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_db_pool_t *pool = conn->pool;

    ngx_pdn_db_return(conn);
    ngx_pdn_db_serve_later(pool);
}


void
ngx_pdn_db_op_release(ngx_pdn_db_op_t *op)
{
    ngx_uint_t i;

    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    pdn_db_request_free(op->request);
    op->request = NULL;

    if (op->result != NULL) {
        op->pool->driver->free_result(op->result);
        op->result = NULL;
    }

    for (i = 0; i < op->noutcomes; i++) {
        if (op->outcomes[i].result != NULL) {
            op->pool->driver->free_result(op->outcomes[i].result);
        }

        ngx_free(op->outcomes[i].error);
    }

    ngx_free(op->outcomes);
    op->outcomes = NULL;
    op->noutcomes = 0;
}


/*
 * A connection that was found dead by its check is replaced by a new one; one
 * of SQLite's readers that was asked to write hands on to the writer.
 */
void
ngx_pdn_db_finish(ngx_pdn_db_op_t *op)
{
    ngx_pdn_db_conn_t *conn = op->conn;
    ngx_pdn_db_pool_t *pool = op->pool;

    switch (op->stage) {

    case NGX_PDN_DB_OPENING:
        if (op->error.code == NULL) {
            ngx_pdn_db_execute(op);
            return;
        }

        break;

    case NGX_PDN_DB_CHECKING:
        if (op->error.code == NULL) {
            ngx_pdn_db_execute(op);
            return;
        }

        op->error.code = NULL;
        op->conn = NULL;
        ngx_pdn_db_conn_close(conn);
        ngx_pdn_db_open(op);
        return;

    default:
        break;
    }

    if (op->more) {
        ngx_pdn_db_pause(op);
        return;
    }

    if (op->retried && op->leased) {
        op->retried = 0;
        pdn_db_fail(&op->error, "read_only", "the transaction only reads");

    } else if (op->retried && pool->writer != NULL) {
        op->conn = NULL;
        conn->op = NULL;
        op->pool = pool->writer;
        ngx_pdn_db_give_back(conn);
        ngx_pdn_db_submit(op);
        return;
    }

    ngx_pdn_db_end(op);
}


void
ngx_pdn_db_start(ngx_pdn_db_op_t *op, ngx_pdn_db_conn_t *conn)
{
    op->conn = conn;
    conn->op = op;

    if (ngx_pdn_db_is_stale(conn)) {
        op->stage = NGX_PDN_DB_CHECKING;
        ngx_pdn_db_set_timer(op, op->pool->options.connect_timeout);
        op->pool->driver->check(conn, op);
        return;
    }

    if (op->pool->driver->brief != NULL && op->pool->driver->brief(conn, op)) {
        op->pool->count->queries++;
        op->pool->count->brief++;
        ngx_pdn_db_end(op);
        return;
    }

    ngx_pdn_db_execute(op);
}


static void
ngx_pdn_db_open(ngx_pdn_db_op_t *op)
{
    ngx_pdn_db_conn_t *conn;

    conn = ngx_pdn_db_conn_create(op->pool);

    if (conn == NULL) {
        pdn_db_fail(&op->error, "error", "no memory");
        ngx_pdn_db_end(op);
        return;
    }

    op->conn = conn;
    conn->op = op;
    op->stage = NGX_PDN_DB_OPENING;

    ngx_pdn_db_set_timer(op, op->pool->options.connect_timeout);
    op->pool->driver->open(conn, op);
}


static void
ngx_pdn_db_enqueue(ngx_pdn_db_op_t *op)
{
    ngx_pdn_db_pool_t *pool = op->pool;

    op->stage = NGX_PDN_DB_QUEUED;
    ngx_queue_insert_tail(&pool->waiting, &op->link);
    pool->count->waiting++;
    pool->count->waited++;

    ngx_pdn_db_set_timer(op, pool->options.pool_timeout);
}


static void
ngx_pdn_db_execute(ngx_pdn_db_op_t *op)
{
    op->stage = NGX_PDN_DB_RUNNING;

    /* it was to be lent, no more */
    if (op->request == NULL) {
        ngx_pdn_db_end(op);
        return;
    }

    op->pool->count->queries++;
    op->began = ngx_current_msec;

    /* else the next statements would be committed one by one */
    if (op->leased && !op->session && !op->pool->driver->dirty(op->conn)) {
        pdn_db_fail(&op->error, "closed",
                    "the transaction was ended by an earlier statement");
        ngx_pdn_db_end(op);
        return;
    }

    ngx_pdn_db_note_session(op);
    ngx_pdn_db_set_timer(op, op->request && op->request->backup
                                 ? NGX_PDN_DB_BACKUP_TIMEOUT
                                 : op->pool->options.query_timeout);
    op->pool->driver->run(op->conn, op);
}


/* Before it runs: a statement that fails may have done half of its work. */
static void
ngx_pdn_db_note_session(ngx_pdn_db_op_t *op)
{
    pdn_db_session_e session;
    pdn_db_request_t *rq;
    ngx_pdn_db_known_t *known;
    pdn_db_dialect_e dialect = op->pool->driver->dialect;

    /* who borrows a session answers for what is left in it */
    if (op->pool->options.lasting || op->session) {
        return;
    }

    known = ngx_pdn_db_known(op);

    for (rq = op->request; rq != NULL; rq = rq->next) {
        if (rq->reads) {
            continue;
        }

        session = known ? known->session
                        : pdn_db_session(rq->sql, rq->sql_len, dialect);
        op->conn->session = ngx_max(op->conn->session, session);
    }
}


/*
 * The caller may take its time, so there is no timer; a worker that ends does
 * not wait for it either.
 */
static void
ngx_pdn_db_pause(ngx_pdn_db_op_t *op)
{
    op->stage = NGX_PDN_DB_PAUSED;

    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    op->done(op);
}


static void
ngx_pdn_db_end(ngx_pdn_db_op_t *op)
{
    ngx_pdn_db_conn_t *conn = op->conn;
    ngx_pdn_db_pool_t *pool = op->pool;

    op->stage = NGX_PDN_DB_DONE;

    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    if (op->error.code != NULL) {
        pool->count->errors++;
    }

    if (op->began != 0) {
        ngx_pdn_db_known_took(op, ngx_current_msec - op->began, 1);
    }

    if (op->joined) {
        op->conn = NULL;

    } else if (conn != NULL) {
        conn->op = NULL;

        if (!op->leased && !(op->keep && op->error.code == NULL)) {
            op->conn = NULL;
            ngx_pdn_db_return(conn);
        }
    }

    /* may free op */
    op->done(op);

    ngx_pdn_db_serve_later(pool);
}


/* Back to rest: nothing open, nothing unread, no setting left. */
static void
ngx_pdn_db_return(ngx_pdn_db_conn_t *conn)
{
    const ngx_pdn_db_driver_t *driver = conn->pool->driver;

    if (conn->session == PDN_DB_SESSION_SPOILT
        || (conn->session == PDN_DB_SESSION_CHANGED && driver->reset == NULL))
    {
        conn->pool->count->resets++;
        conn->broken = 1;
    }

    if (!conn->broken
        && (driver->dirty(conn) || conn->session != PDN_DB_SESSION_SAME)
        && ngx_pdn_db_reset(conn))
    {
        return;
    }

    ngx_pdn_db_conn_rest(conn);
}


void
ngx_pdn_db_serve(ngx_pdn_db_pool_t *pool)
{
    ngx_queue_t *q;
    ngx_pdn_db_op_t *op;
    ngx_pdn_db_conn_t *conn;

    while (pool->count->waiting && !pool->closing) {
        conn = ngx_pdn_db_conn_take(pool);

        if (conn == NULL && pool->count->lent >= pool->options.limit) {
            break;
        }

        q = ngx_queue_head(&pool->waiting);
        ngx_queue_remove(q);
        pool->count->waiting--;

        op = ngx_queue_data(q, ngx_pdn_db_op_t, link);

        if (conn == NULL) {
            ngx_pdn_db_open(op);

        } else if (!ngx_pdn_db_share(op, conn, &pool->waiting)) {
            ngx_pdn_db_start(op, conn);
        }
    }
}


static void
ngx_pdn_db_deadline(ngx_event_t *ev)
{
    ngx_pdn_db_stage_e stage;
    ngx_pdn_db_op_t *op = ev->data;
    ngx_pdn_db_pool_t *pool = op->pool;

    stage = op->stage;

    if (stage == NGX_PDN_DB_RUNNING && op->patience) {
        op->more = !op->session;
        ngx_pdn_db_finish(op);
        return;
    }

    pool->count->timeouts++;

    switch (stage) {

    case NGX_PDN_DB_CHECKING:
        /* not dead, but not alive either: a new one is better */
        ngx_pdn_db_leave(op, 1);
        ngx_pdn_db_open(op);
        return;

    case NGX_PDN_DB_QUEUED:
        pdn_db_fail(&op->error, "pool_timeout",
                    "no connection became free in %lu ms (all %lu are lent)",
                    (unsigned long) pool->options.pool_timeout,
                    (unsigned long) pool->options.limit);
        break;

    case NGX_PDN_DB_RUNNING:
        pdn_db_fail(&op->error, "timeout", "no answer in %lu ms",
                    (unsigned long) pool->options.query_timeout);
        break;

    default:
        pdn_db_fail(&op->error, "timeout", "no connection in %lu ms",
                    (unsigned long) pool->options.connect_timeout);
        break;
    }

    ngx_pdn_db_leave(op, 1);
    ngx_pdn_db_end(op);
}


/*
 * A worker that is told to end waits for timers that are not cancelable, and
 * so for operations: each has one.
 */
void
ngx_pdn_db_set_timer(ngx_pdn_db_op_t *op, ngx_msec_t timeout)
{
    op->timer.handler = ngx_pdn_db_deadline;
    op->timer.data = op;
    op->timer.log = ngx_cycle->log;

    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    ngx_add_timer(&op->timer, op->timeout ? op->timeout : timeout);
}


void
ngx_pdn_db_leave(ngx_pdn_db_op_t *op, ngx_uint_t late)
{
    ngx_pdn_db_conn_t *conn = op->conn;

    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    switch (op->stage) {

    case NGX_PDN_DB_QUEUED:
        ngx_queue_remove(&op->link);
        op->pool->count->waiting--;
        break;

    case NGX_PDN_DB_GATHERED:
        ngx_queue_remove(&op->link);
        break;

    case NGX_PDN_DB_SHARED:
        ngx_pdn_db_share_leave(op);
        break;

    case NGX_PDN_DB_OPENING:
    case NGX_PDN_DB_CHECKING:
    case NGX_PDN_DB_RUNNING:
    case NGX_PDN_DB_PAUSED:
        op->conn = NULL;
        op->leased = 0;

        if (op->joined) {
            conn->pool->driver->part(conn, op);

        } else {
            conn->pool->driver->abandon(conn, late);
        }

        break;

    default:
        break;
    }

    op->stage = NGX_PDN_DB_DONE;
}
