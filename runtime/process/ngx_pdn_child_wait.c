/*
 * SPDX-License-Identifier: MIT
 *
 * Waiting for a child's end, and telling how it ended.
 */

#include "ngx_pdn_child.h"


static void ngx_pdn_child_wait_timeout(ngx_event_t *ev);
static int ngx_pdn_child_wait_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_pdn_child_wait_cancel(ngx_pdn_wait_t *wait);
static void ngx_pdn_child_wait_leave(ngx_pdn_child_t *child);
static int ngx_pdn_child_push_status(lua_State *L, ngx_pdn_child_t *child);


int
ngx_pdn_child_wait(lua_State *L, ngx_pdn_child_t *child)
{
    if (child->closed) {
        return ngx_pdn_child_refuse(L, "exited");
    }

    if (child->waiting) {
        return ngx_pdn_child_refuse(L, "pipe busy waiting");
    }

    if (child->reason != NULL) {
        return ngx_pdn_child_push_status(L, child);
    }

    child->err = NULL;
    child->wait.push = ngx_pdn_child_wait_push;
    child->wait.cancel = ngx_pdn_child_wait_cancel;
    child->timer.handler = ngx_pdn_child_wait_timeout;
    child->timer.data = child;
    child->timer.log = ngx_cycle->log;

    if (child->timeout > 0) {
        ngx_add_timer(&child->timer, child->timeout);
    }

    lua_pushvalue(L, 1);
    child->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    child->waiting = 1;

    return ngx_pdn_suspend(L, &child->wait);
}


static void
ngx_pdn_child_wait_timeout(ngx_event_t *ev)
{
    ngx_pdn_child_t *child = ev->data;

    child->err = "timeout";
    ngx_pdn_wake(&child->wait);
}


static int
ngx_pdn_child_wait_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    ngx_pdn_child_t *child;

    child = ngx_queue_data(wait, ngx_pdn_child_t, wait);
    ngx_pdn_child_wait_leave(child);

    return child->err != NULL ? ngx_pdn_child_refuse(L, child->err)
                              : ngx_pdn_child_push_status(L, child);
}


static void
ngx_pdn_child_wait_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_child_wait_leave(ngx_queue_data(wait, ngx_pdn_child_t, wait));
}


static void
ngx_pdn_child_wait_leave(ngx_pdn_child_t *child)
{
    luaL_unref(child->vm->L, LUA_REGISTRYINDEX, child->anchor);
    child->anchor = LUA_NOREF;
    child->waiting = 0;

    if (child->timer.timer_set) {
        ngx_del_timer(&child->timer);
    }
}


/*
 * ok, reason, status.  With it the child is done with: its pipes are closed,
 * but for those that a task still reads from, which see their end.
 */
static int
ngx_pdn_child_push_status(lua_State *L, ngx_pdn_child_t *child)
{
    ngx_uint_t i;

    lua_pushboolean(L, child->status == 0);
    lua_pushstring(L, child->reason);
    lua_pushinteger(L, child->status);

    child->closed = 1;

    for (i = 0; i < NGX_PDN_CHILD_NENDS; i++) {
        if (!child->ends[i].waiting) {
            ngx_pdn_child_close(&child->ends[i]);
        }
    }

    return 3;
}
