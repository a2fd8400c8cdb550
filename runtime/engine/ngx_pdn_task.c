/*
 * SPDX-License-Identifier: MIT
 *
 * Hosts, tasks and waits: the only place where Lua is entered and left.  It
 * knows neither what a host is nor what is waited for.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_task.h"
#include "ngx_pdn_watch.h"


static ngx_int_t ngx_pdn_settle(ngx_pdn_host_t *host);
static void ngx_pdn_task_cancel(ngx_pdn_task_t *task);
static void ngx_pdn_resume(ngx_pdn_task_t *task, int nargs);
static void ngx_pdn_task_ended(ngx_pdn_task_t *task, ngx_uint_t failed);
static void ngx_pdn_drain(ngx_event_t *ev);
static void ngx_pdn_go_on(ngx_pdn_host_t *host);


/*
 * How many tasks that merely gave way run in one go; the rest wait for the
 * next turn of the event loop, so that none of them can hold it.
 */
#define NGX_PDN_TURNS 256


NGX_PDN_THREAD_LOCAL ngx_pdn_task_t *ngx_pdn_task;

/* Calls of push() that are under way: results are made for a task. */
static NGX_PDN_THREAD_LOCAL ngx_uint_t ngx_pdn_pushing;
ngx_pdn_counters_t ngx_pdn_counters;

/* Yielded by whatever suspends, told from a user's yield by its address. */
char ngx_pdn_mark;

/* Hosts with tasks woken by another host's Lua, or that gave way often. */
static ngx_queue_t ngx_pdn_woken;
static ngx_event_t ngx_pdn_woken_event;


void
ngx_pdn_host_init(ngx_pdn_host_t *host, const ngx_pdn_host_ops_t *ops,
                  ngx_pdn_vm_t *vm, ngx_pool_t *pool, ngx_log_t *log)
{
    ngx_memzero(host, sizeof(ngx_pdn_host_t));

    host->ops = ops;
    host->vm = vm;
    host->pool = pool;
    host->log = log;
    host->id = 0;
    host->ctx_ref = LUA_NOREF;

    ngx_queue_init(&host->tasks);
    ngx_queue_init(&host->ready);

    vm->refs++;
    ngx_pdn_counters.hosts++;
}


void
ngx_pdn_host_stop(ngx_pdn_host_t *host)
{
    ngx_queue_t *q;
    ngx_pdn_task_t *task;

    while (!ngx_queue_empty(&host->tasks)) {
        q = ngx_queue_head(&host->tasks);
        task = ngx_queue_data(q, ngx_pdn_task_t, link);
        ngx_pdn_task_free(task, 0);
    }

    if (host->linked) {
        ngx_queue_remove(&host->woken);
        host->linked = 0;
    }

    host->running = 0;
    host->suspended = 0;
}


void
ngx_pdn_host_release(ngx_pdn_host_t *host)
{
    if (host->vm == NULL) {
        return;
    }

    ngx_pdn_host_stop(host);

    ngx_pdn_ctx_drop(host);

    ngx_pdn_vm_release(host->vm);
    host->vm = NULL;
    ngx_pdn_counters.hosts--;
}


ngx_pdn_task_t *
ngx_pdn_task_create(ngx_pdn_host_t *host, lua_State *from, int nargs)
{
    ngx_pdn_task_t *task;
    ngx_pdn_thread_t thread;

    task = ngx_calloc(sizeof(ngx_pdn_task_t), host->log);
    if (task == NULL) {
        return NULL;
    }

    if (ngx_pdn_vm_take_thread(host->vm, &thread) != NGX_OK) {
        ngx_free(task);
        return NULL;
    }

    task->host = host;
    task->L = thread.L;
    task->ref = thread.ref;
    task->state = NGX_PDN_TASK_READY;

    ngx_queue_init(&task->children);
    ngx_queue_init(&task->sibling);
    ngx_queue_init(&task->ready);
    ngx_queue_insert_tail(&host->tasks, &task->link);

    host->living++;
    ngx_pdn_counters.tasks++;

    lua_xmove(from, task->L, nargs + 1);

    /* For those who ask LuaJIT's thread.exdata for the request. */
    lua_setexdata(task->L, ngx_pdn_host_request(host));

    return task;
}


