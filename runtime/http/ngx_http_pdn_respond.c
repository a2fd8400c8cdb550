/*
 * SPDX-License-Identifier: MIT
 *
 * A whole response in one call, for who has it ready: the framework.  Headers
 * that never change are prepared once and only linked in by a request.
 */

#include "ngx_http_pdn.h"
#include "ngx_http_pdn_api.h"


/* Strings of the caller, which live as long as the VM. */

typedef struct {
    ngx_str_t name;
    ngx_str_t lowcase;
    ngx_str_t value;
    ngx_uint_t hash;
} ngx_http_pdn_fixed_t;


void ngx_http_pdn_ffi_fix_header(ngx_http_pdn_fixed_t *header);
ngx_int_t ngx_http_pdn_ffi_add_fixed(const ngx_http_pdn_fixed_t *headers,
                                     size_t n, const u_char *last, size_t len,
                                     int64_t number);
ngx_int_t ngx_http_pdn_ffi_respond(ngx_int_t status, const u_char *type,
                                   size_t type_len, const u_char *body,
                                   size_t len);
static ngx_uint_t ngx_http_pdn_has_header(ngx_http_request_t *r,
                                          const ngx_http_pdn_fixed_t *wanted);


/* Computes what nginx wants to know of a header. */
void
ngx_http_pdn_ffi_fix_header(ngx_http_pdn_fixed_t *header)
{
    header->hash = ngx_hash_key(header->lowcase.data, header->lowcase.len);

    if (header->hash == 0) {
        /* nginx takes such a header for a removed one. */
        header->hash = 1;
    }
}


/*
 * Adds those of the headers that the response does not have yet.
 *
 * The last header's value is this request's own, unless `len` is 0: a text,
 * and a number behind it, unless that is negative.
 */
ngx_int_t
ngx_http_pdn_ffi_add_fixed(const ngx_http_pdn_fixed_t *headers, size_t n,
                           const u_char *last, size_t len, int64_t number)
{
    size_t i;
    u_char *p, *end;
    ngx_uint_t bare;
    ngx_table_elt_t *h;
    ngx_http_request_t *r;

    r = ngx_http_pdn_current();

    if (r == NULL) {
        return NGX_PDN_NO_REQUEST;
    }

    p = NULL;
    end = NULL;

    if (len > 0) {
        p = ngx_pnalloc(r->pool, len + NGX_INT64_LEN);
        if (p == NULL) {
            return NGX_ERROR;
        }

        end = ngx_cpymem(p, last, len);

        if (number >= 0) {
            end = ngx_sprintf(end, "%L", number);
        }
    }

    bare = r->headers_out.headers.part.nelts == 0;

    for (i = 0; i < n; i++) {
        if (!bare && ngx_http_pdn_has_header(r, &headers[i])) {
            continue;
        }

        h = ngx_list_push(&r->headers_out.headers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(h, sizeof(ngx_table_elt_t));
        h->hash = headers[i].hash;
        h->key = headers[i].name;
        h->value = headers[i].value;
        h->lowcase_key = headers[i].lowcase.data;

        if (p != NULL && i == n - 1) {
            h->value.data = p;
            h->value.len = end - p;
        }
    }

    return NGX_OK;
}


/*
 * Status, content type (none if empty) and body.  NGX_DECLINED when the
 * headers are already on their way.
 */
ngx_int_t
ngx_http_pdn_ffi_respond(ngx_int_t status, const u_char *type, size_t type_len,
                         const u_char *body, size_t len)
{
    u_char *p;
    const char *err;
    ngx_http_request_t *r;
    ngx_http_pdn_ctx_t *ctx;

    r = ngx_http_pdn_current();

    if (r == NULL) {
        return NGX_PDN_NO_REQUEST;
    }

    if (r->header_sent) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_pdn_ctx(r);
    ctx->headers_set = 1;
    r->headers_out.status = status;

    if (type_len > 0) {
        p = ngx_pnalloc(r->pool, type_len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(p, type, type_len);
        r->headers_out.content_type.data = p;
        r->headers_out.content_type.len = type_len;
        r->headers_out.content_type_len = type_len;

        p = ngx_strlchr(p, p + type_len, ';');

        if (p != NULL) {
            r->headers_out.content_type_len =
                p - r->headers_out.content_type.data;
        }
    }

    ctx->type_set = 1;

    if (status == NGX_HTTP_NO_CONTENT || status == NGX_HTTP_NOT_MODIFIED) {
        return NGX_OK;
    }

    r->headers_out.content_length_n = len;

    if (len == 0 || r->method == NGX_HTTP_HEAD) {
        return NGX_OK;
    }

    return ngx_http_pdn_print(&ctx->host, body, len, &err);
}


static ngx_uint_t
ngx_http_pdn_has_header(ngx_http_request_t *r,
                        const ngx_http_pdn_fixed_t *wanted)
{
    ngx_uint_t i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &r->headers_out.headers.part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash != 0 && h[i].key.len == wanted->name.len
                && ngx_strncasecmp(h[i].key.data, wanted->name.data,
                                   wanted->name.len)
                       == 0)
            {
                return 1;
            }
        }
    }

    return 0;
}
