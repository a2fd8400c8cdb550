/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.run_worker_thread(): Lua that may block, on one of nginx's threads.  It
 * runs in a VM of its own, taken from a pool of this worker; arguments and
 * results are copied over by this thread while the other one does not run.
 *
 * No task belongs to that thread, so whatever wants a request or would touch
 * nginx's events refuses there ("no request found").
 */

#include <ngx_thread_pool.h>

#include "ngx_pdn_vm.h"
#include "ngx_pdn_parts.h"
#include "pdn_lua_copy.h"


/* nginx waits for timers when it stops, but not for threads. */
#define NGX_PDN_OFFLOAD_HOLD (60 * 60 * 1000)


typedef struct {
    ngx_pdn_wait_t wait;
    ngx_thread_task_t task;
    ngx_event_t hold;
    ngx_pdn_conf_t *conf;
    ngx_pdn_vm_t *vm;
    int rc; /* of lua_pcall() */
    unsigned abandoned : 1;
} ngx_pdn_offload_t;


/* What is copied inside of a protected call. */

typedef struct {
    lua_State *from;
    const char *err;
} ngx_pdn_offload_copy_t;


static int ngx_pdn_offload(lua_State *L);
static const char *ngx_pdn_offload_begin(lua_State *L, ngx_pdn_host_t *host,
                                         ngx_thread_pool_t *pool);
static ngx_pdn_vm_t *ngx_pdn_offload_take(ngx_pdn_conf_t *conf, ngx_log_t *log,
                                          const char **err);
static void ngx_pdn_offload_set_paths(lua_State *from, lua_State *to);
static void ngx_pdn_offload_give(ngx_pdn_conf_t *conf, ngx_pdn_vm_t *vm);
static void ngx_pdn_offload_drop(void *data);
static int ngx_pdn_offload_arguments(lua_State *L);
static int ngx_pdn_offload_main(lua_State *L);
static void ngx_pdn_offload_thread(void *data, ngx_log_t *log);
static void ngx_pdn_offload_done(ngx_event_t *ev);
static void ngx_pdn_offload_hold(ngx_event_t *ev);
static int ngx_pdn_offload_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_pdn_offload_cancel(ngx_pdn_wait_t *wait);
static void ngx_pdn_offload_free(ngx_pdn_offload_t *op);


void
ngx_pdn_offload_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_offload);
    lua_setfield(L, 1, "run_worker_thread");
}


/*
 * Lua: run_worker_thread(pool, module, function, ...)
 *          -> true, results... | false, err  [-n, +m, e]
 */
static int
ngx_pdn_offload(lua_State *L)
{
    size_t len;
    ngx_str_t name;
    const char *err;
    ngx_pdn_host_t *host;
    ngx_thread_pool_t *pool;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    pool = NULL;
    err = NULL;

    if (lua_gettop(L) < 3) {
        err = "expecting at least 3 arguments";

    } else if (!lua_isstring(L, 1)) {
        err = "threadpool should be a string";

    } else if (!lua_isstring(L, 2)) {
        err = "module name should be a string";

    } else if (!lua_isstring(L, 3)) {
        err = "function name should be a string";

    } else {
        name.data = (u_char *) lua_tolstring(L, 1, &len);
        name.len = len;

        pool = ngx_thread_pool_get((ngx_cycle_t *) ngx_cycle, &name);

        if (pool == NULL) {
            err = lua_pushfstring(L, "thread pool %s not found", name.data);
        }
    }

    if (err == NULL) {
        err = ngx_pdn_offload_begin(L, host, pool);
    }

    if (err != NULL) {
        lua_pushboolean(L, 0);
        lua_pushstring(L, err);
        return 2;
    }

    return ngx_pdn_suspend(L, lua_touserdata(L, -1));
}


/*
 * NULL: the thread has it, and the wait lies on the stack as a light
 * userdata.
 */
