/*
 * SPDX-License-Identifier: MIT
 *
 * Tells in the error log how a task failed, with the stack that it left.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_task.h"


static const char *ngx_pdn_failure_message(lua_State *L);
static void ngx_pdn_push_trace(ngx_pdn_task_t *task, lua_State *L);
static int ngx_pdn_push_failed(ngx_pdn_task_t *task, lua_State *L);


void
ngx_pdn_log_failure(ngx_pdn_task_t *task, int rc)
{
    lua_State *L, *main;
    const char *msg, *trace, *kind, *label;

    L = task->L;
    main = task->host->vm->L;

    if (rc == LUA_YIELD) {
        ngx_log_error(NGX_LOG_ERR, task->host->log, 0,
                      "failed to run %s: attempt to yield, which this phase "
                      "cannot",
                      task->host->phase->label);
        return;
    }

    kind = rc == LUA_ERRMEM   ? "memory allocation error"
           : rc == LUA_ERRERR ? "error handler error"
                              : "runtime error";

    ngx_pdn_push_trace(task, main);
    trace = lua_tostring(main, -1);

    msg = ngx_pdn_failure_message(L);

    if (task->host->phase->bit & NGX_PDN_MAY_WAIT) {
        ngx_log_error(NGX_LOG_ERR, task->host->log, 0,
                      "%slua %s thread aborted: %s: %s\nstack traceback:%s",
                      task->light ? ngx_pdn_said_by(task->host->subsystem) : "",
                      task->light ? "user" : "entry", kind, msg, trace);

    } else {
        /* ngx_lua speaks of session_store_by_lua* */

        label = task->host->phase->label;
        label += task->host->phase->bit & NGX_PDN_SSL_SESS_STORE ? 4 : 0;

        ngx_log_error(NGX_LOG_ERR, task->host->log, 0,
                      "failed to run %s: %s\nstack traceback:%s", label, msg,
                      trace);
    }

    lua_pop(main, 1);
}


/* Of the error value on top of `L`, which may be replaced by its string. */
static const char *
ngx_pdn_failure_message(lua_State *L)
{
    if (lua_tostring(L, -1) == NULL) {
        if (luaL_callmeta(L, -1, "__tostring") == 0
            || lua_tostring(L, -1) == NULL) {
            lua_pushliteral(L, "unknown reason");
        }
    }

    return lua_tostring(L, -1);
}


/*
 * Pushes the stacks of the task's coroutines on `L`: the one where the error
 * was raised, those that coroutine.wrap() passed it on to, the task's own.
 */
static void
ngx_pdn_push_trace(ngx_pdn_task_t *task, lua_State *L)
{
    int i, n, base;
    const char *trace;

    base = lua_gettop(L);
    n = ngx_pdn_push_failed(task, L);

    lua_pushliteral(L, "");

    for (i = 0; i <= n; i++) {

        if (i < n) {
            lua_rawgeti(L, base + 1, i + 1);
            luaL_traceback(L, lua_tothread(L, -1), NULL, 0);
            lua_remove(L, -2);

        } else {
            luaL_traceback(L, task->L, NULL, 0);
        }

        /* without the first line: ours has it already */

        trace = lua_tostring(L, -1) + ngx_strlen("stack traceback:");

        if (task->host->phase->bit & NGX_PDN_MAY_WAIT) {
            lua_pushfstring(L, "\ncoroutine %d:%s", i, trace);

        } else {
            lua_pushstring(L, trace);
        }

        lua_remove(L, -2);
        lua_concat(L, 2);
    }

    lua_replace(L, base + 1);
    lua_settop(L, base + 1);
}


/*
 * Pushes the list of the other coroutines that this error came through, and
 * empties it; answers how many there are.  [-0, +1, -]
 */
static int
ngx_pdn_push_failed(ngx_pdn_task_t *task, lua_State *L)
{
    int mine;

    lua_pushlightuserdata(L, &ngx_pdn_failed_key);
    lua_rawget(L, LUA_REGISTRYINDEX);

    lua_rawgeti(L, LUA_REGISTRYINDEX, task->ref);
    lua_getfield(L, -2, "parent");
    mine = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);

    lua_pushvalue(task->L, -1);
    lua_xmove(task->L, L, 1);
    lua_getfield(L, -2, "message");
    mine = mine && lua_rawequal(L, -1, -2);
    lua_pop(L, 2);

    lua_pushnil(L);
    lua_setfield(L, -2, "parent");

    return mine ? (int) lua_objlen(L, -1) : 0;
}
