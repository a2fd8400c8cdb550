/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.thread.*: light threads.  A light thread is a task with a parent; who
 * waits for one waits on its parent's wait below.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_task.h"
#include "ngx_pdn_parts.h"


/* A parent that waits for some of its children. */

typedef struct {
    ngx_pdn_wait_t wait;
    ngx_pdn_task_t *child; /* that ended */
} ngx_pdn_join_t;


static int ngx_pdn_thread_spawn(lua_State *L);
static int ngx_pdn_thread_wait(lua_State *L);
static int ngx_pdn_thread_kill(lua_State *L);
static ngx_int_t ngx_pdn_thread_room(ngx_pdn_vm_t *vm, ngx_uint_t ref);
static ngx_pdn_task_t *ngx_pdn_thread_check(lua_State *L, int index,
                                            const char **err);
static int ngx_pdn_thread_collect(lua_State *L, ngx_pdn_task_t *child);
static int ngx_pdn_join_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_pdn_join_cancel(ngx_pdn_wait_t *wait);


static const char ngx_pdn_no_thread[] = "not user thread";


static const luaL_Reg ngx_pdn_thread_functions[] = {
    { "spawn", ngx_pdn_thread_spawn },
    { "wait", ngx_pdn_thread_wait },
    { "kill", ngx_pdn_thread_kill },
    { NULL, NULL }
};


void
ngx_pdn_thread_open(lua_State *L)
{
    lua_newtable(L);
    luaL_register(L, NULL, ngx_pdn_thread_functions);
    lua_setfield(L, 1, "thread");
}


/* Lua: spawn(function, ...) -> thread  [-n, +1, e] */
static int
ngx_pdn_thread_spawn(lua_State *L)
{
    int n;
    ngx_pdn_host_t *host;
    ngx_pdn_task_t *parent, *child;

    n = lua_gettop(L);
    luaL_checktype(L, 1, LUA_TFUNCTION);

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    ngx_pdn_yieldable(L);
    parent = ngx_pdn_task;

    child = ngx_pdn_task_create(host, L, n - 1);
    if (child == NULL) {
        return luaL_error(L, "no memory");
    }

    child->parent = parent;
    child->nargs = n - 1;
    ngx_queue_insert_tail(&parent->children, &child->sibling);

    if (ngx_pdn_thread_remember(L, child) != NGX_OK) {
        ngx_pdn_task_free(child, 0);
        return luaL_error(L, "no memory");
    }

    /* The new thread runs first, its parent behind all that are ready. */

    ngx_queue_insert_head(&host->ready, &child->ready);
    parent->spawned = child;

    lua_pushlightuserdata(L, &ngx_pdn_mark);

    return lua_yield(L, 1);
}


/* Lua: wait(thread, ...) -> ok, results...  [-n, +m, e] */
static int
ngx_pdn_thread_wait(lua_State *L)
{
    int i, n;
    const char *err;
    ngx_pdn_host_t *host;
    ngx_pdn_task_t *child;
    ngx_pdn_join_t *join;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    n = lua_gettop(L);

    if (n == 0) {
        return luaL_error(L, "at least one coroutine should be specified");
    }

    for (i = 1; i <= n; i++) {
        child = ngx_pdn_thread_check(L, i, &err);

        if (child == NULL) {
            if (err == ngx_pdn_no_thread) {
                return luaL_error(L, "attempt to wait on a coroutine that is "
                                     "not a user thread");
            }

            lua_pushnil(L);
            lua_pushstring(L, err);
            return 2;
        }

        if (child->parent != ngx_pdn_task) {
            return luaL_error(L, "only the parent coroutine can wait on the "
                                 "thread");
        }

        if (child->state == NGX_PDN_TASK_ZOMBIE) {
            return ngx_pdn_thread_collect(L, child);
        }
    }

    join = ngx_alloc(sizeof(ngx_pdn_join_t), host->log);
    if (join == NULL) {
        return luaL_error(L, "no memory");
    }

    for (i = 1; i <= n; i++) {
        ngx_pdn_thread_find(L, i)->awaited = 1;
    }

    join->child = NULL;
    join->wait.push = ngx_pdn_join_push;
    join->wait.cancel = ngx_pdn_join_cancel;
    ngx_pdn_task->joining = 1;

    return ngx_pdn_suspend(L, &join->wait);
}


/* Lua: kill(thread) -> 1 | nil, err  [-1, +2, e] */
static int
ngx_pdn_thread_kill(lua_State *L)
{
    const char *err;
    ngx_pdn_task_t *child;

    (void) ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    child = ngx_pdn_thread_check(L, 1, &err);

    if (child == NULL) {
        /* err says why */

    } else if (child->parent != ngx_pdn_task) {
        err = "killer not parent";

    } else if (child->state == NGX_PDN_TASK_ZOMBIE) {
        ngx_pdn_task_free(child, 0);
        err = "already terminated";

    } else if (child->bound) {
        err = "pending subrequests";

    } else {
        ngx_pdn_task_free(child, 0);
        lua_pushinteger(L, 1);
        return 1;
    }

    lua_pushnil(L);
    lua_pushstring(L, err);

    return 2;
}


