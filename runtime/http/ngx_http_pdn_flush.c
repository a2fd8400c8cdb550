/*
 * SPDX-License-Identifier: MIT
 *
 * What sends before the code ends: ngx.flush(), ngx.eof(), ngx.send_headers().
 */

#include "ngx_http_pdn_output.h"
#include "ngx_http_pdn_parts.h"


/* ngx.flush(true) */

typedef struct {
    ngx_pdn_wait_t wait;
    ngx_http_pdn_ctx_t *ctx;
    const char *err;
} ngx_http_pdn_flush_t;


static int ngx_http_pdn_lua_flush(lua_State *L);
static int ngx_http_pdn_lua_eof(lua_State *L);
static int ngx_http_pdn_lua_send_headers(lua_State *L);
static int ngx_http_pdn_wait_flushed(lua_State *L, ngx_http_pdn_ctx_t *ctx);
static void ngx_http_pdn_flush_handler(ngx_http_request_t *r);
static int ngx_http_pdn_flush_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_http_pdn_flush_cancel(ngx_pdn_wait_t *wait);


static const luaL_Reg ngx_http_pdn_flush_functions[] = {
    { "flush", ngx_http_pdn_lua_flush },
    { "eof", ngx_http_pdn_lua_eof },
    { "send_headers", ngx_http_pdn_lua_send_headers },
    { NULL, NULL }
};


void
ngx_http_pdn_flush_open(lua_State *L)
{
    lua_pushvalue(L, 1);
    luaL_register(L, NULL, ngx_http_pdn_flush_functions);
}


/* Lua: flush(wait?) -> 1 | nil, err  [-1, +2, e] */
static int
ngx_http_pdn_lua_flush(lua_State *L)
{
    int wait;
    ngx_http_request_t *r;
    ngx_http_pdn_ctx_t *ctx;

    if (lua_gettop(L) > 1) {
        return luaL_error(L,
                          "attempt to pass %d arguments, but accepted 0 "
                          "or 1",
                          lua_gettop(L));
    }

    r = ngx_http_pdn_check(L, NGX_PDN_ANSWERING);
    ctx = ngx_http_pdn_ctx(r);
    wait = lua_toboolean(L, 1);

    if (ctx->raw) {
        return ngx_http_pdn_result(L, NGX_ERROR, ngx_http_pdn_raw_text);
    }

    if (r->header_only) {
        return ngx_http_pdn_result(L, NGX_ERROR, "header only");
    }

    if (ctx->eof) {
        return ngx_http_pdn_result(L, NGX_ERROR, "seen eof");
    }

    if (ctx->out == NULL && !r->header_sent) {
        return ngx_http_pdn_result(L, NGX_ERROR, "nothing to flush");
    }

    if (ngx_http_pdn_add_special(ctx, 0) != NGX_OK
        || ngx_http_pdn_send(ctx, 0) == NGX_ERROR)
    {
        return ngx_http_pdn_result(L, NGX_ERROR, "nginx output filter error");
    }

    if (ctx->holding) {
        ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "lua http 1.0 buffering makes ngx.flush() a no-op");
        return ngx_http_pdn_result(L, NGX_ERROR, "buffering");
    }

    if (!wait || !(r->connection->buffered & NGX_HTTP_LOWLEVEL_BUFFERED)) {
        ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "lua flush asynchronously");
        return ngx_http_pdn_result(L, NGX_OK, NULL);
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua flush requires waiting: buffered 0x%uxd, delayed:%d",
                   (unsigned) r->connection->buffered,
                   r->connection->write->delayed);

    return ngx_http_pdn_wait_flushed(L, ctx);
}


