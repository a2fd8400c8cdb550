/*
 * SPDX-License-Identifier: MIT
 *
 * What the engine's own files share about tasks; others use ngx_pdn_engine.h.
 */

#ifndef NGX_PDN_TASK_H
#define NGX_PDN_TASK_H


#include "ngx_pdn_engine.h"


/* A task for `host` with the function and arguments on top of `from`. */
ngx_pdn_task_t *ngx_pdn_task_create(ngx_pdn_host_t *host, lua_State *from,
                                    int nargs);

/* Cancels its wait; a `clean` task ended well: its coroutine is kept. */
void ngx_pdn_task_free(ngx_pdn_task_t *task, ngx_uint_t clean);

/* Queues it behind the host's other ready tasks, with task->nargs on top. */
void ngx_pdn_make_ready(ngx_pdn_task_t *task);

/* Runs the host's ready tasks from the event loop, at `when`. */
void ngx_pdn_run_later(ngx_pdn_host_t *host, ngx_queue_t *when);

/* ngx_pdn_thread.c: a light thread has ended; its results are on its stack. */
void ngx_pdn_thread_ended(ngx_pdn_task_t *task);

/* Makes a light thread of a new task, so that _find() finds it; NGX_ERROR. */
ngx_int_t ngx_pdn_thread_remember(lua_State *L, ngx_pdn_task_t *task);
void ngx_pdn_thread_forget(ngx_pdn_task_t *task);

/* The light thread that lies at `index`; NULL: none, or one that is gone. */
ngx_pdn_task_t *ngx_pdn_thread_find(lua_State *L, int index);

/* ngx_pdn_failure.c: what lua_resume() answered, its message on the stack. */
void ngx_pdn_log_failure(ngx_pdn_task_t *task, int rc);

/*
 * What libraries are given as the request: an address that C functions may
 * know, or one that only says that there is a host.  NULL in init_by_lua.
 */
void *ngx_pdn_host_request(ngx_pdn_host_t *host);

/* The marker of suspensions, see ngx_pdn_suspend(). */
extern char ngx_pdn_mark;

/*
 * Raises where a yield would, before anything has been begun; what the task
 * was about to wait for is cancelled.
 */
void ngx_pdn_yieldable(lua_State *L);

/*
 * The registry's key of the coroutines that an error came through, see
 * runtime/lua/core/20_coroutine.lua.
 */
extern char ngx_pdn_failed_key;


#endif /* NGX_PDN_TASK_H */