static const char *
ngx_pdn_offload_begin(lua_State *L, ngx_pdn_host_t *host,
                      ngx_thread_pool_t *pool)
{
    int rc;
    lua_State *vl;
    const char *err;
    ngx_pdn_offload_t *op;
    ngx_pdn_offload_copy_t copy;

    op = ngx_calloc(sizeof(ngx_pdn_offload_t), host->log);
    if (op == NULL) {
        return "no memory";
    }

    op->conf = ngx_pdn_conf((ngx_cycle_t *) ngx_cycle);
    err = NULL;
    op->vm = ngx_pdn_offload_take(op->conf, host->log, &err);

    if (op->vm == NULL) {
        ngx_free(op);
        return err;
    }

    vl = op->vm->L;
    copy.from = L;
    copy.err = NULL;

    /* A function leaves its results only if it is called by lua_pcall(). */

    lua_pushcfunction(vl, ngx_pdn_offload_arguments);
    lua_pushlightuserdata(vl, &copy);
    rc = lua_pcall(vl, 1, LUA_MULTRET, 0);

    err = rc != 0 ? "no memory" : copy.err;

    if (err != NULL) {
        if (rc == 0) {
            err = lua_pushfstring(L, "%s in the argument", err);
        }

        goto failed;
    }

    op->wait.push = ngx_pdn_offload_push;
    op->wait.cancel = ngx_pdn_offload_cancel;
    op->task.ctx = op;
    op->task.handler = ngx_pdn_offload_thread;
    op->task.event.data = op;
    op->task.event.handler = ngx_pdn_offload_done;
    op->task.event.log = ngx_cycle->log;
    op->hold.data = op;
    op->hold.handler = ngx_pdn_offload_hold;
    op->hold.log = ngx_cycle->log;

    if (ngx_thread_task_post(pool, &op->task) != NGX_OK) {
        err = "ngx_thread_task_post failed";
        goto failed;
    }

    ngx_add_timer(&op->hold, NGX_PDN_OFFLOAD_HOLD);
    lua_pushlightuserdata(L, &op->wait);

    return NULL;

failed:

    ngx_pdn_offload_give(op->conf, op->vm);
    ngx_free(op);

    return err;
}


/* The pool of VMs */

static ngx_pdn_vm_t *
ngx_pdn_offload_take(ngx_pdn_conf_t *conf, ngx_log_t *log, const char **err)
{
    ngx_pdn_vm_t *vm;
    ngx_cycle_t *cycle;
    ngx_pool_cleanup_t *cln;

    cycle = (ngx_cycle_t *) ngx_cycle;

    if (conf->nidle_thread_vms > 0) {
        return conf->thread_vms[--conf->nidle_thread_vms];
    }

    if (conf->nthread_vms >= conf->max_thread_vms) {
        *err = "no available Lua vm";
        return NULL;
    }

    *err = "no memory";

    if (conf->thread_vms == NULL) {
        cln = ngx_pool_cleanup_add(cycle->pool, 0);
        conf->thread_vms = ngx_palloc(
            cycle->pool, conf->max_thread_vms * sizeof(ngx_pdn_vm_t *));

        if (cln == NULL || conf->thread_vms == NULL) {
            return NULL;
        }

        cln->handler = ngx_pdn_offload_drop;
        cln->data = conf;
    }

    vm = ngx_pdn_vm_create_threaded(cycle, conf, log);

    if (vm == NULL) {
        return NULL;
    }

    ngx_pdn_offload_set_paths(conf->vm->L, vm->L);
    conf->nthread_vms++;

    return vm;
}


/* Modules are found where the worker finds them by now. */
static void
ngx_pdn_offload_set_paths(lua_State *from, lua_State *to)
{
    size_t len;
    ngx_uint_t i;
    const char *path;
    static const char *const fields[] = { "path", "cpath" };

    lua_getglobal(from, "package");
    lua_getglobal(to, "package");

    for (i = 0; i < 2; i++) {
        lua_getfield(from, -1, fields[i]);
        path = lua_tolstring(from, -1, &len);

        if (path != NULL) {
            lua_pushlstring(to, path, len);
            lua_setfield(to, -2, fields[i]);
        }

        lua_pop(from, 1);
    }

    lua_pop(from, 1);
    lua_pop(to, 1);
}


