/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.location.capture() and capture_multi(): starts subrequests and waits
 * until all of them have ended, in whatever order.
 */

#include "ngx_http_pdn_capture.h"
#include "ngx_http_pdn_phase.h"
#include "ngx_http_pdn_parts.h"


static int ngx_http_pdn_lua_capture(lua_State *L);
static int ngx_http_pdn_lua_capture_multi(lua_State *L);
static ngx_http_pdn_capture_t *ngx_http_pdn_capture_create(lua_State *L,
                                                           ngx_uint_t n);
static void ngx_http_pdn_capture_prepare(lua_State *L, ngx_http_pdn_sub_t *sub,
                                         int i);
static void ngx_http_pdn_capture_vars(lua_State *L, ngx_http_request_t *sr,
                                      int vars);
static void ngx_http_pdn_capture_event(ngx_event_t *ev);
static int ngx_http_pdn_capture_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_http_pdn_capture_cancel(ngx_pdn_wait_t *wait);
static void ngx_http_pdn_capture_unpost(ngx_http_pdn_capture_t *capture);
static void ngx_http_pdn_capture_free(ngx_http_pdn_capture_t *capture);


void
ngx_http_pdn_capture_open(lua_State *L)
{
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, ngx_http_pdn_lua_capture);
    lua_setfield(L, -2, "capture");
    lua_pushcfunction(L, ngx_http_pdn_lua_capture_multi);
    lua_setfield(L, -2, "capture_multi");
    lua_setfield(L, 1, "location");
}


/* Lua: capture(uri, options?) -> answer  [-2, +1, e] */
static int
ngx_http_pdn_lua_capture(lua_State *L)
{
    int n;

    n = lua_gettop(L);

    if (n != 1 && n != 2) {
        return luaL_error(L, "expecting one or two arguments");
    }

    lua_createtable(L, 2, 0);
    lua_insert(L, 1);

    for (; n > 0; n--) {
        lua_rawseti(L, 1, n);
    }

    lua_createtable(L, 1, 0);
    lua_insert(L, 1);
    lua_rawseti(L, 1, 1);

    return ngx_http_pdn_lua_capture_multi(L);
}


/* Lua: capture_multi({ { uri, options? }, ... }) -> answers  [-1, +n, e] */
static int
ngx_http_pdn_lua_capture_multi(lua_State *L)
{
    ngx_uint_t i, n;
    ngx_http_pdn_capture_t *capture;

    if (lua_gettop(L) != 1) {
        return luaL_error(L, "only one argument is expected, but got %d",
                          lua_gettop(L));
    }

    luaL_checktype(L, 1, LUA_TTABLE);
    n = lua_objlen(L, 1);

    if (n == 0) {
        return luaL_error(L, "at least one subrequest should be specified");
    }

    luaL_checkstack(L, (int) ngx_min(n, LUAI_MAXCSTACK) + 16,
                    "too many subrequests");

    capture = ngx_http_pdn_capture_create(L, n);

    /* Raises before nginx knows of any. */

    for (i = 0; i < n; i++) {
        ngx_http_pdn_capture_prepare(L, &capture->subs[i], (int) i + 1);
        lua_settop(L, 1);
    }

    for (i = 0; i < n; i++) {
        if (ngx_http_pdn_sub_post(capture->subs[i].request) != NGX_OK) {
            break;
        }

        capture->pending++;
    }

    if (capture->pending == 0) {
        return luaL_error(L, "failed to issue subrequest: %d", NGX_ERROR);
    }

    for (; i < n; i++) {
        capture->subs[i].status = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    capture->ctx->captures += capture->pending;
    ngx_pdn_task->bound = 1;
    ngx_post_event(&capture->event, &ngx_posted_events);

    return ngx_pdn_suspend(L, &capture->wait);
}


void
ngx_http_pdn_check_leave(lua_State *L, ngx_http_pdn_ctx_t *ctx)
{
    if (ctx->captures > 0) {
        (void) luaL_error(L, "attempt to abort with pending subrequests");
    }
}


static ngx_http_pdn_capture_t *
ngx_http_pdn_capture_create(lua_State *L, ngx_uint_t n)
{
    ngx_http_request_t *r;
    ngx_http_pdn_capture_t *capture;

    r = ngx_http_pdn_check(L, NGX_PDN_ANSWERING);

#if (NGX_HTTP_V2)
    if (r->main->stream != NULL) {
        (void) luaL_error(L, "http2 requests not supported yet");
    }
#endif

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua location capture, uri:\"%V\" c:%ud", &r->uri,
                   r->main->count);

    capture = ngx_pcalloc(r->pool, sizeof(ngx_http_pdn_capture_t)
                                       + n * sizeof(ngx_http_pdn_sub_t));
    if (capture == NULL) {
        (void) luaL_error(L, "no memory");
        return NULL;
    }

    capture->ctx = ngx_http_pdn_ctx(r);
    capture->subs = (ngx_http_pdn_sub_t *) &capture[1];
    capture->n = n;

    capture->event.handler = ngx_http_pdn_capture_event;
    capture->event.data = capture;
    capture->event.log = r->connection->log;

    capture->wait.push = ngx_http_pdn_capture_push;
    capture->wait.cancel = ngx_http_pdn_capture_cancel;

    for (n = 0; n < capture->n; n++) {
        capture->subs[n].capture = capture;
        capture->subs[n].post.handler = ngx_http_pdn_sub_ended;
        capture->subs[n].post.data = &capture->subs[n];
    }

    return capture;
}


