/*
 * SPDX-License-Identifier: MIT
 *
 * A thread beside the event loop looks now and then whether the same stretch
 * of Lua still runs.  When that lasts too long it sends SIGPROF to the loop's
 * thread, where LuaJIT's own profiler makes the next instruction of Lua call
 * us: code that is compiled too, for its profiling mode puts a check at each
 * line.  The profiler's clock stays stopped; only we ever ask.
 *
 * A C function that blocks cannot be stopped in its midst: then the line is
 * that of the first instruction after it, and while it lasts the thread says
 * what it knows.
 */

#include "ngx_pdn_watch.h"

#include <pthread.h>


/* The thread looks this often in the time of the limit. */
#define NGX_PDN_WATCH_LOOKS 8

/* Longest time between two looks. */
#define NGX_PDN_WATCH_REST 25

/* Looks without any Lua after which it sleeps until there is some. */
#define NGX_PDN_WATCH_IDLE 40

/* A silent stretch is told of by the thread after so many limits. */
#define NGX_PDN_WATCH_SILENT 10

/* nginx cuts lines at 2 KB; the client and the request come behind. */
#define NGX_PDN_WATCH_STACK 1200


typedef struct {
    ngx_msec_t limit;
    ngx_pdn_vm_t *vm;
    ngx_log_t *log;
    pthread_t loop;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    ngx_msec_t since;     /* when the stretch was first seen */
    ngx_msec_t told_at;   /* how long it was when its line was told */
    ngx_uint_t told;      /* seq of the stretch whose line was told */
    ngx_uint_t silent;    /* seq of the one the thread told of */
    unsigned running : 1; /* the thread is there */
    unsigned quit : 1;
} ngx_pdn_watcher_t;


static void *ngx_pdn_watch_thread(void *data);
static void ngx_pdn_watch_look(ngx_uint_t *last, ngx_uint_t *idle);
static void ngx_pdn_watch_tell_silent(ngx_uint_t seq);
static void ngx_pdn_watch_sample(void *data, lua_State *L, int samples,
                                 int state);
static void ngx_pdn_watch_place(lua_State *L, u_char *buf, size_t size);
static void ngx_pdn_watch_stack(ngx_pdn_task_t *task, lua_State *L, u_char *buf,
                                size_t size);
static ngx_msec_t ngx_pdn_watch_now(void);


ngx_pdn_watch_t ngx_pdn_watch;

/* Of this worker: a thread and a signal are the process's, not a cycle's. */
static ngx_pdn_watcher_t ngx_pdn_watcher;


ngx_int_t
ngx_pdn_watch_start(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm, ngx_msec_t limit)
{
    int err;
    sigset_t all, old;
    struct itimerval never;
    pthread_condattr_t attr;

    if (limit == 0 || vm == NULL) {
        return NGX_OK;
    }

    ngx_pdn_watcher.limit = limit;
    ngx_pdn_watcher.vm = vm;
    ngx_pdn_watcher.log = cycle->log;
    ngx_pdn_watcher.loop = pthread_self();

    /* Code of users may stop the profiler: our signal must not kill then. */

    if (signal(SIGPROF, SIG_IGN) == SIG_ERR) {
        ngx_log_error(NGX_LOG_ALERT, cycle->log, ngx_errno,
                      "lua_watch: signal(SIGPROF) failed");
        return NGX_ERROR;
    }

    luaJIT_profile_start(vm->L, "li1000000000", ngx_pdn_watch_sample, NULL);

    ngx_memzero(&never, sizeof(struct itimerval));
    (void) setitimer(ITIMER_PROF, &never, NULL);

    pthread_mutex_init(&ngx_pdn_watcher.mutex, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&ngx_pdn_watcher.cond, &attr);
    pthread_condattr_destroy(&attr);

    /* nginx's signals are for its own thread. */

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    err = pthread_create(&ngx_pdn_watcher.thread, NULL, ngx_pdn_watch_thread,
                         NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);

    if (err != 0) {
        ngx_log_error(NGX_LOG_ALERT, cycle->log, err,
                      "lua_watch: pthread_create() failed");
        return NGX_ERROR;
    }

    ngx_pdn_watcher.running = 1;

    return NGX_OK;
}


