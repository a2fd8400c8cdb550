/*
 * SPDX-License-Identifier: MIT
 *
 * Ends a statement of PostgreSQL on the server.
 */

#include "ngx_pandan_db_module.h"
#include "ngx_pdn_pg.h"


typedef struct {
    ngx_thread_task_t task;
    PGcancel *cancel;
    char error[256];
    int ok;
} ngx_pdn_pg_cancel_t;


static void ngx_pdn_pg_cancel_thread(void *data, ngx_log_t *log);
static void ngx_pdn_pg_cancel_done(ngx_event_t *ev);


/*
 * libpq 15 can only cancel by blocking calls: on a thread.  The connection is
 * not needed for it, and never used again: a late cancellation would hit the
 * next statement.
 */
void
ngx_pdn_pg_cancel(ngx_pdn_pg_t *c)
{
    ngx_pdn_pg_cancel_t *cancel;

    cancel = ngx_calloc(sizeof(ngx_pdn_pg_cancel_t), ngx_cycle->log);
    if (cancel == NULL) {
        return;
    }

    cancel->cancel = PQgetCancel(c->pg);
    cancel->task.ctx = cancel;
    cancel->task.handler = ngx_pdn_pg_cancel_thread;
    cancel->task.event.handler = ngx_pdn_pg_cancel_done;
    cancel->task.event.data = cancel;
    cancel->task.event.log = ngx_cycle->log;

    if (cancel->cancel == NULL
        || ngx_thread_task_post(ngx_pdn_db_conf()->threads, &cancel->task)
               != NGX_OK)
    {
        PQfreeCancel(cancel->cancel);
        ngx_free(cancel);
    }
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

    if (!cancel->ok) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "cannot cancel a PostgreSQL statement: %s",
                      cancel->error);
    }

    PQfreeCancel(cancel->cancel);
    ngx_free(cancel);
}
