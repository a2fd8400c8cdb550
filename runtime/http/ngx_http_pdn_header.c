/*
 * SPDX-License-Identifier: MIT
 *
 * What headers of both directions have in common: the door from Lua, and
 * the escape of bytes that would end a header's line.
 */

#include "ngx_http_pdn_api.h"
#include "ngx_pdn_uri.h"


ngx_int_t ngx_http_pdn_ffi_set_header(ngx_int_t in, const u_char *name,
                                      size_t len, const ngx_str_t *values,
                                      ngx_int_t n, ngx_int_t add);

static ngx_uint_t ngx_http_pdn_bad_name_char(u_char ch);
static ngx_int_t ngx_http_pdn_copy_name(ngx_pool_t *pool, ngx_str_t *dst,
                                        const u_char *src, size_t len,
                                        ngx_uint_t dashes);
static ngx_int_t ngx_http_pdn_set_headers(ngx_http_request_t *r, ngx_int_t in,
                                          ngx_str_t *name,
                                          const ngx_str_t *values, ngx_int_t n,
                                          ngx_int_t add);


ngx_int_t
ngx_http_pdn_enter_api(ngx_uint_t phases, ngx_http_request_t **r)
{
    ngx_int_t rc;

    rc = ngx_pdn_allowed(phases);
    if (rc != NGX_OK) {
        return rc;
    }

    *r = ngx_http_pdn_current();

    return *r ? NGX_OK : NGX_PDN_NO_REQUEST;
}


ngx_int_t
ngx_http_pdn_copy_value(ngx_pool_t *pool, ngx_str_t *dst, const u_char *src,
                        size_t len)
{
    dst->len = ngx_pdn_escape(NULL, src, len, NGX_PDN_ESCAPE_HEADER);
    dst->data = ngx_pnalloc(pool, dst->len + 1);

    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    if (dst->len == len) {
        ngx_memcpy(dst->data, src, len);

    } else {
        (void) ngx_pdn_escape(dst->data, src, len, NGX_PDN_ESCAPE_HEADER);
    }

    dst->data[dst->len] = '\0';

    return NGX_OK;
}


/* All but RFC 9110's tokens and the single quote. */
static ngx_uint_t
ngx_http_pdn_bad_name_char(u_char ch)
{
    static const uint32_t bad[] = {
        0xffffffff, /* control characters */
        0xfc009305, /* ? > = < ; : / , ) ( " and space */
        0x38000001, /* ] \ [ @ */
        0xa8000000, /* DEL } { */
        0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff
    };

    return bad[ch >> 5] >> (ch & 0x1f) & 1;
}


static ngx_int_t
ngx_http_pdn_copy_name(ngx_pool_t *pool, ngx_str_t *dst, const u_char *src,
                       size_t len, ngx_uint_t dashes)
{
    u_char *p;
    size_t i;

    p = ngx_pnalloc(pool, len * 3 + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    dst->data = p;

    for (i = 0; i < len; i++) {

        if (dashes && src[i] == '_') {
            *p++ = '-';

        } else if (ngx_http_pdn_bad_name_char(src[i])) {
            p = ngx_sprintf(p, "%%%02Xd", src[i]);

        } else {
            *p++ = src[i];
        }
    }

    *p = '\0';
    dst->len = p - dst->data;

    return NGX_OK;
}


/*
 * Sets a header of the request (`in`) or the response to `n` values; none
 * removes it.  NGX_DECLINED: it is too late, or HTTP/0.9 has no headers.
 */
ngx_int_t
ngx_http_pdn_ffi_set_header(ngx_int_t in, const u_char *name, size_t len,
                            const ngx_str_t *values, ngx_int_t n, ngx_int_t add)
{
    ngx_int_t rc;
    ngx_str_t key;
    ngx_http_request_t *r;
    ngx_http_pdn_loc_conf_t *plcf;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (in && r->http_version < NGX_HTTP_VERSION_10) {
        return NGX_DECLINED;
    }

    if (!in && r->header_sent) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "attempt to set ngx.header.HEADER after sending out "
                      "response headers");
        return NGX_DECLINED;
    }

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);

    if (ngx_http_pdn_copy_name(r->pool, &key, name, len,
                               !in && plcf->transform_underscores)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_pdn_set_headers(r, in, &key, values, n, add);
}


static ngx_int_t
ngx_http_pdn_set_headers(ngx_http_request_t *r, ngx_int_t in, ngx_str_t *name,
                         const ngx_str_t *values, ngx_int_t n, ngx_int_t add)
{
    ngx_int_t i, rc;
    ngx_str_t value;

    ngx_str_null(&value);
    rc = NGX_OK;

    if (n == 0) {
        rc = in ? ngx_http_pdn_set_header_in(r, name, &value, 0)
                : ngx_http_pdn_set_header_out(r, name, &value, 0);
    }

    for (i = 0; i < n && rc == NGX_OK; i++) {

        if (ngx_http_pdn_copy_value(r->pool, &value, values[i].data,
                                    values[i].len)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        rc = in ? ngx_http_pdn_set_header_in(r, name, &value, add || i > 0)
                : ngx_http_pdn_set_header_out(r, name, &value, add || i > 0);
    }

    return rc == NGX_OK ? NGX_OK : NGX_ERROR;
}
