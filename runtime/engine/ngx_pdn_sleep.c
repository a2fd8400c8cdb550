/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.sleep(): the simplest of all waits, and a model for the others.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_parts.h"


typedef struct {
    ngx_pdn_wait_t wait;
    ngx_event_t event;
} ngx_pdn_sleep_t;


static int ngx_pdn_sleep(lua_State *L);
static void ngx_pdn_sleep_over(ngx_event_t *ev);
static int ngx_pdn_sleep_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_pdn_sleep_cancel(ngx_pdn_wait_t *wait);


void
ngx_pdn_sleep_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_sleep);
    lua_setfield(L, 1, "sleep");
}


/* Lua: sleep(seconds) -> 1  [-1, +1, e] */
static int
ngx_pdn_sleep(lua_State *L)
{
    ngx_int_t delay;
    ngx_pdn_host_t *host;
    ngx_pdn_sleep_t *sleep;

    if (lua_gettop(L) != 1) {
        return luaL_error(L, "attempt to pass %d arguments, but accepted 1",
                          lua_gettop(L));
    }

    delay = (ngx_int_t) (luaL_checknumber(L, 1) * 1000);

    if (delay < 0) {
        return luaL_error(L, "invalid sleep duration \"%d\"", (int) delay);
    }

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    sleep = ngx_calloc(sizeof(ngx_pdn_sleep_t), host->log);
    if (sleep == NULL) {
        return luaL_error(L, "no memory");
    }

    sleep->wait.push = ngx_pdn_sleep_push;
    sleep->wait.cancel = ngx_pdn_sleep_cancel;
    sleep->event.handler = ngx_pdn_sleep_over;
    sleep->event.data = sleep;
    sleep->event.log = host->log;

    if (delay == 0) {
        /* The next turn of the loop, not the next millisecond. */
        ngx_post_event(&sleep->event, &ngx_posted_next_events);

    } else {
        ngx_add_timer(&sleep->event, (ngx_msec_t) delay);
    }

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, host->log, 0,
                   "lua ready to sleep for %i ms", delay);

    return ngx_pdn_suspend(L, &sleep->wait);
}


static void
ngx_pdn_sleep_over(ngx_event_t *ev)
{
    ngx_pdn_sleep_t *sleep = ev->data;

#if (NGX_DEBUG)
    ngx_str_t uri, args;
    ngx_pdn_host_t *host;

    ngx_str_null(&uri);
    ngx_str_null(&args);
    host = sleep->wait.task->host;

    if (host->ops->subject != NULL) {
        host->ops->subject(host, &uri, &args);
    }

    ngx_log_debug3(NGX_LOG_DEBUG_CORE, host->log, 0,
                   "%slua sleep timer expired: \"%V?%V\"",
                   ngx_pdn_said_by(host->subsystem), &uri, &args);
#endif

    ngx_pdn_wake(&sleep->wait);
}


static int
ngx_pdn_sleep_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    ngx_free(wait);
    lua_pushinteger(L, 1);

    return 1;
}


static void
ngx_pdn_sleep_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_sleep_t *sleep = (ngx_pdn_sleep_t *) wait;

    ngx_log_debug0(NGX_LOG_DEBUG_CORE, sleep->event.log, 0,
                   "lua clean up the timer for pending ngx.sleep");

    if (sleep->event.timer_set) {
        ngx_del_timer(&sleep->event);
    }

    if (sleep->event.posted) {
        ngx_delete_posted_event((&sleep->event));
    }

    ngx_free(sleep);
}
