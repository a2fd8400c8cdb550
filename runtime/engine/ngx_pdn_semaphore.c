/*
 * SPDX-License-Identifier: MIT
 *
 * Semaphores of one worker, for the module `ngx.semaphore`.  Lua holds one by
 * a pointer that its collector drops; those who wait hold it too.
 *
 * Who waited longest goes first: a count that is posted while others wait is
 * theirs, not of who asks next.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_parts.h"


typedef struct {
    ngx_queue_t waiters; /* ngx_pdn_semaphore_wait_t */
    ngx_event_t event;   /* posted: a count has come for them */
    ngx_int_t count;
    ngx_int_t waiting;
    ngx_uint_t refs;
} ngx_pdn_semaphore_t;


typedef struct {
    ngx_pdn_wait_t wait;
    ngx_queue_t link;
    ngx_event_t timer;
    ngx_pdn_semaphore_t *semaphore;
    unsigned taken : 1; /* or it was too late */
} ngx_pdn_semaphore_wait_t;


/* For Lua's FFI. */

ngx_pdn_semaphore_t *ngx_pdn_ffi_semaphore_create(ngx_int_t count);
void ngx_pdn_ffi_semaphore_drop(ngx_pdn_semaphore_t *s);
ngx_int_t ngx_pdn_ffi_semaphore_take(ngx_pdn_semaphore_t *s);
void ngx_pdn_ffi_semaphore_post(ngx_pdn_semaphore_t *s, ngx_int_t n);
ngx_int_t ngx_pdn_ffi_semaphore_count(ngx_pdn_semaphore_t *s);


static int ngx_pdn_semaphore_wait(lua_State *L);
static void ngx_pdn_semaphore_handler(ngx_event_t *ev);
static void ngx_pdn_semaphore_timeout(ngx_event_t *ev);
static int ngx_pdn_semaphore_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_pdn_semaphore_cancel(ngx_pdn_wait_t *wait);
static void ngx_pdn_semaphore_leave(ngx_pdn_semaphore_wait_t *w);


void
ngx_pdn_semaphore_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_semaphore_wait);
    lua_setfield(L, 2, "semaphore_wait");
}


/* NULL without memory. */
ngx_pdn_semaphore_t *
ngx_pdn_ffi_semaphore_create(ngx_int_t count)
{
    ngx_pdn_semaphore_t *s;

    s = ngx_calloc(sizeof(ngx_pdn_semaphore_t), ngx_cycle->log);
    if (s == NULL) {
        return NULL;
    }

    ngx_queue_init(&s->waiters);

    s->count = count;
    s->refs = 1;
    s->event.handler = ngx_pdn_semaphore_handler;
    s->event.data = s;

    return s;
}


void
ngx_pdn_ffi_semaphore_drop(ngx_pdn_semaphore_t *s)
{
    if (--s->refs > 0) {
        return;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "in lua gc, semaphore %p", s);

    if (s->event.posted) {
        ngx_delete_posted_event(&s->event);
    }

    ngx_free(s);
}


/*
 *   NGX_OK     taken
 *   NGX_AGAIN  would have to wait
 *   other      may not wait here, see ngx_pdn_allowed()
 */
ngx_int_t
ngx_pdn_ffi_semaphore_take(ngx_pdn_semaphore_t *s)
{
    ngx_int_t rc;

    rc = ngx_pdn_allowed(NGX_PDN_MAY_WAIT);
    if (rc != NGX_OK) {
        return rc;
    }

    if (s->count > 0 && s->waiting == 0) {
        s->count--;
        return NGX_OK;
    }

    return NGX_AGAIN;
}


void
ngx_pdn_ffi_semaphore_post(ngx_pdn_semaphore_t *s, ngx_int_t n)
{
    s->count += n;

    if (s->waiting > 0 && !s->event.posted) {
        s->event.log = ngx_cycle->log;
        ngx_post_event(&s->event, &ngx_posted_events);
    }
}


/* Below 0: how many wait. */
ngx_int_t
ngx_pdn_ffi_semaphore_count(ngx_pdn_semaphore_t *s)
{
    return s->count - s->waiting;
}


/* Lua: semaphore_wait(semaphore, ms) -> true | false, err  [-2, +2, e] */
static int
ngx_pdn_semaphore_wait(lua_State *L)
{
    ngx_msec_t ms;
    ngx_pdn_host_t *host;
    ngx_pdn_semaphore_t *s;
    ngx_pdn_semaphore_wait_t *w;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    /* A cdata's payload, here a pointer, is what lua_topointer() points to. */

    s = *(ngx_pdn_semaphore_t **) lua_topointer(L, 1);
    ms = (ngx_msec_t) lua_tonumber(L, 2);

    w = ngx_calloc(sizeof(ngx_pdn_semaphore_wait_t), host->log);
    if (w == NULL) {
        return luaL_error(L, "no memory");
    }

    w->wait.push = ngx_pdn_semaphore_push;
    w->wait.cancel = ngx_pdn_semaphore_cancel;
    w->timer.handler = ngx_pdn_semaphore_timeout;
    w->timer.data = w;
    w->timer.log = host->log;
    w->semaphore = s;

    s->refs++;
    s->waiting++;
    ngx_queue_insert_tail(&s->waiters, &w->link);
    ngx_add_timer(&w->timer, ms);

    return ngx_pdn_suspend(L, &w->wait);
}


static void
ngx_pdn_semaphore_handler(ngx_event_t *ev)
{
    ngx_pdn_semaphore_t *s = ev->data;

    ngx_queue_t *q;
    ngx_pdn_semaphore_wait_t *w;

    /* Those woken run at once, and may be the last who knew of it. */

    s->refs++;

    while (s->count > 0 && !ngx_queue_empty(&s->waiters)) {
        q = ngx_queue_head(&s->waiters);
        w = ngx_queue_data(q, ngx_pdn_semaphore_wait_t, link);

        s->count--;
        w->taken = 1;
        ngx_pdn_wake(&w->wait);
    }

    ngx_pdn_ffi_semaphore_drop(s);
}


static void
ngx_pdn_semaphore_timeout(ngx_event_t *ev)
{
    ngx_pdn_semaphore_wait_t *w = ev->data;

    ngx_pdn_wake(&w->wait);
}


static int
ngx_pdn_semaphore_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    ngx_uint_t taken;
    ngx_pdn_semaphore_wait_t *w = (ngx_pdn_semaphore_wait_t *) wait;

    taken = w->taken;
    ngx_pdn_semaphore_leave(w);

    lua_pushboolean(L, taken);

    if (taken) {
        return 1;
    }

    lua_pushliteral(L, "timeout");

    return 2;
}


static void
ngx_pdn_semaphore_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_semaphore_leave((ngx_pdn_semaphore_wait_t *) wait);
}


static void
ngx_pdn_semaphore_leave(ngx_pdn_semaphore_wait_t *w)
{
    if (w->timer.timer_set) {
        ngx_del_timer(&w->timer);
    }

    ngx_queue_remove(&w->link);
    w->semaphore->waiting--;
    ngx_pdn_ffi_semaphore_drop(w->semaphore);
    ngx_free(w);
}