void
ngx_pdn_watch_stop(void)
{
    if (!ngx_pdn_watcher.running) {
        return;
    }

    pthread_mutex_lock(&ngx_pdn_watcher.mutex);
    ngx_pdn_watcher.quit = 1;
    pthread_cond_signal(&ngx_pdn_watcher.cond);
    pthread_mutex_unlock(&ngx_pdn_watcher.mutex);

    pthread_join(ngx_pdn_watcher.thread, NULL);

    ngx_pdn_watcher.running = 0;
}


void
ngx_pdn_watch_rouse(void)
{
    pthread_mutex_lock(&ngx_pdn_watcher.mutex);
    ngx_pdn_watch.dozing = 0;
    pthread_cond_signal(&ngx_pdn_watcher.cond);
    pthread_mutex_unlock(&ngx_pdn_watcher.mutex);
}


/* A stretch that was too long has ended. */
void
ngx_pdn_watch_late(ngx_pdn_task_t *task)
{
    u_char stack[NGX_PDN_WATCH_STACK];
    ngx_msec_t lasted;
    ngx_pdn_host_t *host;

    host = task->host;
    lasted = ngx_pdn_watch_now() - ngx_pdn_watcher.since;

    ngx_time_update();

    if (ngx_pdn_watcher.told == ngx_pdn_watch.seq) {

        if (lasted - ngx_pdn_watcher.told_at >= ngx_pdn_watcher.limit) {
            ngx_log_error(NGX_LOG_WARN, host->log, 0,
                          "lua watch: %s held the event loop for %M ms in all",
                          host->phase->label, lasted);
        }

        return;
    }

    /* A coroutine that has ended has no stack any more. */

    ngx_pdn_watch_stack(task, task->L, stack, sizeof(stack));

    ngx_log_error(NGX_LOG_WARN, host->log, 0,
                  "lua watch: %s held the event loop for %M ms, where no line "
                  "could be seen: in a last C function, or in a VM of "
                  "lua_code_cache off%s%s",
                  host->phase->label, lasted, *stack ? "; then it waited" : "",
                  stack);
}


static void *
ngx_pdn_watch_thread(void *data)
{
    ngx_uint_t last, idle;
    ngx_msec_t rest;
    struct timespec ts;

    (void) data;

    last = 0;
    idle = 0;

    pthread_mutex_lock(&ngx_pdn_watcher.mutex);

    while (!ngx_pdn_watcher.quit) {

        ngx_pdn_watch_look(&last, &idle);

        rest = ngx_min(ngx_pdn_watcher.limit / NGX_PDN_WATCH_LOOKS,
                       NGX_PDN_WATCH_REST);
        rest = ngx_max(rest, 1);

        /*
         * The loop's thread may just miss that we doze: for that there is an
         * end of dozing, and the price of a fence is spared.
         */

        if (idle > NGX_PDN_WATCH_IDLE) {
            rest = 1000;
        }

        clock_gettime(CLOCK_MONOTONIC, &ts);

        ts.tv_nsec += (rest % 1000) * 1000000;
        ts.tv_sec += rest / 1000 + ts.tv_nsec / 1000000000;
        ts.tv_nsec %= 1000000000;

        ngx_pdn_watch.dozing = idle > NGX_PDN_WATCH_IDLE;

        (void) pthread_cond_timedwait(&ngx_pdn_watcher.cond,
                                      &ngx_pdn_watcher.mutex, &ts);
    }

    pthread_mutex_unlock(&ngx_pdn_watcher.mutex);

    return NULL;
}


