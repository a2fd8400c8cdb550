/*
 * SPDX-License-Identifier: MIT
 *
 * The client's connection while code runs: its events go to whoever waits for
 * them.
 */

#include "ngx_stream_pdn.h"


static void ngx_stream_pdn_read_event(ngx_event_t *rev);
static void ngx_stream_pdn_write_event(ngx_event_t *wev);
static void ngx_stream_pdn_idle_read(ngx_stream_pdn_ctx_t *ctx);


void
ngx_stream_pdn_take_events(ngx_stream_pdn_ctx_t *ctx)
{
    ngx_connection_t *c;

    c = ctx->session->connection;

    c->read->handler = ngx_stream_pdn_read_event;
    c->write->handler = ngx_stream_pdn_write_event;

    ngx_stream_pdn_watch(ctx);
}


void
ngx_stream_pdn_watch(ngx_stream_pdn_ctx_t *ctx)
{
    ngx_connection_t *c;

    c = ctx->session->connection;

    if (c->type != SOCK_STREAM || c->read->handler != ngx_stream_pdn_read_event
        || !ngx_stream_pdn_client_ops.watches(&ctx->host))
    {
        return;
    }

    if (!c->read->active) {
        /* nginx asks for no event before somebody wants to read */
        (void) ngx_add_event(
            c->read, NGX_READ_EVENT,
            ngx_event_flags & NGX_USE_CLEAR_EVENT ? NGX_CLEAR_EVENT : 0);

    } else if (c->read->ready || c->read->eof) {
        /* what the last event told of may have been the end */
        ngx_post_event(c->read, &ngx_posted_events);
    }
}


static void
ngx_stream_pdn_read_event(ngx_event_t *rev)
{
    ngx_connection_t *c;
    ngx_stream_pdn_ctx_t *ctx;

    c = rev->data;
    ctx = ngx_stream_pdn_ctx(c->data);

    if (c->type == SOCK_DGRAM && !c->close) {
        ngx_stream_pdn_udp_event(ctx);

    } else if (ctx->reader != NULL) {
        ngx_pdn_tcp_readable(ctx->reader);

    } else if (ctx->peek != NULL && !c->close) {
        ngx_stream_pdn_peek_event(ctx);

    } else if (c->close) {
        /* worker_shutdown_timeout has run out */
        ngx_stream_pdn_end(ctx, NGX_STREAM_OK);

    } else {
        ngx_stream_pdn_idle_read(ctx);
    }
}


/* Nobody reads: is there anybody at all? */
static void
ngx_stream_pdn_idle_read(ngx_stream_pdn_ctx_t *ctx)
{
    ngx_event_t *rev;
    ngx_connection_t *c;

    c = ctx->session->connection;
    rev = c->read;

    if (!ngx_stream_pdn_client_ops.watches(&ctx->host)) {

        if ((ngx_event_flags & NGX_USE_LEVEL_EVENT) && rev->active) {
            (void) ngx_del_event(rev, NGX_READ_EVENT, 0);
        }

        return;
    }

    if (!ctx->host.running || !ngx_pdn_client_gone(c)
        || ngx_pdn_abort_tell(&ctx->host) != NGX_DECLINED)
    {
        return;
    }

    c->error = 1;
    ngx_stream_pdn_end(ctx, NGX_STREAM_PDN_CLIENT_CLOSED);
}


static void
ngx_stream_pdn_write_event(ngx_event_t *wev)
{
    ngx_connection_t *c;
    ngx_stream_pdn_ctx_t *ctx;

    c = wev->data;
    ctx = ngx_stream_pdn_ctx(c->data);

    if (ctx->host.flush != NULL) {
        ngx_pdn_flush_event(&ctx->host);

    } else if (ctx->writer != NULL) {
        ngx_pdn_tcp_writable(ctx->writer);

    } else if (ctx->draining) {

        if (ngx_stream_pdn_drain(ctx) != NGX_AGAIN) {
            ngx_stream_pdn_end(ctx, ctx->status);
        }

    } else {
        (void) ngx_stream_pdn_send(ctx);
    }
}
