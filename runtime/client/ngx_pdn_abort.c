/*
 * SPDX-License-Identifier: MIT
 *
 * Clients that leave while their code waits: the code dies, unless it asked
 * by ngx.on_abort() to be told.
 */

#include "ngx_pdn_client.h"
#include "ngx_pdn_parts.h"
#include "ngx_pdn_task.h"


/* In place of a reference to the function: it has been called. */
#define NGX_PDN_ABORT_SEEN (-1)


static int ngx_pdn_on_abort(lua_State *L);


void
ngx_pdn_abort_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_on_abort);
    lua_setfield(L, 1, "on_abort");
}


/* Lua: on_abort(function) -> 1 | nil, err  [-1, +2, e] */
static int
ngx_pdn_on_abort(lua_State *L)
{
    ngx_pdn_host_t *host;

    host = ngx_pdn_client_check(L, NGX_PDN_ANSWERING);
    luaL_checktype(L, 1, LUA_TFUNCTION);

    if (host->on_abort != 0) {
        return ngx_pdn_client_result(L, NGX_ERROR, "duplicate call");
    }

    if (!host->ops->client->watches(host)) {
        return ngx_pdn_client_result(L, NGX_ERROR,
                                     "lua_check_client_abort is off");
    }

    lua_settop(L, 1);
    host->on_abort = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushinteger(L, 1);

    return 1;
}


void
ngx_pdn_abort_watch(ngx_connection_t *c)
{
    if ((ngx_event_flags & NGX_USE_LEVEL_EVENT) && !c->read->active) {
        /* nginx drops the event of a socket that it does not want to read */
        (void) ngx_add_event(c->read, NGX_READ_EVENT, 0);
    }
}


void
ngx_pdn_abort_forget(ngx_pdn_host_t *host)
{
    if (host->on_abort > 0) {
        luaL_unref(host->vm->L, LUA_REGISTRYINDEX, host->on_abort);
        host->on_abort = NGX_PDN_ABORT_SEEN;
    }
}


ngx_uint_t
ngx_pdn_client_gone(ngx_connection_t *c)
{
    char byte;
    ssize_t n;
    ngx_err_t err;
    ngx_event_t *rev;

    rev = c->read;

    if (c->error) {
        return 1;
    }

    n = recv(c->fd, &byte, 1, MSG_PEEK);
    err = ngx_socket_errno;

    if (n == 0 || (n == -1 && err != NGX_EAGAIN && err != NGX_EINTR)) {
        rev->eof = n == 0;
        rev->ready = 1;

        if ((ngx_event_flags & NGX_USE_LEVEL_EVENT) && rev->active) {
            (void) ngx_del_event(rev, NGX_READ_EVENT, 0);
        }

        return 1;
    }

    if (n == 1 && (ngx_event_flags & NGX_USE_LEVEL_EVENT) && rev->active) {
        /* The next request in line would be told of for ever. */
        (void) ngx_del_event(rev, NGX_READ_EVENT, 0);
    }

    return 0;
}


ngx_int_t
ngx_pdn_abort_tell(ngx_pdn_host_t *host)
{
    lua_State *L;
    ngx_pdn_task_t *task;

    if (host->on_abort == NGX_PDN_ABORT_SEEN) {
        return NGX_DONE;
    }

    ngx_log_error(NGX_LOG_INFO, host->log, 0,
                  "client prematurely closed connection");

    if (host->on_abort == 0) {
        return NGX_DECLINED;
    }

    L = host->vm->L;

    lua_rawgeti(L, LUA_REGISTRYINDEX, host->on_abort);
    ngx_pdn_abort_forget(host);

    task = ngx_pdn_task_create(host, L, 0);

    if (task == NULL) {
        lua_pop(L, 1);
        return NGX_DECLINED;
    }

    /* As a light thread, behind what is ready. */

    task->light = 1;

    ngx_pdn_make_ready(task);
    ngx_pdn_run_later(host, &ngx_posted_events);

    return NGX_OK;
}
