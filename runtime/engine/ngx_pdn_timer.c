/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.timer.*.  A pending timer is an nginx event and a coroutine that keeps
 * the function and its arguments; only a running one has a host.
 */

#include "ngx_pdn_background.h"
#include "ngx_pdn_parts.h"

#include <sys/eventfd.h>


typedef struct {
    ngx_queue_t link; /* in pending */
    ngx_event_t event;
    ngx_pdn_vm_t *vm;
    ngx_pdn_thread_t call; /* stack: function, arguments */
    ngx_msec_t interval;   /* of every(), else 0 */
    ngx_pdn_like_t like;
    u_char client[NGX_SOCKADDR_STRLEN]; /* like.client */
} ngx_pdn_timer_t;


static int ngx_pdn_timer_at(lua_State *L);
static int ngx_pdn_timer_every(lua_State *L);
static int ngx_pdn_timer_running_count(lua_State *L);
static int ngx_pdn_timer_pending_count(lua_State *L);
static int ngx_pdn_timer_add(lua_State *L, ngx_uint_t every);
static ngx_pdn_timer_t *ngx_pdn_timer_create(lua_State *L,
                                             ngx_pdn_host_t *host);
static void ngx_pdn_timer_arm(ngx_pdn_timer_t *t, ngx_msec_t delay);
static void ngx_pdn_timer_free(ngx_pdn_timer_t *t);
static void ngx_pdn_timer_fire(ngx_event_t *ev);
static void ngx_pdn_timer_run(ngx_pdn_timer_t *t, ngx_uint_t premature);
static ngx_pdn_host_t *ngx_pdn_timer_host(ngx_pdn_timer_t *t);
static void ngx_pdn_timer_ended(void *data, ngx_int_t rc);
static ngx_int_t ngx_pdn_timer_watch_exit(void);
static void ngx_pdn_timer_exit(ngx_event_t *ev);


static const ngx_pdn_phase_t ngx_pdn_timer_phase = { NGX_PDN_TIMER, "ngx.timer",
                                                     "timer" };


/* Of this worker. */

static ngx_queue_t ngx_pdn_timers_pending;
static ngx_uint_t ngx_pdn_timers_running;
static ngx_connection_t *ngx_pdn_timers_exit; /* told of a shutdown */


static const luaL_Reg ngx_pdn_timer_functions[] = {
    { "at", ngx_pdn_timer_at },
    { "every", ngx_pdn_timer_every },
    { "running_count", ngx_pdn_timer_running_count },
    { "pending_count", ngx_pdn_timer_pending_count },
    { NULL, NULL }
};


void
ngx_pdn_timer_open(lua_State *L)
{
    lua_newtable(L);
    luaL_register(L, NULL, ngx_pdn_timer_functions);
    lua_setfield(L, 1, "timer");
}


/* Lua: at(delay, function, ...) -> 1 | nil, err  [-n, +2, e] */
static int
ngx_pdn_timer_at(lua_State *L)
{
    return ngx_pdn_timer_add(L, 0);
}


/* Lua: every(delay, function, ...) -> 1 | nil, err  [-n, +2, e] */
static int
ngx_pdn_timer_every(lua_State *L)
{
    return ngx_pdn_timer_add(L, 1);
}


static int
ngx_pdn_timer_running_count(lua_State *L)
{
    lua_pushinteger(L, ngx_pdn_timers_running);
    return 1;
}


static int
ngx_pdn_timer_pending_count(lua_State *L)
{
    lua_pushinteger(L, ngx_pdn_counters.timers);
    return 1;
}


