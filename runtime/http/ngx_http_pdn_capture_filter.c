/*
 * SPDX-License-Identifier: MIT
 *
 * The filters that keep what a captured subrequest answers, whoever makes the
 * answer.  They stand below those of the user's Lua code, which see it first,
 * and above all of nginx's, which never do.
 */

#include "ngx_http_pdn_capture.h"


/* The first allocation for a body that did not say how long it is. */
#define NGX_HTTP_PDN_BODY_SIZE 4096

/* A Content-Length is believed up to here; beyond, the body must come. */
#define NGX_HTTP_PDN_BODY_TRUST 1048576


static ngx_int_t ngx_http_pdn_capture_header(ngx_http_request_t *r);
static ngx_int_t ngx_http_pdn_capture_body(ngx_http_request_t *r,
                                           ngx_chain_t *in);
static ngx_int_t ngx_http_pdn_sub_keep(ngx_http_pdn_sub_t *sub, ngx_buf_t *b);
static ngx_int_t ngx_http_pdn_sub_grow(ngx_http_pdn_sub_t *sub, size_t len);


static ngx_http_output_header_filter_pt ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt ngx_http_next_body_filter;


void
ngx_http_pdn_capture_filter_init(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_pdn_capture_header;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_pdn_capture_body;
}


static ngx_int_t
ngx_http_pdn_capture_header(ngx_http_request_t *r)
{
    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua capture header filter, uri \"%V\"", &r->uri);

    if (r->parent == NULL || ngx_http_pdn_sub(r) == NULL) {
        return ngx_http_next_header_filter(r);
    }

    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua capturing response body");

    r->filter_need_in_memory = 1;
    r->header_sent = 1;
    r->header_only = r->header_only || r->method == NGX_HTTP_HEAD;

    return NGX_OK;
}


static ngx_int_t
ngx_http_pdn_capture_body(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_chain_t *cl;
    ngx_http_pdn_sub_t *sub;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua capture body filter, uri \"%V\"", &r->uri);

    sub = in != NULL && r->parent != NULL ? ngx_http_pdn_sub(r) : NULL;

    if (sub == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    for (cl = in; cl != NULL; cl = cl->next) {

        if (!sub->ended && ngx_http_pdn_sub_keep(sub, cl->buf) != NGX_OK) {
            return NGX_ERROR;
        }

        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_pdn_sub_keep(ngx_http_pdn_sub_t *sub, ngx_buf_t *b)
{
    size_t len;

    if (b->last_buf || b->last_in_chain) {
        sub->whole = 1;
    }

    if (!ngx_buf_in_memory(b) || sub->capture->wait.task == NULL) {
        return NGX_OK;
    }

    len = b->last - b->pos;

    if (len > sub->size - sub->len && ngx_http_pdn_sub_grow(sub, len) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (len > 0) {
        ngx_memcpy(sub->body + sub->len, b->pos, len);
        sub->len += len;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_pdn_sub_grow(ngx_http_pdn_sub_t *sub, size_t len)
{
    off_t told;
    u_char *body;
    size_t size;

    size = ngx_max(sub->size * 2, sub->len + len);
    told = sub->request->headers_out.content_length_n;

    if (sub->size == 0) {
        size = told > 0 ? (size_t) ngx_min(told, NGX_HTTP_PDN_BODY_TRUST)
                        : NGX_HTTP_PDN_BODY_SIZE;
        size = ngx_max(size, len);
    }

    body = realloc(sub->body, size);

    if (body == NULL) {
        ngx_log_error(NGX_LOG_EMERG, sub->request->connection->log, ngx_errno,
                      "no memory for the body of a subrequest: %uz bytes",
                      size);
        return NGX_ERROR;
    }

    sub->body = body;
    sub->size = size;

    return NGX_OK;
}
