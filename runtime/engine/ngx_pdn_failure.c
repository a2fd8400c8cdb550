/*
 * SPDX-License-Identifier: MIT
 *
 * Tells in the error log how a task failed, with the stack that it left.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_task.h"


void
ngx_pdn_log_failure(ngx_pdn_task_t *task, int rc)
{
    lua_State *L;
    const char *msg, *trace, *kind;

    L = task->L;

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

    if (lua_tostring(L, -1) == NULL) {
        if (luaL_callmeta(L, -1, "__tostring") == 0
            || lua_tostring(L, -1) == NULL) {
            lua_pushliteral(L, "unknown reason");
        }
    }

    msg = lua_tostring(L, -1);

    luaL_traceback(task->host->vm->L, L, NULL, 0);
    trace = lua_tostring(task->host->vm->L, -1);

    /* luaL_traceback begins with "stack traceback:" and a line feed. */

    trace = trace ? ngx_strchr(trace, '\n') : NULL;

    if (task->host->phase->bit & NGX_PDN_MAY_WAIT) {
        ngx_log_error(NGX_LOG_ERR, task->host->log, 0,
                      "lua %s thread aborted: %s: %s\n"
                      "stack traceback:\ncoroutine 0:%s",
                      task->light ? "user" : "entry", kind, msg,
                      trace ? trace : "");

    } else {
        ngx_log_error(NGX_LOG_ERR, task->host->log, 0,
                      "failed to run %s: %s\nstack traceback:%s",
                      task->host->phase->label, msg, trace ? trace : "");
    }

    lua_pop(task->host->vm->L, 1);
}