static void
ngx_pdn_task_cancel(ngx_pdn_task_t *task)
{
    ngx_pdn_wait_t *wait;

    wait = task->wait;

    if (wait != NULL) {
        task->wait = NULL;
        wait->task = NULL;
        ngx_pdn_counters.waits--;
        wait->cancel(wait);
    }
}


void
ngx_pdn_task_free(ngx_pdn_task_t *task, ngx_uint_t clean)
{
    ngx_queue_t *q;
    ngx_pdn_task_t *child;
    ngx_pdn_thread_t thread;

    ngx_pdn_task_cancel(task);

    while (!ngx_queue_empty(&task->children)) {
        q = ngx_queue_head(&task->children);
        child = ngx_queue_data(q, ngx_pdn_task_t, sibling);
        child->parent = NULL;
        ngx_queue_remove(q);
        ngx_queue_init(q);

        if (child->state == NGX_PDN_TASK_ZOMBIE) {
            ngx_pdn_task_free(child, 0);
        }
    }

    ngx_queue_remove(&task->sibling);
    ngx_queue_remove(&task->ready);
    ngx_queue_remove(&task->link);

    if (task->state < NGX_PDN_TASK_ZOMBIE) {
        task->host->living--;
    }

    if (task->light) {
        ngx_pdn_thread_forget(task);
    }

    thread.L = task->L;
    thread.ref = task->ref;
    ngx_pdn_vm_give_thread(task->host->vm, &thread, clean && !task->light);

    ngx_pdn_counters.tasks--;
    ngx_free(task);
}


ngx_int_t
ngx_pdn_run(ngx_pdn_host_t *host, const ngx_pdn_phase_t *phase, int nargs)
{
    ngx_pdn_task_t *task;

    host->phase = phase;
    host->leaving = 0;
    host->failed = 0;
    host->suspended = 0;
    host->running = 1;
    host->settling = 1;

    task = ngx_pdn_task_create(host, host->vm->L, nargs);

    if (task == NULL) {
        lua_pop(host->vm->L, nargs + 1);
        host->running = 0;
        host->settling = 0;
        return NGX_ERROR;
    }

    ngx_pdn_resume(task, nargs);

    return ngx_pdn_settle(host);
}


ngx_int_t
ngx_pdn_call(ngx_pdn_host_t *host, const ngx_pdn_phase_t *phase, int nargs,
             int nresults)
{
    int rc;
    ngx_int_t answer;
    unsigned leaving;
    ngx_pdn_task_t *task, *outer;
    const ngx_pdn_phase_t *outer_phase;

    /* It may run inside of another phase: ngx.say() runs header filters. */

    outer = ngx_pdn_task;
    outer_phase = host->phase;
    leaving = host->leaving;

    host->phase = phase;

    task = ngx_pdn_task_create(host, host->vm->L, nargs);

    if (task == NULL) {
        lua_pop(host->vm->L, nargs + 1);
        host->phase = outer_phase;
        return NGX_ERROR;
    }

    host->leaving = 0;
    ngx_pdn_task = task;
    task->state = NGX_PDN_TASK_RUNNING;
    ngx_pdn_counters.resumes++;

    ngx_pdn_watch_enter();

    rc = lua_resume(task->L, nargs);

    ngx_pdn_watch_leave(task);
    ngx_pdn_task = outer;

    if (rc == 0) {
        answer = host->leaving ? host->leave_rc : NGX_OK;

        if (answer == NGX_OK && nresults > 0) {
            lua_settop(task->L, nresults);
            lua_checkstack(host->vm->L, nresults);
            lua_xmove(task->L, host->vm->L, nresults);
        }

    } else {
        ngx_pdn_log_failure(task, rc);
        answer = NGX_ERROR;
    }

    host->phase = outer_phase;
    host->leaving = leaving;

    ngx_pdn_task_free(task, rc == 0);

    return answer;
}


