/*
 * SPDX-License-Identifier: MIT
 *
 * What is printed goes to the client through nginx's filters, when the code
 * waits, flushes or ends, or when there is much of it.
 */

#include "ngx_stream_pdn.h"


static ngx_int_t ngx_stream_pdn_send_more(ngx_stream_pdn_ctx_t *ctx,
                                          ngx_chain_t *chain);
static ngx_int_t ngx_stream_pdn_arm(ngx_stream_pdn_ctx_t *ctx);


ngx_int_t
ngx_stream_pdn_can_print(ngx_pdn_host_t *host, const char **err)
{
    ngx_stream_pdn_ctx_t *ctx = (ngx_stream_pdn_ctx_t *) host;

    *err = ctx->eof                          ? "seen eof"
           : ctx->session->connection->error ? "nginx output filter error"
                                             : NULL;

    return *err == NULL ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_stream_pdn_print(ngx_pdn_host_t *host, const u_char *data, size_t len,
                     const char **err)
{
    ngx_stream_pdn_ctx_t *ctx = (ngx_stream_pdn_ctx_t *) host;

    if (len == 0) {
        return NGX_OK;
    }

    if (ngx_pdn_output_add(&ctx->output, host->pool, data, len) != NGX_OK) {
        *err = "no memory";
        return NGX_ERROR;
    }

    if (ctx->output.size >= NGX_PDN_OUTPUT_MAX
        && ngx_stream_pdn_send(ctx) == NGX_ERROR)
    {
        *err = "nginx output filter error";
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_stream_pdn_send(ngx_stream_pdn_ctx_t *ctx)
{
    ngx_int_t rc;
    ngx_chain_t *chain, *cl;
    ngx_connection_t *c;

    c = ctx->session->connection;
    chain = ngx_pdn_output_take(&ctx->output);

    if (chain == NULL && !c->buffered) {
        return NGX_OK;
    }

    for (cl = chain; cl != NULL; cl = cl->next) {
        /* of datagrams it says that one is complete */
        cl->buf->flush = cl->next == NULL;
    }

    rc = ngx_stream_pdn_send_more(ctx, chain);

    if (rc == NGX_AGAIN && ngx_handle_write_event(c->write, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    return rc;
}


static ngx_int_t
ngx_stream_pdn_send_more(ngx_stream_pdn_ctx_t *ctx, ngx_chain_t *chain)
{
    ngx_int_t rc;

    rc = ngx_stream_top_filter(ctx->session, chain, 1);

    ngx_pdn_output_sent(&ctx->output, ctx->host.pool, chain);

    return rc;
}


ngx_int_t
ngx_stream_pdn_eof(ngx_pdn_host_t *host, const char **err)
{
    ngx_stream_pdn_ctx_t *ctx = (ngx_stream_pdn_ctx_t *) host;

    *err = "nginx output filter error";

    if (ctx->eof) {
        *err = "seen eof";
        return NGX_ERROR;
    }

    ctx->eof = 1;

    return ngx_stream_pdn_send(ctx) == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


/* Stream's flush waits whether or not it was asked to. */
ngx_int_t
ngx_stream_pdn_flush(ngx_pdn_host_t *host, ngx_uint_t wait, const char **err)
{
    ngx_int_t rc;
    ngx_stream_pdn_ctx_t *ctx = (ngx_stream_pdn_ctx_t *) host;

    (void) wait;

    if (ctx->eof) {
        *err = "seen eof";
        return NGX_ERROR;
    }

    rc = ngx_stream_pdn_send(ctx);

    if (rc == NGX_ERROR) {
        *err = "nginx output filter error";
    }

    return rc;
}


ngx_int_t
ngx_stream_pdn_flush_more(ngx_pdn_host_t *host, const char **err)
{
    ngx_int_t rc;
    ngx_stream_pdn_ctx_t *ctx = (ngx_stream_pdn_ctx_t *) host;
    ngx_connection_t *c;

    c = ctx->session->connection;

    if (c->write->timedout) {
        ngx_log_error(NGX_LOG_INFO, c->log, NGX_ETIMEDOUT, "client timed out");
        c->timedout = 1;
        *err = "timeout";
        return NGX_ERROR;
    }

    rc = c->buffered ? ngx_stream_pdn_send_more(ctx, NULL) : NGX_OK;

    if (rc == NGX_AGAIN) {
        rc = ngx_stream_pdn_arm(ctx);
    }

    if (rc == NGX_ERROR) {
        *err = "client aborted";
    }

    return rc;
}


static ngx_int_t
ngx_stream_pdn_arm(ngx_stream_pdn_ctx_t *ctx)
{
    ngx_event_t *wev;

    wev = ctx->session->connection->write;

    ngx_add_timer(wev, ctx->host.socket_conf->send_timeout);

    return ngx_handle_write_event(wev, ctx->host.socket_conf->send_lowat)
                   == NGX_OK
               ? NGX_AGAIN
               : NGX_ERROR;
}


void
ngx_stream_pdn_flush_end(ngx_pdn_host_t *host)
{
    ngx_stream_pdn_ctx_t *ctx = (ngx_stream_pdn_ctx_t *) host;
    ngx_event_t *wev;

    wev = ctx->session->connection->write;

    if (ctx->writer != NULL) {
        /* a send that stood behind it goes on */
        ngx_post_event(wev, &ngx_posted_events);

    } else if (wev->timer_set) {
        ngx_del_timer(wev);
    }
}


ngx_int_t
ngx_stream_pdn_drain(ngx_stream_pdn_ctx_t *ctx)
{
    ngx_int_t rc;
    ngx_connection_t *c;

    c = ctx->session->connection;

    if (c->write->timedout || c->close) {
        return NGX_ERROR;
    }

    rc = ngx_stream_pdn_send(ctx);

    if (rc == NGX_AGAIN) {
        ctx->draining = 1;
        ngx_stream_pdn_take_events(ctx);
        rc = ngx_stream_pdn_arm(ctx);
    }

    return rc;
}
