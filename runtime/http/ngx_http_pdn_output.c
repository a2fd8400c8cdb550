/*
 * SPDX-License-Identifier: MIT
 *
 * What is printed gathers in one chain and goes through nginx's filters when
 * the code waits, flushes or ends, or when the chain has grown: twenty prints
 * cost one pass.
 */

#include "ngx_http_pdn_output.h"


/* A chain of this size is sent without being asked. */
#define NGX_HTTP_PDN_OUT_MAX 65536

/* Small pieces share a buffer of this size. */
#define NGX_HTTP_PDN_OUT_BUF 4096


static ngx_uint_t ngx_http_pdn_must_hold(ngx_http_pdn_ctx_t *ctx);
static ngx_buf_t *ngx_http_pdn_out_buf(ngx_http_pdn_ctx_t *ctx, size_t len);
static void ngx_http_pdn_set_length(ngx_http_pdn_ctx_t *ctx);


const char ngx_http_pdn_raw_text[] = "raw request socket acquired";


int
ngx_http_pdn_result(lua_State *L, ngx_int_t rc, const char *err)
{
    if (rc == NGX_ERROR) {
        lua_pushnil(L);
        lua_pushstring(L, err);
        return 2;
    }

    lua_pushinteger(L, 1);

    return 1;
}


ngx_int_t
ngx_http_pdn_can_print(ngx_http_pdn_ctx_t *ctx, const char **err)
{
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
ngx_http_pdn_print(ngx_http_pdn_ctx_t *ctx, const u_char *data, size_t len,
                   const char **err)
{
    ngx_buf_t *b;

    if (len == 0) {
        return NGX_OK;
    }

    b = ngx_http_pdn_out_buf(ctx, len);
    if (b == NULL) {
        *err = "no memory";
        return NGX_ERROR;
    }

    b->last = ngx_cpymem(b->last, data, len);
    ctx->out_size += len;

    if (ctx->out_size < NGX_HTTP_PDN_OUT_MAX || ctx->holding) {
        return NGX_OK;
    }

    if (ngx_http_pdn_send(ctx, 0) == NGX_ERROR) {
        *err = "nginx output filter error";
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A buffer of the output chain with room for `len` bytes. */
static ngx_buf_t *
ngx_http_pdn_out_buf(ngx_http_pdn_ctx_t *ctx, size_t len)
{
    ngx_buf_t *b;
    ngx_chain_t *cl;
    ngx_http_request_t *r;

    r = ctx->request;

    if (ctx->out_tail != NULL
        && (size_t) (ctx->out_tail->end - ctx->out_tail->last) >= len)
    {
        return ctx->out_tail;
    }

    if (ctx->free != NULL
        && (size_t) (ctx->free->buf->end - ctx->free->buf->start) >= len)
    {
        cl = ctx->free;
        ctx->free = cl->next;
        b = cl->buf;
        b->pos = b->start;
        b->last = b->start;

    } else {
        cl = ngx_alloc_chain_link(r->pool);
        b = ngx_create_temp_buf(r->pool, ngx_max(len, NGX_HTTP_PDN_OUT_BUF));
        if (cl == NULL || b == NULL) {
            return NULL;
        }

        b->tag = (ngx_buf_tag_t) &ngx_http_pandan_module;
        cl->buf = b;
    }

    b->flush = 0;
    cl->next = NULL;

    *ctx->last_out = cl;
    ctx->last_out = &cl->next;
    ctx->out_tail = b;

    return b;
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
        r->headers_out.content_length_n = ctx->out_size;
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
        ctx->out = NULL;
        ctx->last_out = &ctx->out;
        ctx->out_tail = NULL;
        ctx->out_size = 0;
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

    if (ctx->out == NULL) {
        return NGX_OK;
    }

    out = ctx->out;
    ctx->out = NULL;
    ctx->last_out = &ctx->out;
    ctx->out_tail = NULL;
    ctx->out_size = 0;

    rc = ngx_http_output_filter(r, out);

    ngx_chain_update_chains(r->pool, &ctx->free, &ctx->busy, &out,
                            (ngx_buf_tag_t) &ngx_http_pandan_module);

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_http_pdn_add_special(ngx_http_pdn_ctx_t *ctx, ngx_uint_t last)
{
    ngx_buf_t *b;
    ngx_chain_t *cl;
    ngx_http_request_t *r;

    r = ctx->request;

    cl = ngx_alloc_chain_link(r->pool);
    b = ngx_calloc_buf(r->pool);

    if (cl == NULL || b == NULL) {
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

    cl->buf = b;
    cl->next = NULL;

    *ctx->last_out = cl;
    ctx->last_out = &cl->next;
    ctx->out_tail = NULL;

    return NGX_OK;
}