static int
ngx_pdn_timer_add(lua_State *L, ngx_uint_t every)
{
    ngx_msec_t delay;
    lua_Number seconds;
    const char *err;
    ngx_pdn_host_t *host;
    ngx_pdn_timer_t *t;

    if (lua_gettop(L) < 2) {
        return luaL_error(L, "expecting at least 2 arguments but got %d",
                          lua_gettop(L));
    }

    seconds = luaL_checknumber(L, 1);
    delay = (ngx_msec_t) (seconds * 1000);

    if (seconds < 0) {
        return luaL_argerror(L, 1, "delay should be positive");
    }

    if (every && delay == 0) {
        return luaL_error(L, "delay cannot be zero");
    }

    luaL_argcheck(L, lua_isfunction(L, 2) && !lua_iscfunction(L, 2), 2,
                  "Lua function expected");

    host = ngx_pdn_check(L, ~(NGX_PDN_INIT | NGX_PDN_EXIT_WORKER));

    if (delay && ngx_exiting) {
        err = "process exiting";
        goto refused;
    }

    if ((ngx_int_t) ngx_pdn_counters.timers
        >= ngx_pdn_conf((ngx_cycle_t *) ngx_cycle)->max_pending_timers)
    {
        err = "too many pending timers";
        goto refused;
    }

    if (ngx_pdn_timer_watch_exit() != NGX_OK
        || (t = ngx_pdn_timer_create(L, host)) == NULL)
    {
        err = "no memory";
        goto refused;
    }

    t->interval = every ? delay : 0;
    ngx_pdn_timer_arm(t, delay);

    lua_pushinteger(L, 1);

    return 1;

refused:

    lua_pushnil(L);
    lua_pushstring(L, err);

    return 2;
}


/* With the function and its arguments at 2 and above; not armed yet. */
static ngx_pdn_timer_t *
ngx_pdn_timer_create(lua_State *L, ngx_pdn_host_t *host)
{
    ngx_pdn_timer_t *t;

    t = ngx_calloc(sizeof(ngx_pdn_timer_t), host->log);
    if (t == NULL) {
        return NULL;
    }

    if (ngx_pdn_vm_take_thread(host->vm, &t->call) != NGX_OK) {
        ngx_free(t);
        return NULL;
    }

    lua_xmove(L, t->call.L, lua_gettop(L) - 1);

    t->vm = host->vm;
    t->vm->refs++;

    host->ops->like(host, &t->like);
    t->like.client.len = ngx_min(t->like.client.len, NGX_SOCKADDR_STRLEN);
    ngx_memcpy(t->client, t->like.client.data, t->like.client.len);
    t->like.client.data = t->client;

    t->event.handler = ngx_pdn_timer_fire;
    t->event.data = t;
    t->event.log = ngx_cycle->log;

    return t;
}


static void
ngx_pdn_timer_arm(ngx_pdn_timer_t *t, ngx_msec_t delay)
{
    ngx_queue_insert_tail(&ngx_pdn_timers_pending, &t->link);
    ngx_pdn_counters.timers++;

    if (delay == 0 && !ngx_exiting) {
        ngx_post_event(&t->event, &ngx_posted_next_events);

    } else {
        /* a worker that shuts down waits for timers, not for events */
        ngx_add_timer(&t->event, delay);
    }
}


/* Its reference to the VM is left to the caller. */
static void
ngx_pdn_timer_free(ngx_pdn_timer_t *t)
{
    ngx_pdn_vm_give_thread(t->vm, &t->call, 1);
    ngx_free(t);
}


static void
ngx_pdn_timer_fire(ngx_event_t *ev)
{
    ngx_pdn_timer_run(ev->data, 0);
}


static void
ngx_pdn_timer_run(ngx_pdn_timer_t *t, ngx_uint_t premature)
{
    int i, n;
    lua_State *L;
    ngx_uint_t again;
    ngx_pdn_vm_t *vm;
    ngx_pdn_host_t *host;

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "%slua ngx.timer expired",
                   ngx_pdn_said_by(t->like.subsystem));

    ngx_queue_remove(&t->link);
    ngx_pdn_counters.timers--;

    again = t->interval && !premature && !ngx_exiting;

    if (again) {
        ngx_pdn_timer_arm(t, t->interval);
    }

    host = ngx_pdn_timer_host(t);

    if (host == NULL) {
        if (!again) {
            vm = t->vm;
            ngx_pdn_timer_free(t);
            ngx_pdn_vm_release(vm);
        }

        return;
    }

    L = t->vm->L;
    n = lua_gettop(t->call.L);
    lua_checkstack(L, n + 1);

    /* every() needs its function and arguments again. */

    for (i = 1; i <= n; i++) {
        lua_pushvalue(t->call.L, i);
        lua_xmove(t->call.L, L, 1);

        if (i == 1) {
            lua_pushboolean(L, premature);
        }
    }

    if (!again) {
        ngx_pdn_vm_pass(t->vm);
        ngx_pdn_timer_free(t);
    }

    ngx_pdn_timers_running++;

    if (ngx_pdn_run(host, &ngx_pdn_timer_phase, n) != NGX_AGAIN) {
        ngx_pdn_background_free(host);
        ngx_pdn_timers_running--;
    }
}


