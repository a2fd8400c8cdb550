/*
 * SPDX-License-Identifier: MIT
 *
 * What runtime/lua/core/20_coroutine.lua needs of the engine: suspensions
 * that come out of a user's coroutine, and what light threads are doing.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_task.h"
#include "ngx_pdn_parts.h"


static int ngx_pdn_pass(lua_State *L);
static int ngx_pdn_is_task(lua_State *L);
static int ngx_pdn_task_status(lua_State *L);
static void ngx_pdn_held_open(lua_State *L);


char ngx_pdn_failed_key;


void
ngx_pdn_coroutine_open(lua_State *L)
{
    lua_pushlightuserdata(L, &ngx_pdn_mark);
    lua_setfield(L, 2, "mark");

    lua_pushcfunction(L, ngx_pdn_pass);
    lua_setfield(L, 2, "pass");
    lua_pushcfunction(L, ngx_pdn_is_task);
    lua_setfield(L, 2, "is_task");
    lua_pushcfunction(L, ngx_pdn_task_status);
    lua_setfield(L, 2, "task_status");

    ngx_pdn_held_open(L);

    lua_pushlightuserdata(L, &ngx_pdn_failed_key);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, "failed");
    lua_rawset(L, LUA_REGISTRYINDEX);
}


intptr_t
ngx_pdn_ffi_may_wait(void)
{
    return ngx_pdn_allowed(NGX_PDN_MAY_WAIT) == NGX_OK;
}


/* Lua: pass() -> what the task is resumed with  [-0, +n, e] */
static int
ngx_pdn_pass(lua_State *L)
{
    ngx_pdn_yieldable(L);

    lua_pushlightuserdata(L, &ngx_pdn_mark);
    lua_pushboolean(L, 1);

    return lua_yield(L, 2);
}


/* Lua: is_task(thread) -> whether it is the running task's own  [-1, +1, -] */
static int
ngx_pdn_is_task(lua_State *L)
{
    lua_pushboolean(L, ngx_pdn_task != NULL
                           && ngx_pdn_task->L == lua_tothread(L, 1));
    return 1;
}


/* Lua: task_status(thread) -> of a light thread that is not gone  [-1, +1, -]
 */
static int
ngx_pdn_task_status(lua_State *L)
{
    const char *status;
    ngx_pdn_task_t *task;

    lua_settop(L, 1);
    task = ngx_pdn_thread_find(L, 1);

    if (task == NULL) {
        status = "dead";

    } else if (task->state == NGX_PDN_TASK_ZOMBIE) {
        status = "zombie";

    } else if (task->state == NGX_PDN_TASK_RUNNING) {
        status = task->L == L ? "running" : "normal";

    } else {
        status = task->nested ? "normal" : "running";
    }

    lua_pushstring(L, status);

    return 1;
}


/* pdn.held: why nobody may resume a coroutine; keeps none alive. */
static void
ngx_pdn_held_open(lua_State *L)
{
    lua_newtable(L);
    lua_newtable(L);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, "held");
    ngx_pdn_vm_of(L)->held_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}