/* Is it still the stretch that ran at the last look? */
static void
ngx_pdn_watch_look(ngx_uint_t *last, ngx_uint_t *idle)
{
    ngx_uint_t seq;
    ngx_msec_t now, lasts;

    seq = __atomic_load_n(&ngx_pdn_watch.seq, __ATOMIC_RELAXED);

    if (seq != *last) {
        *last = seq;
        *idle = 0;
        ngx_pdn_watcher.silent = 0;
        ngx_pdn_watcher.since = ngx_pdn_watch_now();
        return;
    }

    if (!(seq & 1)) {
        (*idle)++;
        return;
    }

    now = ngx_pdn_watch_now();
    lasts = now - ngx_pdn_watcher.since;

    if (lasts < ngx_pdn_watcher.limit) {
        return;
    }

    if (ngx_pdn_watch.asked != seq) {
        __atomic_store_n(&ngx_pdn_watch.asked, seq, __ATOMIC_RELEASE);
        (void) pthread_kill(ngx_pdn_watcher.loop, SIGPROF);
        return;
    }

    if (lasts >= ngx_pdn_watcher.limit * NGX_PDN_WATCH_SILENT
        && ngx_pdn_watcher.silent != seq)
    {
        ngx_pdn_watcher.silent = seq;
        ngx_pdn_watch_tell_silent(seq);
    }
}


static void
ngx_pdn_watch_tell_silent(ngx_uint_t seq)
{
    if (__atomic_load_n(&ngx_pdn_watcher.told, __ATOMIC_RELAXED) == seq) {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, ngx_pdn_watcher.log, 0,
                  "lua watch: a C function called by Lua has held the event "
                  "loop for %M ms and goes on",
                  ngx_pdn_watch_now() - ngx_pdn_watcher.since);
}


/* LuaJIT calls this at an instruction of the loop's thread, after SIGPROF. */
static void
ngx_pdn_watch_sample(void *data, lua_State *L, int samples, int state)
{
    u_char place[256], stack[NGX_PDN_WATCH_STACK];
    ngx_uint_t seq;
    ngx_msec_t lasts;
    ngx_pdn_host_t *host;

    (void) data;
    (void) samples;
    (void) state;

    seq = ngx_pdn_watch.seq;

    if (__atomic_load_n(&ngx_pdn_watch.asked, __ATOMIC_ACQUIRE) != seq
        || ngx_pdn_watcher.told == seq || ngx_pdn_task == NULL)
    {
        return;
    }

    host = ngx_pdn_task->host;
    lasts = ngx_pdn_watch_now() - ngx_pdn_watcher.since;

    __atomic_store_n(&ngx_pdn_watcher.told, seq, __ATOMIC_RELAXED);
    ngx_pdn_watcher.told_at = lasts;

    ngx_pdn_watch_place(L, place, sizeof(place));
    ngx_pdn_watch_stack(ngx_pdn_task, L, stack, sizeof(stack));

    /* The clock stood still as long as the loop did. */

    ngx_time_update();

    ngx_log_error(NGX_LOG_WARN, host->log, 0,
                  "lua watch: %s holds the event loop for %M ms, at %s%s",
                  host->phase->label, lasts, place, stack);
}


/* "app.lua:7" of the innermost Lua function that is not the runtime's own. */
static void
ngx_pdn_watch_place(lua_State *L, u_char *buf, size_t size)
{
    int level;
    lua_Debug ar;

    for (level = 0; lua_getstack(L, level, &ar); level++) {

        if (lua_getinfo(L, "Sl", &ar) && ar.currentline > 0
            && ngx_strncmp(ar.short_src, "pandan:", 7) != 0)
        {
            (void) ngx_snprintf(buf, size, "%s:%d%Z", ar.short_src,
                                ar.currentline);
            return;
        }
    }

    (void) ngx_snprintf(buf, size, "?%Z");
}


/* The stack of `L`, and of the task that resumed it if that is another. */
static void
ngx_pdn_watch_stack(ngx_pdn_task_t *task, lua_State *L, u_char *buf,
                    size_t size)
{
    u_char *p, *last;
    lua_Debug ar;
    lua_State *main;

    p = buf;
    last = buf + size - 1;
    main = task->host->vm->L;

    for (;;) {

        if (lua_getstack(L, 0, &ar)) {
            luaL_traceback(main, L, NULL, 0);
            p = ngx_snprintf(p, last - p, "\n%s", lua_tostring(main, -1));
            lua_pop(main, 1);
        }

        if (L == task->L) {
            break;
        }

        L = task->L;
        p = ngx_snprintf(p, last - p, "\nresumed by:");
    }

    *p = '\0';
}


static ngx_msec_t
ngx_pdn_watch_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (ngx_msec_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