/* For a timer that is due; NULL after logging why it does not run. */
static ngx_pdn_host_t *
ngx_pdn_timer_host(ngx_pdn_timer_t *t)
{
    u_char reason[64];
    lua_Debug ar;
    ngx_int_t max;
    ngx_pdn_host_t *host;

    max = ngx_pdn_conf((ngx_cycle_t *) ngx_cycle)->max_running_timers;

    if ((ngx_int_t) ngx_pdn_timers_running >= max) {
        (void) ngx_snprintf(
            reason, sizeof(reason),
            "%s%i lua_max_running_timers are not enough%Z",
            t->like.subsystem == NGX_PDN_OF_STREAM ? "stream lua: " : "", max);

    } else {
        host = ngx_pdn_background_create(t->vm, &t->like, ngx_pdn_timer_ended,
                                         NULL);
        if (host != NULL) {
            return host;
        }

        (void) ngx_snprintf(reason, sizeof(reason), "no memory%Z");
    }

    lua_pushvalue(t->call.L, 1);
    (void) lua_getinfo(t->call.L, ">S", &ar);

    ngx_log_error(NGX_LOG_ALERT, t->like.log, 0,
                  "lua failed to run timer with function defined at %s:%d: %s",
                  ar.source, ar.linedefined, reason);

    return NULL;
}


static void
ngx_pdn_timer_ended(void *data, ngx_int_t rc)
{
    (void) data;
    (void) rc;

    ngx_pdn_timers_running--;
}


/*
 * nginx tells nobody that a worker begins to shut down gracefully, but it
 * wakes all idle connections: one that never has any traffic is enough.
 */
static ngx_int_t
ngx_pdn_timer_watch_exit(void)
{
    int fd;
    ngx_connection_t *c;

    if (ngx_pdn_timers_pending.next == NULL) {
        ngx_queue_init(&ngx_pdn_timers_pending);
    }

    if (ngx_pdn_timers_exit != NULL || ngx_exiting) {
        return NGX_OK;
    }

    fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd == -1) {
        return NGX_ERROR;
    }

    c = ngx_get_connection(fd, ngx_cycle->log);
    if (c == NULL) {
        (void) close(fd);
        return NGX_ERROR;
    }

    c->idle = 1;
    c->read->handler = ngx_pdn_timer_exit;
    c->read->log = ngx_cycle->log;
    c->write->log = ngx_cycle->log;

    ngx_pdn_timers_exit = c;

    return NGX_OK;
}


/* Pending timers run now, and are told that it is too early. */
static void
ngx_pdn_timer_exit(ngx_event_t *ev)
{
    ngx_queue_t timers, *q;
    ngx_pdn_timer_t *t;

    (void) ev;

    ngx_log_debug0(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "lua abort pending timers");

    ngx_close_connection(ngx_pdn_timers_exit);
    ngx_pdn_timers_exit = NULL;

    ngx_queue_init(&timers);
    ngx_queue_add(&timers, &ngx_pdn_timers_pending);
    ngx_queue_init(&ngx_pdn_timers_pending);

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "lua found %ui pending timers to be aborted prematurely",
                   ngx_pdn_counters.timers);

    while (!ngx_queue_empty(&timers)) {
        q = ngx_queue_head(&timers);
        t = ngx_queue_data(q, ngx_pdn_timer_t, link);

        if (t->event.timer_set) {
            ngx_del_timer(&t->event);
        }

        if (t->event.posted) {
            ngx_delete_posted_event((&t->event));
        }

        ngx_pdn_timer_run(t, 1);
    }
}
