/*
 * SPDX-License-Identifier: MIT
 *
 * The worker's threads for what blocks.  One starts when a task finds none
 * that is free, up to a limit, and ends when it had nothing to do for a
 * while: a worker that needs none has none.  (Those of nginx's `thread_pool`
 * start with the worker.)
 */

#ifndef NGX_PDN_DB_THREADS_H
#define NGX_PDN_DB_THREADS_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_thread_pool.h>


typedef struct ngx_pdn_db_threads_s ngx_pdn_db_threads_t;


typedef struct {
    ngx_uint_t limit;
    ngx_uint_t max_queue; /* tasks beside those that threads have */
    ngx_msec_t idle;      /* a thread ends then */
} ngx_pdn_db_threads_conf_t;


/* NULL: it cannot be, which was logged. */
ngx_pdn_db_threads_t *
ngx_pdn_db_threads_create(const ngx_pdn_db_threads_conf_t *conf);

/*
 * Ends them, when all that was posted has run; handlers of events are not
 * called any more.  `threads` may be NULL.
 */
void ngx_pdn_db_threads_free(ngx_pdn_db_threads_t *threads);

/*
 * Runs task->handler on one of this worker's threads, then task->event's on
 * the event loop, as ngx_thread_task_post() does.  NGX_ERROR: the queue is
 * full, or no thread can be started; it was logged.
 */
ngx_int_t ngx_pdn_db_threads_post(ngx_thread_task_t *task);


#endif /* NGX_PDN_DB_THREADS_H */
