/*
 * SPDX-License-Identifier: MIT
 *
 * What ngx.flush(), ngx.eof() and ngx.send_headers() mean to a response.
 */

#include "ngx_http_pdn_output.h"
#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_parts.h"


static int ngx_http_pdn_lua_send_headers(lua_State *L);
static ngx_int_t ngx_http_pdn_flush_arm(ngx_http_request_t *r,
                                        const char **err);
static void ngx_http_pdn_flush_handler(ngx_http_request_t *r);


void
ngx_http_pdn_flush_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_http_pdn_lua_send_headers);
    lua_setfield(L, 1, "send_headers");
}


ngx_int_t
ngx_http_pdn_flush(ngx_pdn_host_t *host, ngx_uint_t wait, const char **err)
{
    ngx_http_pdn_ctx_t *ctx = (ngx_http_pdn_ctx_t *) host;

    ngx_http_request_t *r;

    r = ctx->request;

    *err = ctx->raw         ? ngx_http_pdn_raw_text
           : r->header_only ? "header only"
           : ctx->eof       ? "seen eof"
                            : NULL;

    if (*err == NULL && ctx->output.chain == NULL && !r->header_sent) {
        *err = "nothing to flush";
    }

    if (*err != NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_pdn_add_special(ctx, 0) != NGX_OK
        || ngx_http_pdn_send(ctx, 0) == NGX_ERROR)
    {
        *err = "nginx output filter error";
        return NGX_ERROR;
    }

    if (ctx->holding) {
        ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "lua http 1.0 buffering makes ngx.flush() a no-op");
        *err = "buffering";
        return NGX_ERROR;
    }

    if (!wait || !(r->connection->buffered & NGX_HTTP_LOWLEVEL_BUFFERED)) {
        ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "lua flush asynchronously");
        return NGX_OK;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua flush requires waiting: buffered 0x%uxd, delayed:%d",
                   (unsigned) r->connection->buffered,
                   r->connection->write->delayed);

    return NGX_AGAIN;
}


ngx_int_t
ngx_http_pdn_flush_more(ngx_pdn_host_t *host, const char **err)
{
    ngx_http_request_t *r = host->data;
    ngx_connection_t *c;

    c = r->connection;

    if (c->write->timedout) {
        ngx_log_error(NGX_LOG_INFO, c->log, NGX_ETIMEDOUT, "client timed out");
        c->timedout = 1;
        *err = "timeout";
        return NGX_ERROR;
    }

    if (r->write_event_handler == ngx_http_pdn_flush_handler
        && ngx_http_output_filter(r, NULL) == NGX_ERROR)
    {
        *err = "client aborted";
        return NGX_ERROR;
    }

    if (!(c->buffered & NGX_HTTP_LOWLEVEL_BUFFERED)) {
        return NGX_OK;
    }

    r->write_event_handler = ngx_http_pdn_flush_handler;

    return ngx_http_pdn_flush_arm(r, err);
}


static ngx_int_t
ngx_http_pdn_flush_arm(ngx_http_request_t *r, const char **err)
{
    ngx_event_t *wev;
    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    wev = r->connection->write;

    if (!wev->delayed) {
        ngx_add_timer(wev, clcf->send_timeout);
    }

    if (ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK) {
        *err = "connection broken";
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


static void
ngx_http_pdn_flush_handler(ngx_http_request_t *r)
{
    ngx_pdn_flush_event(&ngx_http_pdn_ctx(r)->host);
}


void
ngx_http_pdn_flush_end(ngx_pdn_host_t *host)
{
    ngx_event_t *wev;
    ngx_http_request_t *r = host->data;

    wev = r->connection->write;

    if (wev->timer_set && !wev->delayed) {
        ngx_del_timer(wev);
    }

    r->write_event_handler = ngx_http_request_empty_handler;
}


ngx_int_t
ngx_http_pdn_eof(ngx_pdn_host_t *host, const char **err)
{
    ngx_http_pdn_ctx_t *ctx = (ngx_http_pdn_ctx_t *) host;

    if (ctx->raw || ctx->eof) {
        *err = ctx->raw ? ngx_http_pdn_raw_text : "seen eof";
        return NGX_ERROR;
    }

    *err = "nginx output filter error";

    return ngx_http_pdn_send(ctx, 1) == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


/* Lua: send_headers() -> 1 | nil, err  [-0, +2, e] */
static int
ngx_http_pdn_lua_send_headers(lua_State *L)
{
    ngx_int_t rc;
    ngx_http_pdn_ctx_t *ctx;

    ctx = ngx_http_pdn_ctx(ngx_http_pdn_check(L, NGX_PDN_ANSWERING));

    rc = ngx_http_pdn_send_header(ctx);

    return ngx_pdn_client_result(L, rc == NGX_ERROR ? rc : NGX_OK,
                                 "nginx output filter error");
}