int
ngx_pdn_suspend(lua_State *L, ngx_pdn_wait_t *wait)
{
    wait->task = ngx_pdn_task;
    ngx_pdn_task->wait = wait;
    ngx_pdn_counters.waits++;

    ngx_pdn_yieldable(L);
    lua_pushlightuserdata(L, &ngx_pdn_mark);

    return lua_yield(L, 1);
}


void
ngx_pdn_yieldable(lua_State *L)
{
    if (!lua_isyieldable(L)) {
        ngx_pdn_task_cancel(ngx_pdn_task);
        ngx_pdn_task->host->leaving = 0;
        lua_pushliteral(L, "attempt to yield across C-call boundary");
        (void) lua_error(L);
    }
}


int
ngx_pdn_leave(lua_State *L, ngx_int_t rc)
{
    ngx_pdn_host_t *host;

    host = ngx_pdn_task->host;
    host->leave_rc = rc;
    host->leaving = 1;

    if (!(host->phase->bit & NGX_PDN_MAY_WAIT)) {
        return 0;
    }

    ngx_pdn_yieldable(L);
    lua_pushlightuserdata(L, &ngx_pdn_mark);

    return lua_yield(L, 1);
}


/*
 * While Lua runs, or makes results and collects garbage, whose finalizers may
 * end what others wait for, the task goes on later.
 */
void
ngx_pdn_wake(ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_host_t *host;
    ngx_pdn_task_t *task;

    task = wait->task;
    host = task->host;

    task->wait = NULL;
    task->bound = 0;
    wait->task = NULL;
    ngx_pdn_counters.waits--;

    ngx_pdn_pushing++;
    n = wait->push(task->L, wait);
    ngx_pdn_pushing--;

    if (ngx_pdn_task != NULL || ngx_pdn_pushing || host->settling) {
        task->nargs = n;
        ngx_pdn_make_ready(task);

        if (!host->settling) {
            ngx_pdn_run_later(host, &ngx_posted_events);
        }

        return;
    }

    host->settling = 1;
    ngx_pdn_resume(task, n);
    ngx_pdn_go_on(host);
}


void
ngx_pdn_make_ready(ngx_pdn_task_t *task)
{
    task->state = NGX_PDN_TASK_READY;
    ngx_queue_insert_tail(&task->host->ready, &task->ready);
}


void
ngx_pdn_run_later(ngx_pdn_host_t *host, ngx_queue_t *when)
{
    if (ngx_pdn_woken_event.handler == NULL) {
        ngx_queue_init(&ngx_pdn_woken);
        ngx_pdn_woken_event.handler = ngx_pdn_drain;
        ngx_pdn_woken_event.log = ngx_cycle->log;
    }

    if (!host->linked) {
        host->linked = 1;
        ngx_queue_insert_tail(&ngx_pdn_woken, &host->woken);
    }

    if (!ngx_pdn_woken_event.posted) {
        ngx_post_event(&ngx_pdn_woken_event, when);
    }
}


/* Runs the hosts that ngx_pdn_run_later() took note of, each once. */
static void
ngx_pdn_drain(ngx_event_t *ev)
{
    ngx_queue_t hosts, *q;
    ngx_pdn_host_t *host;

    (void) ev;

    ngx_queue_init(&hosts);
    ngx_queue_add(&hosts, &ngx_pdn_woken);
    ngx_queue_init(&ngx_pdn_woken);

    while (!ngx_queue_empty(&hosts)) {
        q = ngx_queue_head(&hosts);
        host = ngx_queue_data(q, ngx_pdn_host_t, woken);
        ngx_queue_remove(q);
        host->linked = 0;

        ngx_pdn_go_on(host);
    }
}