/* Makes the i-th subrequest; leaves things on the stack. */
static void
ngx_http_pdn_capture_prepare(lua_State *L, ngx_http_pdn_sub_t *sub, int i)
{
    ngx_http_request_t *r, *sr;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_sub_options_t options;

    r = sub->capture->ctx->request;

    ngx_http_pdn_sub_options(L, r, i, &options);

    sr = ngx_http_pdn_sub_create(r, &options);

    if (sr == NULL) {
        (void) luaL_error(L, "failed to issue subrequest: %d", NGX_ERROR);
        return;
    }

    sub->request = sr;
    sr->post_subrequest = &sub->post;

    if (options.vars) {
        ngx_http_pdn_capture_vars(L, sr, options.vars);
    }

    if (options.ctx) {
        ctx = ngx_http_pdn_ctx_get(sr);

        if (ctx == NULL) {
            (void) luaL_error(L, "no memory");
            return;
        }

        lua_pushvalue(L, options.ctx);
        ctx->host.ctx_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    }
}


static void
ngx_http_pdn_capture_vars(lua_State *L, ngx_http_request_t *sr, int vars)
{
    size_t len, value_len;
    ngx_int_t rc;
    const char *name, *value;

    lua_pushnil(L);

    while (lua_next(L, vars) != 0) {
        name = lua_tolstring(L, -2, &len);
        value = lua_tolstring(L, -1, &value_len);

        rc = ngx_pdn_variable_set(&ngx_http_pdn_variable_ops, sr, sr->pool,
                                  (u_char *) name, len, (u_char *) value,
                                  value_len);

        if (rc == NGX_PDN_VAR_CONSTANT) {
            ngx_log_error(NGX_LOG_ERR, sr->connection->log, 0,
                          "variable \"%s\" not changeable", name);
            (void) luaL_error(L, "failed to adjust the subrequest: %d",
                              NGX_HTTP_INTERNAL_SERVER_ERROR);
        }

        if (rc != NGX_OK) {
            ngx_log_error(NGX_LOG_ERR, sr->connection->log, 0,
                          "variable \"%s\" cannot be assigned a value (maybe "
                          "you forgot to define it first?) ",
                          name);
            (void) luaL_error(L, "failed to adjust the subrequest: %d",
                              NGX_ERROR);
        }

        lua_pop(L, 1);
    }
}


/*
 * Called twice.  After the start, because nginx runs what was posted when one
 * of its own handlers returns, and code that a timer or a cosocket has woken
 * is not below one; and when all subrequests have ended.
 */
static void
ngx_http_pdn_capture_event(ngx_event_t *ev)
{
    ngx_http_pdn_capture_t *capture = ev->data;

    if (capture->pending > 0) {
        ngx_http_run_posted_requests(capture->ctx->request->connection);
        return;
    }

    ngx_pdn_wake(&capture->wait);
}


static int
ngx_http_pdn_capture_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    ngx_uint_t i;
    ngx_http_pdn_capture_t *capture = (ngx_http_pdn_capture_t *) wait;

    (void) lua_checkstack(L, (int) capture->n + 16);

    for (i = 0; i < capture->n; i++) {
        ngx_http_pdn_sub_push(L, &capture->subs[i]);
    }

    ngx_http_pdn_capture_free(capture);

    return (int) capture->n;
}


/* Subrequests that have begun go on, and nobody hears of them. */
static void
ngx_http_pdn_capture_cancel(ngx_pdn_wait_t *wait)
{
    ngx_http_pdn_capture_t *capture = (ngx_http_pdn_capture_t *) wait;

    ngx_http_pdn_capture_unpost(capture);
    ngx_http_pdn_capture_free(capture);
}


/* Takes back those that have not: the code could not wait, or failed. */
static void
ngx_http_pdn_capture_unpost(ngx_http_pdn_capture_t *capture)
{
    ngx_http_pdn_sub_t *sub;
    ngx_http_request_t *sr, *mr;
    ngx_http_posted_request_t **posted;

    mr = capture->ctx->request->main;
    posted = &mr->posted_requests;

    while (*posted != NULL) {
        sr = (*posted)->request;
        sub = ngx_http_pdn_sub(sr);

        if (sub == NULL || sub->capture != capture
            || sr->write_event_handler != ngx_http_handler)
        {
            posted = &(*posted)->next;
            continue;
        }

        *posted = (*posted)->next;
        mr->count--;
        capture->pending--;
        capture->ctx->captures--;
    }
}


static void
ngx_http_pdn_capture_free(ngx_http_pdn_capture_t *capture)
{
    ngx_uint_t i;

    if (capture->event.posted) {
        ngx_delete_posted_event(&capture->event);
    }

    for (i = 0; i < capture->n; i++) {
        free(capture->subs[i].body);
        capture->subs[i].body = NULL;
        capture->subs[i].len = 0;
        capture->subs[i].size = 0;
    }
}