/* Its configuration may have been replaced meanwhile. */
static void
ngx_pdn_offload_give(ngx_pdn_conf_t *conf, ngx_pdn_vm_t *vm)
{
    lua_settop(vm->L, 0);

    if (conf != ngx_pdn_conf((ngx_cycle_t *) ngx_cycle)
        || conf->nidle_thread_vms == conf->nthread_vms)
    {
        ngx_pdn_vm_release(vm);
        return;
    }

    conf->thread_vms[conf->nidle_thread_vms++] = vm;
}


/* The end of the configuration. */
static void
ngx_pdn_offload_drop(void *data)
{
    ngx_pdn_conf_t *conf = data;

    while (conf->nidle_thread_vms > 0) {
        ngx_pdn_vm_release(conf->thread_vms[--conf->nidle_thread_vms]);
    }
}


/* Lua, in the thread's VM: arguments(copy) -> ...  [-1, +n, e] */
static int
ngx_pdn_offload_arguments(lua_State *L)
{
    ngx_pdn_offload_copy_t *copy = lua_touserdata(L, 1);

    lua_settop(L, 0);
    copy->err = pdn_lua_copy(copy->from, 2, L);

    return lua_gettop(L);
}


/* The thread */

static void
ngx_pdn_offload_thread(void *data, ngx_log_t *log)
{
    ngx_pdn_offload_t *op = data;

    lua_State *L;

    (void) log;

    L = op->vm->L;

    lua_pushcfunction(L, ngx_pdn_offload_main);
    lua_insert(L, 1);

    op->rc = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
}


/* Lua, in the thread's VM: main(module, function, ...) -> ... [-n, +m, e] */
static int
ngx_pdn_offload_main(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);

    if (!lua_istable(L, -1)) {
        lua_pushliteral(L, "invalid lua module");
        return lua_error(L);
    }

    lua_pushvalue(L, 2);
    lua_gettable(L, -2);

    if (!lua_isfunction(L, -1)) {
        lua_pushliteral(L, "invalid function");
        return lua_error(L);
    }

    lua_replace(L, 2);
    lua_pop(L, 1);
    lua_call(L, lua_gettop(L) - 2, LUA_MULTRET);

    return lua_gettop(L) - 1;
}


/* Back on the worker's own thread. */
static void
ngx_pdn_offload_done(ngx_event_t *ev)
{
    ngx_pdn_offload_t *op = ev->data;

    if (op->abandoned) {
        ngx_pdn_offload_free(op);
        return;
    }

    ngx_pdn_wake(&op->wait);
}


static void
ngx_pdn_offload_hold(ngx_event_t *ev)
{
    ngx_add_timer(ev, NGX_PDN_OFFLOAD_HOLD);
}


static int
ngx_pdn_offload_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    lua_State *vl;
    const char *err;
    ngx_pdn_offload_t *op = (ngx_pdn_offload_t *) wait;

    vl = op->vm->L;
    n = lua_gettop(vl);

    lua_pushboolean(L, op->rc == 0);
    err = pdn_lua_copy(vl, 1, L);

    if (err != NULL) {
        lua_pop(L, 1);
        lua_pushboolean(L, 0);
        lua_pushfstring(L, "%s in the return value", err);
        n = 1;
    }

    ngx_pdn_offload_free(op);

    return n + 1;
}


/* A thread cannot be stopped: it goes on, and nobody hears of it. */
static void
ngx_pdn_offload_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_offload_t *op = (ngx_pdn_offload_t *) wait;

    op->abandoned = 1;

    if (op->hold.timer_set) {
        ngx_del_timer(&op->hold);
    }
}


static void
ngx_pdn_offload_free(ngx_pdn_offload_t *op)
{
    if (op->hold.timer_set) {
        ngx_del_timer(&op->hold);
    }

    ngx_pdn_offload_give(op->conf, op->vm);
    ngx_free(op);
}
