/*
 * SPDX-License-Identifier: MIT
 *
 * Clients that leave while the request's code waits: the code dies, unless
 * it asked by ngx.on_abort() to be told.
 */

#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_parts.h"
#include "ngx_pdn_task.h"


/* In place of a reference to the function: it has been called. */
#define NGX_HTTP_PDN_ABORT_SEEN (-1)


static int ngx_http_pdn_on_abort(lua_State *L);
static void ngx_http_pdn_client_event(ngx_http_request_t *r);
static ngx_uint_t ngx_http_pdn_client_gone(ngx_http_request_t *r);
static ngx_int_t ngx_http_pdn_tell_abort(ngx_http_pdn_ctx_t *ctx);


void
ngx_http_pdn_abort_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_http_pdn_on_abort);
    lua_setfield(L, 1, "on_abort");
}


/* Lua: on_abort(function) -> 1 | nil, err  [-1, +2, e] */
static int
ngx_http_pdn_on_abort(lua_State *L)
{
    ngx_http_request_t *r;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_loc_conf_t *plcf;

    r = ngx_http_pdn_check(L, NGX_PDN_ANSWERING);
    luaL_checktype(L, 1, LUA_TFUNCTION);

    ctx = ngx_http_pdn_ctx(r);
    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);

    if (ctx->on_abort != 0 || !plcf->check_client_abort) {
        lua_pushnil(L);
        lua_pushstring(L, ctx->on_abort != 0 ? "duplicate call"
                                             : "lua_check_client_abort is off");
        return 2;
    }

    lua_settop(L, 1);
    ctx->on_abort = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushinteger(L, 1);

    return 1;
}


void
ngx_http_pdn_watch_client(ngx_http_pdn_ctx_t *ctx)
{
    ngx_event_t *rev;
    ngx_http_request_t *r;
    ngx_http_pdn_loc_conf_t *plcf;

    r = ctx->request;
    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);

    if (!plcf->check_client_abort || r != r->main) {
        return;
    }

    r->read_event_handler = ngx_http_pdn_client_event;

    rev = r->connection->read;

    if ((ngx_event_flags & NGX_USE_LEVEL_EVENT) && !rev->active) {
        /* nginx drops the event of a socket that it does not want to read */
        (void) ngx_add_event(rev, NGX_READ_EVENT, 0);
    }
}


void
ngx_http_pdn_forget_abort(ngx_http_pdn_ctx_t *ctx)
{
    if (ctx->on_abort > 0) {
        luaL_unref(ctx->host.vm->L, LUA_REGISTRYINDEX, ctx->on_abort);
        ctx->on_abort = NGX_HTTP_PDN_ABORT_SEEN;
    }
}


static void
ngx_http_pdn_client_event(ngx_http_request_t *r)
{
    ngx_http_pdn_ctx_t *ctx;

    if (r->done || !ngx_http_pdn_client_gone(r)) {
        return;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_pandan_module);

    if (ctx == NULL || !ctx->host.running) {
        return;
    }

    if (ctx->on_abort == NGX_HTTP_PDN_ABORT_SEEN) {
        return;
    }

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "client prematurely closed connection");

    if (ctx->on_abort > 0 && ngx_http_pdn_tell_abort(ctx) == NGX_OK) {
        return;
    }

    r->connection->error = 1;
    ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
}


static ngx_uint_t
ngx_http_pdn_client_gone(ngx_http_request_t *r)
{
    char byte;
    ssize_t n;
    ngx_err_t err;
    ngx_event_t *rev;
    ngx_connection_t *c;

    c = r->connection;
    rev = c->read;

#if (NGX_HTTP_V2)
    if (r->stream != NULL) {
        return c->error;
    }
#endif

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


/* Runs the function as a light thread behind what is ready. */
static ngx_int_t
ngx_http_pdn_tell_abort(ngx_http_pdn_ctx_t *ctx)
{
    lua_State *L;
    ngx_pdn_task_t *task;

    L = ctx->host.vm->L;

    lua_rawgeti(L, LUA_REGISTRYINDEX, ctx->on_abort);
    ngx_http_pdn_forget_abort(ctx);

    task = ngx_pdn_task_create(&ctx->host, L, 0);

    if (task == NULL) {
        lua_pop(L, 1);
        return NGX_ERROR;
    }

    task->light = 1;

    ngx_pdn_make_ready(task);
    ngx_pdn_run_later(&ctx->host, &ngx_posted_events);

    return NGX_OK;
}