void
ngx_pdn_thread_ended(ngx_pdn_task_t *task)
{
    ngx_queue_t *q;
    ngx_pdn_task_t *parent, *sibling;
    ngx_pdn_join_t *join;

    parent = task->parent;

    if (parent == NULL || parent->host->leaving) {
        ngx_pdn_task_free(task, 0);
        return;
    }

    if (!task->awaited || !parent->joining) {
        return;
    }

    parent->joining = 0;

    for (q = ngx_queue_head(&parent->children);
         q != ngx_queue_sentinel(&parent->children); q = ngx_queue_next(q))
    {
        sibling = ngx_queue_data(q, ngx_pdn_task_t, sibling);
        sibling->awaited = 0;
    }

    join = (ngx_pdn_join_t *) parent->wait;
    join->child = task;
    parent->wait = NULL;
    ngx_pdn_counters.waits--;

    parent->nargs = ngx_pdn_join_push(parent->L, &join->wait);
    ngx_pdn_make_ready(parent);
}


/*
 * A coroutine carries its task's ref; so do those that it creates, which are
 * told from it by the task.
 */
ngx_int_t
ngx_pdn_thread_remember(lua_State *L, ngx_pdn_task_t *task)
{
    ngx_uint_t ref;
    ngx_pdn_vm_t *vm;

    ref = task->ref;
    vm = task->host->vm;

    if (ref >= vm->nlight && ngx_pdn_thread_room(vm, ref) != NGX_OK) {
        return NGX_ERROR;
    }

    vm->light[ref] = task;
    task->light = 1;
    lua_setexdata2(task->L, (void *) ref);

    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->held_ref);
    lua_rawgeti(L, LUA_REGISTRYINDEX, task->ref);
    lua_pushboolean(L, 0);
    lua_rawset(L, -3);
    lua_pop(L, 1);

    return NGX_OK;
}


/* Those that no code knows, of ngx.on_abort(), were never remembered. */
void
ngx_pdn_thread_forget(ngx_pdn_task_t *task)
{
    ngx_pdn_vm_t *vm;

    vm = task->host->vm;

    if ((ngx_uint_t) task->ref < vm->nlight) {
        vm->light[task->ref] = NULL;
    }
}


/* Makes vm->light longer than `ref`. */
static ngx_int_t
ngx_pdn_thread_room(ngx_pdn_vm_t *vm, ngx_uint_t ref)
{
    ngx_uint_t n;
    ngx_pdn_task_t **light;

    n = ngx_max(2 * vm->nlight, ref + 64);

    light = ngx_calloc(n * sizeof(ngx_pdn_task_t *), ngx_cycle->log);
    if (light == NULL) {
        return NGX_ERROR;
    }

    if (vm->light != NULL) {
        ngx_memcpy(light, vm->light, vm->nlight * sizeof(ngx_pdn_task_t *));
        ngx_free(vm->light);
    }

    vm->light = light;
    vm->nlight = n;

    return NGX_OK;
}


ngx_pdn_task_t *
ngx_pdn_thread_find(lua_State *L, int index)
{
    lua_State *co;
    uintptr_t ref;
    ngx_pdn_vm_t *vm;
    ngx_pdn_task_t *task;

    vm = ngx_pdn_task != NULL ? ngx_pdn_task->host->vm : ngx_pdn_vm_of(L);
    co = lua_tothread(L, index);
    ref = (uintptr_t) lua_getexdata2(co);

    task = ref < vm->nlight ? vm->light[ref] : NULL;

    return task != NULL && task->L == co ? task : NULL;
}


/* The light thread at `index`, or NULL and why it is none.  [-0, +0, e] */
static ngx_pdn_task_t *
ngx_pdn_thread_check(lua_State *L, int index, const char **err)
{
    ngx_pdn_task_t *task;

    luaL_checktype(L, index, LUA_TTHREAD);

    task = ngx_pdn_thread_find(L, index);

    if (task != NULL) {
        return task;
    }

    lua_rawgeti(L, LUA_REGISTRYINDEX, ngx_pdn_task->host->vm->held_ref);
    lua_pushvalue(L, index);
    lua_rawget(L, -2);

    *err = lua_isboolean(L, -1) && !lua_toboolean(L, -1)
               ? "already waited or killed"
               : ngx_pdn_no_thread;

    lua_pop(L, 2);

    return NULL;
}


/* Moves an ended thread's results to `L` and frees it. */
static int
ngx_pdn_thread_collect(lua_State *L, ngx_pdn_task_t *child)
{
    int n;

    n = child->failed ? 1 : lua_gettop(child->L);

    lua_checkstack(L, n + 1);
    lua_pushboolean(L, !child->failed);
    lua_xmove(child->L, L, n);

    ngx_pdn_task_free(child, 0);

    return n + 1;
}


static int
ngx_pdn_join_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    ngx_pdn_join_t *join = (ngx_pdn_join_t *) wait;

    int n;

    n = ngx_pdn_thread_collect(L, join->child);
    ngx_free(join);

    return n;
}


static void
ngx_pdn_join_cancel(ngx_pdn_wait_t *wait)
{
    ngx_free(wait);
}