static int
ngx_http_pdn_wait_flushed(lua_State *L, ngx_http_pdn_ctx_t *ctx)
{
    ngx_event_t *wev;
    ngx_http_request_t *r;
    ngx_http_pdn_flush_t *flush;
    ngx_http_core_loc_conf_t *clcf;

    r = ctx->request;

    if (ctx->flush != NULL) {
        return ngx_http_pdn_result(L, NGX_ERROR, "busy flushing");
    }

    flush = ngx_palloc(r->pool, sizeof(ngx_http_pdn_flush_t));
    if (flush == NULL) {
        return luaL_error(L, "no memory");
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    wev = r->connection->write;

    if (!wev->delayed) {
        ngx_add_timer(wev, clcf->send_timeout);
    }

    if (ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK) {
        return ngx_http_pdn_result(L, NGX_ERROR, "connection broken");
    }

    flush->ctx = ctx;
    flush->err = NULL;
    flush->wait.push = ngx_http_pdn_flush_push;
    flush->wait.cancel = ngx_http_pdn_flush_cancel;

    ctx->flush = &flush->wait;
    r->write_event_handler = ngx_http_pdn_flush_handler;

    return ngx_pdn_suspend(L, &flush->wait);
}


static void
ngx_http_pdn_flush_handler(ngx_http_request_t *r)
{
    ngx_int_t rc;
    ngx_event_t *wev;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_flush_t *flush;
    ngx_http_core_loc_conf_t *clcf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_pandan_module);
    flush = (ngx_http_pdn_flush_t *) ctx->flush;
    wev = r->connection->write;

    if (wev->timedout) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, NGX_ETIMEDOUT,
                      "client timed out");
        r->connection->timedout = 1;
        flush->err = "timeout";

    } else {
        rc = ngx_http_output_filter(r, NULL);

        if (rc == NGX_ERROR) {
            flush->err = "client aborted";

        } else if (r->connection->buffered & NGX_HTTP_LOWLEVEL_BUFFERED) {
            clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

            if (!wev->delayed) {
                ngx_add_timer(wev, clcf->send_timeout);
            }

            (void) ngx_handle_write_event(wev, clcf->send_lowat);
            return;
        }
    }

    ngx_pdn_wake(&flush->wait);
}


static int
ngx_http_pdn_flush_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    ngx_http_pdn_flush_t *flush = (ngx_http_pdn_flush_t *) wait;

    ngx_http_pdn_flush_cancel(wait);

    return ngx_http_pdn_result(L, flush->err ? NGX_ERROR : NGX_OK, flush->err);
}


static void
ngx_http_pdn_flush_cancel(ngx_pdn_wait_t *wait)
{
    ngx_event_t *wev;
    ngx_http_request_t *r;
    ngx_http_pdn_flush_t *flush = (ngx_http_pdn_flush_t *) wait;

    r = flush->ctx->request;
    wev = r->connection->write;

    if (wev->timer_set && !wev->delayed) {
        ngx_del_timer(wev);
    }

    r->write_event_handler = ngx_http_request_empty_handler;
    flush->ctx->flush = NULL;
}


/* Lua: eof() -> 1 | nil, err  [-0, +2, e] */
static int
ngx_http_pdn_lua_eof(lua_State *L)
{
    ngx_int_t rc;
    ngx_http_pdn_ctx_t *ctx;

    if (lua_gettop(L) != 0) {
        return luaL_error(L, "no argument is expected");
    }

    ctx = ngx_http_pdn_ctx(ngx_http_pdn_check(L, NGX_PDN_ANSWERING));

    if (ctx->raw || ctx->eof) {
        return ngx_http_pdn_result(
            L, NGX_ERROR, ctx->raw ? ngx_http_pdn_raw_text : "seen eof");
    }

    rc = ngx_http_pdn_send(ctx, 1);

    return ngx_http_pdn_result(L, rc == NGX_ERROR ? rc : NGX_OK,
                               "nginx output filter error");
}


/* Lua: send_headers() -> 1 | nil, err  [-0, +2, e] */
static int
ngx_http_pdn_lua_send_headers(lua_State *L)
{
    ngx_int_t rc;
    ngx_http_pdn_ctx_t *ctx;

    ctx = ngx_http_pdn_ctx(ngx_http_pdn_check(L, NGX_PDN_ANSWERING));

    rc = ngx_http_pdn_send_header(ctx);

    return ngx_http_pdn_result(L, rc == NGX_ERROR ? rc : NGX_OK,
                               "nginx output filter error");
}