/* After a task ran outside of ngx_pdn_run(): tells the host of the end. */
static void
ngx_pdn_go_on(ngx_pdn_host_t *host)
{
    ngx_int_t rc;

    rc = ngx_pdn_settle(host);

    if (rc != NGX_AGAIN) {
        host->ops->finish(host, rc);
    }
}


/* Runs what is ready, then says where the run stands. */
static ngx_int_t
ngx_pdn_settle(ngx_pdn_host_t *host)
{
    ngx_uint_t turns;
    ngx_queue_t *q;
    ngx_pdn_task_t *task;

    host->settling = 1;
    turns = 0;

again:

    while (!host->leaving && !host->failed && !ngx_queue_empty(&host->ready)) {

        q = ngx_queue_head(&host->ready);
        task = ngx_queue_data(q, ngx_pdn_task_t, ready);

        if (task->gave_way && ++turns > NGX_PDN_TURNS) {
            ngx_pdn_run_later(host, &ngx_posted_next_events);
            break;
        }

        ngx_queue_remove(q);
        ngx_queue_init(q);

        ngx_pdn_resume(task, task->nargs);
    }

    if (host->leaving || host->failed) {
        host->settling = 0;
        ngx_pdn_host_stop(host);
        return host->failed ? NGX_ERROR : host->leave_rc;
    }

    if (host->living == 0) {
        host->settling = 0;
        ngx_pdn_host_stop(host);
        return NGX_OK;
    }

    if (host->ops->pause != NULL) {
        host->ops->pause(host);

        if (!host->linked && !ngx_queue_empty(&host->ready)) {
            goto again;
        }
    }

    host->settling = 0;
    host->suspended = 1;

    return NGX_AGAIN;
}


/* The one door into Lua for tasks that may wait. */
static void
ngx_pdn_resume(ngx_pdn_task_t *task, int nargs)
{
    int rc;
    ngx_pdn_host_t *host;
    ngx_pdn_task_t *outer;

    host = task->host;
    outer = ngx_pdn_task;

    ngx_pdn_task = task;
    task->state = NGX_PDN_TASK_RUNNING;
    task->gave_way = 0;
    ngx_pdn_counters.resumes++;

    ngx_pdn_watch_enter();

    rc = lua_resume(task->L, nargs);

    ngx_pdn_watch_leave(task);
    ngx_pdn_task = outer;

    if (rc == 0) {
        ngx_pdn_task_ended(task, 0);
        return;
    }

    if (rc != LUA_YIELD) {
        ngx_pdn_log_failure(task, rc);
        ngx_pdn_task_ended(task, 1);
        return;
    }

    if (host->leaving) {
        return;
    }

    task->nested = lua_gettop(task->L) > 1;
    lua_settop(task->L, 0);

    if (task->wait != NULL) {
        task->state = NGX_PDN_TASK_SUSPENDED;
        return;
    }

    if (task->spawned != NULL) {
        lua_rawgeti(task->L, LUA_REGISTRYINDEX, task->spawned->ref);
        task->spawned = NULL;
        task->nargs = 1;
        ngx_pdn_make_ready(task);
        return;
    }

    /* coroutine.yield() outside of any coroutine of the user's. */

    task->nargs = 0;
    task->gave_way = 1;
    ngx_pdn_make_ready(task);
}


static void
ngx_pdn_task_ended(ngx_pdn_task_t *task, ngx_uint_t failed)
{
    ngx_pdn_host_t *host;

    host = task->host;

    if (task->light) {
        task->failed = failed;
        task->state = NGX_PDN_TASK_ZOMBIE;
        host->living--;
        ngx_pdn_thread_ended(task);
        return;
    }

    if (failed) {
        host->failed = 1;
    }

    ngx_pdn_task_free(task, !failed);
}
