/*
 * SPDX-License-Identifier: MIT
 *
 * What is printed gathers in one chain and goes through nginx's filters when
 * the code waits, flushes or ends, or when the chain has grown: twenty prints
 * cost one pass.
 */

#include "ngx_http_pdn_output.h"


static ngx_uint_t ngx_http_pdn_must_hold(ngx_http_pdn_ctx_t *ctx);
static void ngx_http_pdn_set_length(ngx_http_pdn_ctx_t *ctx);


const char ngx_http_pdn_raw_text[] = "raw request socket acquired";


ngx_int_t
ngx_http_pdn_can_print(ngx_pdn_host_t *host, const char **err)
{
    ngx_http_pdn_ctx_t *ctx = (ngx_http_pdn_ctx_t *) host;

    *err = NULL;

    if (ctx->raw) {
        *err = ngx_http_pdn_raw_text;

    } else if (ctx->eof) {
        *err = "seen eof";

    } else if (ctx->request->header_only && ctx->request->header_sent) {
        *err = "header only";

    } else if (ctx->request->method == NGX_HTTP_HEAD) {
        ctx->request->header_only = 1;
        *err = ngx_http_pdn_send_header(ctx) == NGX_ERROR
                   ? "nginx output filter error"
                   : "header only";

    } else if (!ctx->request->header_sent && !ngx_http_pdn_must_hold(ctx)
               && ngx_http_pdn_send_header(ctx) != NGX_OK)
    {
        /* Headers are final from the first output on, though it waits. */
        *err = "nginx output filter error";
    }

    return *err ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_http_pdn_print(ngx_pdn_host_t *host, const u_char *data, size_t len,
                   const char **err)
{
    ngx_http_pdn_ctx_t *ctx = (ngx_http_pdn_ctx_t *) host;

    if (len == 0) {
        return NGX_OK;
    }

    if (ngx_pdn_output_add(&ctx->output, ctx->request->pool, data, len)
        != NGX_OK) {
        *err = "no memory";
        return NGX_ERROR;
    }

    if (ctx->output.size < NGX_PDN_OUTPUT_MAX || ctx->holding) {
        return NGX_OK;
    }

    if (ngx_http_pdn_send(ctx, 0) == NGX_ERROR) {
        *err = "nginx output filter error";
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_pdn_send_header(ngx_http_pdn_ctx_t *ctx)
{
    ngx_http_request_t *r;
    ngx_http_pdn_loc_conf_t *plcf;

    r = ctx->request;

    if (r->header_sent) {
        return NGX_OK;
    }

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);

    if (r->headers_out.status == 0) {
        r->headers_out.status = NGX_HTTP_OK;
    }

    if (!ctx->type_set && plcf->use_default_type
        && r->headers_out.status != NGX_HTTP_NOT_MODIFIED
        && r->headers_out.content_type.len == 0
        && ngx_http_set_content_type(r) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!ctx->headers_set) {
        ngx_http_clear_content_length(r);
        ngx_http_clear_accept_ranges(r);
    }

    if (ctx->whole) {
        ngx_http_pdn_set_length(ctx);
    }

    return ngx_http_send_header(r);
}


/*
 * HTTP/1.0 knows no chunks: the length must be known before the header, by
 * the code's own word or when all has been printed.
 */
static ngx_uint_t
ngx_http_pdn_must_hold(ngx_http_pdn_ctx_t *ctx)
{
    ngx_http_request_t *r;
    ngx_http_pdn_loc_conf_t *plcf;

    r = ctx->request;
    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);

    return r->http_version < NGX_HTTP_VERSION_11 && plcf->http10_buffering
           && r == r->main && r->headers_out.content_length_n < 0;
}


static void
ngx_http_pdn_set_length(ngx_http_pdn_ctx_t *ctx)
{
    ngx_http_request_t *r;

    r = ctx->request;

    if (r->headers_out.content_length == NULL
        && r->headers_out.content_length_n < 0)
    {
        r->headers_out.content_length_n = ctx->output.size;
        ctx->headers_set = 1;
    }
}


ngx_int_t
ngx_http_pdn_send(ngx_http_pdn_ctx_t *ctx, ngx_uint_t last)
{
    ngx_int_t rc;
    ngx_chain_t *out;
    ngx_http_request_t *r;

    r = ctx->request;

    if (ctx->raw) {
        return NGX_OK;
    }

    last = last && !ctx->eof;

    if (!r->header_sent && ngx_http_pdn_must_hold(ctx)) {

        if (!last) {
            ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                           "lua buffering output bufs for the HTTP 1.0 "
                           "request");
            ctx->holding = 1;
            return NGX_OK;
        }

        ctx->whole = 1;
    }

    rc = ngx_http_pdn_send_header(ctx);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        (void) ngx_pdn_output_take(&ctx->output);
        ctx->eof = ctx->eof || last;
        return rc;
    }

    if (last) {
        ctx->eof = 1;
        ctx->holding = 0;

        /* A body that was not read is no next request of the connection. */

        if (ngx_http_discard_request_body(r) != NGX_OK) {
            r->keepalive = 0;
        }

        if (ngx_http_pdn_add_special(ctx, 1) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    out = ngx_pdn_output_take(&ctx->output);

    if (out == NULL) {
        return NGX_OK;
    }

    rc = ngx_http_output_filter(r, out);

    ngx_pdn_output_sent(&ctx->output, r->pool, out);

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_http_pdn_add_special(ngx_http_pdn_ctx_t *ctx, ngx_uint_t last)
{
    ngx_buf_t *b;
    ngx_http_request_t *r;

    r = ctx->request;

    b = ngx_pdn_output_special(&ctx->output, r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    if (!last) {
        b->flush = 1;

    } else if (r == r->main) {
        b->last_buf = 1;

    } else {
        b->last_in_chain = 1;
        b->sync = 1;
    }

    return NGX_OK;
}
