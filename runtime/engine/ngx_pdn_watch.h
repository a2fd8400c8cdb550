/*
 * SPDX-License-Identifier: MIT
 *
 * The watch: tells in the error log when one stretch of Lua, from its resume
 * to its yield or end, holds the event loop longer than `lua_watch` allows,
 * with the line it is at.  A stretch costs two increments and two loads.
 */

#ifndef NGX_PDN_WATCH_H
#define NGX_PDN_WATCH_H


#include "ngx_pdn_vm.h"


typedef struct {
    ngx_uint_t depth;  /* of Lua within Lua: filters run in ngx.say() */
    ngx_uint_t seq;    /* of the stretch; odd while it lasts */
    ngx_uint_t asked;  /* seq of the one that is too long, or 0 */
    ngx_uint_t dozing; /* the watching thread sleeps until roused */
} ngx_pdn_watch_t;


extern ngx_pdn_watch_t ngx_pdn_watch;


/* Watches this worker from now on; `limit` 0 does nothing. */
ngx_int_t ngx_pdn_watch_start(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm,
                              ngx_msec_t limit);
void ngx_pdn_watch_stop(void);

/* Helpers of the two below. */
void ngx_pdn_watch_rouse(void);
void ngx_pdn_watch_late(ngx_pdn_task_t *task);


/* Around each lua_resume() of a task. */

static ngx_inline void
ngx_pdn_watch_enter(void)
{
    if (ngx_pdn_watch.depth++ == 0) {
        __atomic_store_n(&ngx_pdn_watch.seq, ngx_pdn_watch.seq + 1,
                         __ATOMIC_RELAXED);

        if (__atomic_load_n(&ngx_pdn_watch.dozing, __ATOMIC_RELAXED)) {
            ngx_pdn_watch_rouse();
        }
    }
}


static ngx_inline void
ngx_pdn_watch_leave(ngx_pdn_task_t *task)
{
    ngx_uint_t asked;

    if (--ngx_pdn_watch.depth == 0) {
        asked = __atomic_load_n(&ngx_pdn_watch.asked, __ATOMIC_ACQUIRE);

        if (asked == ngx_pdn_watch.seq) {
            ngx_pdn_watch_late(task);
        }

        __atomic_store_n(&ngx_pdn_watch.seq, ngx_pdn_watch.seq + 1,
                         __ATOMIC_RELAXED);
    }
}


#endif /* NGX_PDN_WATCH_H */
