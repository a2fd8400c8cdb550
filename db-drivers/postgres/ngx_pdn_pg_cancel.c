/*
 * SPDX-License-Identifier: MIT
 *
 * A statement of PostgreSQL that nobody waits for any longer: it gets a
 * moment to end by itself, then the server is asked to end it, and when even
 * that takes too long the connection is closed.
 *
 *     abandon ── grace ── cancel ── patience ── close
 *                  └── drained ──┴── given back
 */

#include "ngx_pandan_db_module.h"
#include "ngx_pdn_pg.h"


#define NGX_PDN_PG_GRACE    200  /* ms */
#define NGX_PDN_PG_PATIENCE 2000 /* ms, for what was cancelled */
#define NGX_PDN_PG_CANCELS  8    /* threads, at most */


struct ngx_pdn_pg_cancel_s {
    ngx_thread_task_t task;
    ngx_pdn_pg_t *c; /* NULL: it is gone */
    PGcancel *cancel;
    char error[256];
    int ok;
};


static void ngx_pdn_pg_grace_over(ngx_event_t *ev);
static void ngx_pdn_pg_patience_over(ngx_event_t *ev);
static void ngx_pdn_pg_given_up(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_cancel(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_cancel_thread(void *data, ngx_log_t *log);
static void ngx_pdn_pg_cancel_done(ngx_event_t *ev);


void
ngx_pdn_pg_abandon(ngx_pdn_db_conn_t *conn, ngx_uint_t late)
{
    ngx_uint_t paused, listening;
    ngx_pdn_pg_t *c = (ngx_pdn_pg_t *) conn;

    paused = conn->op->stage == NGX_PDN_DB_PAUSED;
    listening = conn->op->listen;
    conn->op = NULL;

    c->grace.handler = ngx_pdn_pg_grace_over;
    c->grace.data = c;
    c->grace.log = ngx_cycle->log;

    /* it may go on to be made */
    if (c->state == NGX_PDN_PG_CONNECTING) {
        ngx_add_timer(&c->grace, late ? NGX_PDN_PG_GRACE
                                      : conn->pool->options.connect_timeout);
        return;
    }

    if (listening || conn->broken) {
        ngx_pdn_pg_given_up(c);
        return;
    }

    if (late || paused) {
        ngx_pdn_pg_grace_over(&c->grace);

        if (paused) {
            ngx_pdn_pg_read(c);
        }

        return;
    }

    ngx_add_timer(&c->grace, NGX_PDN_PG_GRACE);
}


void
ngx_pdn_pg_drained(ngx_pdn_pg_t *c)
{
    if (c->cancel != NULL && !c->conn.broken) {
        c->drained = 1;
        return;
    }

    c->state = NGX_PDN_PG_READY;
    c->statement = NULL;

    ngx_pdn_pg_cancel_detach(c);
    ngx_pdn_pg_clear(c);
    ngx_free(c->items);
    c->items = NULL;

    ngx_pdn_db_give_back(&c->conn);
}


void
ngx_pdn_pg_cancel_detach(ngx_pdn_pg_t *c)
{
    if (c->cancel != NULL) {
        c->cancel->c = NULL;
        c->cancel = NULL;
    }
}


/* Only one statement was ended, and the next may take as long. */
void
ngx_pdn_pg_cancel_again(ngx_pdn_pg_t *c)
{
    if (c->step == NGX_PDN_PG_BATCH && c->item > c->cancelled
        && c->cancel == NULL && c->grace.handler == ngx_pdn_pg_patience_over
        && c->grace.timer_set)
    {
        ngx_pdn_pg_cancel(c);
    }
}


static void
ngx_pdn_pg_grace_over(ngx_event_t *ev)
{
    ngx_pdn_pg_t *c = ev->data;

    if (c->state != NGX_PDN_PG_BUSY) {
        ngx_pdn_pg_given_up(c);
        return;
    }

    ngx_pdn_pg_cancel(c);

    c->grace.handler = ngx_pdn_pg_patience_over;
    ngx_add_timer(&c->grace, NGX_PDN_PG_PATIENCE);
}


static void
ngx_pdn_pg_patience_over(ngx_event_t *ev)
{
    ngx_pdn_pg_given_up(ev->data);
}


static void
ngx_pdn_pg_given_up(ngx_pdn_pg_t *c)
{
    c->conn.broken = 1;
    ngx_pdn_pg_drained(c);
}


/*
 * libpq 15 can only cancel by blocking calls: on a thread.  The server sends
 * the signal before it closes the connection that asked for it, so what is
 * sent after the thread's end is safe.
 */
static void
ngx_pdn_pg_cancel(ngx_pdn_pg_t *c)
{
    ngx_pdn_db_conf_t *conf;
    ngx_pdn_pg_cancel_t *cancel;

    conf = ngx_pdn_db_conf();

    /* those of a server that stands still would take all threads */
    if (conf->ncancels >= NGX_PDN_PG_CANCELS) {
        return;
    }

    cancel = ngx_calloc(sizeof(ngx_pdn_pg_cancel_t), ngx_cycle->log);
    if (cancel == NULL) {
        return;
    }

    cancel->cancel = PQgetCancel(c->pg);
    cancel->c = c;
    c->cancelled = c->item;
    cancel->task.ctx = cancel;
    cancel->task.handler = ngx_pdn_pg_cancel_thread;
    cancel->task.event.handler = ngx_pdn_pg_cancel_done;
    cancel->task.event.data = cancel;
    cancel->task.event.log = ngx_cycle->log;

    if (cancel->cancel == NULL
        || ngx_pdn_db_threads_post(&cancel->task) != NGX_OK) {
        PQfreeCancel(cancel->cancel);
        ngx_free(cancel);
        return;
    }

    c->cancel = cancel;
    conf->ncancels++;
}


static void
ngx_pdn_pg_cancel_thread(void *data, ngx_log_t *log)
{
    ngx_pdn_pg_cancel_t *cancel = data;

    (void) log;

    cancel->ok = PQcancel(cancel->cancel, cancel->error, sizeof(cancel->error));
}


static void
ngx_pdn_pg_cancel_done(ngx_event_t *ev)
{
    ngx_pdn_pg_cancel_t *cancel = ev->data;
    ngx_pdn_pg_t *c = cancel->c;

    if (!cancel->ok) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "cannot cancel a PostgreSQL statement: %s",
                      cancel->error);
    }

    PQfreeCancel(cancel->cancel);
    ngx_free(cancel);
    ngx_pdn_db_conf()->ncancels--;

    if (c == NULL) {
        return;
    }

    c->cancel = NULL;

    if (c->drained) {
        ngx_pdn_pg_drained(c);

    } else {
        ngx_pdn_pg_cancel_again(c);
    }
}
