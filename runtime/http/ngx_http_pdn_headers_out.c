/*
 * SPDX-License-Identifier: MIT
 *
 * The response's headers: ngx.header, ngx.resp.  Headers that nginx keeps a
 * field of in r->headers_out are rows of a table.
 */

#include "ngx_http_pdn_api.h"


typedef struct ngx_http_pdn_out_row_s ngx_http_pdn_out_row_t;

typedef ngx_int_t (*ngx_http_pdn_out_pt)(ngx_http_request_t *r,
                                         const ngx_http_pdn_out_row_t *row,
                                         ngx_str_t *name, ngx_str_t *value,
                                         ngx_uint_t add);

struct ngx_http_pdn_out_row_s {
    ngx_str_t name;
    size_t offset;
    ngx_http_pdn_out_pt set;
};


ngx_int_t ngx_http_pdn_ffi_header_out(const u_char *name, size_t len,
                                      ngx_str_t *values, ngx_int_t max);
ngx_int_t ngx_http_pdn_ffi_headers_out(ngx_http_pdn_pair_t *pairs,
                                       ngx_int_t max, ngx_int_t limit);

static ngx_int_t ngx_http_pdn_set_field(ngx_http_request_t *r,
                                        const ngx_http_pdn_out_row_t *row,
                                        ngx_str_t *name, ngx_str_t *value,
                                        ngx_uint_t add);
static ngx_int_t ngx_http_pdn_set_fields(ngx_http_request_t *r,
                                         const ngx_http_pdn_out_row_t *row,
                                         ngx_str_t *name, ngx_str_t *value,
                                         ngx_uint_t add);
static ngx_int_t ngx_http_pdn_set_type(ngx_http_request_t *r,
                                       const ngx_http_pdn_out_row_t *row,
                                       ngx_str_t *name, ngx_str_t *value,
                                       ngx_uint_t add);
static ngx_int_t ngx_http_pdn_set_size(ngx_http_request_t *r,
                                       const ngx_http_pdn_out_row_t *row,
                                       ngx_str_t *name, ngx_str_t *value,
                                       ngx_uint_t add);
static ngx_int_t ngx_http_pdn_set_modified(ngx_http_request_t *r,
                                           const ngx_http_pdn_out_row_t *row,
                                           ngx_str_t *name, ngx_str_t *value,
                                           ngx_uint_t add);
static ngx_int_t ngx_http_pdn_set_location(ngx_http_request_t *r,
                                           const ngx_http_pdn_out_row_t *row,
                                           ngx_str_t *name, ngx_str_t *value,
                                           ngx_uint_t add);
static ngx_table_elt_t *ngx_http_pdn_put_out(ngx_http_request_t *r,
                                             ngx_str_t *name, ngx_str_t *value,
                                             ngx_uint_t add);
static ngx_int_t ngx_http_pdn_special_out(ngx_http_request_t *r,
                                          ngx_str_t *name, ngx_str_t *value);
static ngx_uint_t ngx_http_pdn_same(ngx_str_t *a, ngx_str_t *b);


/* clang-format off */

#define FIELD(name, field, set)                                               \
    { ngx_string(name), offsetof(ngx_http_headers_out_t, field), set }

static const ngx_http_pdn_out_row_t  ngx_http_pdn_out_rows[] = {
    FIELD("Server",           server,           ngx_http_pdn_set_field),
    FIELD("Date",             date,             ngx_http_pdn_set_field),
    FIELD("Content-Encoding", content_encoding, ngx_http_pdn_set_field),
    FIELD("Location",         location,         ngx_http_pdn_set_location),
    FIELD("Refresh",          refresh,          ngx_http_pdn_set_field),
    FIELD("Last-Modified",    last_modified,    ngx_http_pdn_set_modified),
    FIELD("Content-Range",    content_range,    ngx_http_pdn_set_field),
    FIELD("Accept-Ranges",    accept_ranges,    ngx_http_pdn_set_field),
    FIELD("WWW-Authenticate", www_authenticate, ngx_http_pdn_set_field),
    FIELD("Expires",          expires,          ngx_http_pdn_set_field),
    FIELD("ETag",             etag,             ngx_http_pdn_set_field),
    FIELD("E-Tag",            etag,             ngx_http_pdn_set_field),
    FIELD("Content-Length",   content_length,   ngx_http_pdn_set_size),
    FIELD("Content-Type",     content_type,     ngx_http_pdn_set_type),
    FIELD("Cache-Control",    cache_control,    ngx_http_pdn_set_fields),
    FIELD("Link",             link,             ngx_http_pdn_set_fields),
    { ngx_null_string, 0, NULL }
};

/* clang-format on */


ngx_int_t
ngx_http_pdn_set_header_out(ngx_http_request_t *r, ngx_str_t *name,
                            ngx_str_t *value, ngx_uint_t add)
{
    ngx_http_pdn_ctx_t *ctx;
    const ngx_http_pdn_out_row_t *row;

    ctx = ngx_http_pdn_ctx(r);
    if (ctx != NULL) {
        ctx->headers_set = 1;
    }

    for (row = ngx_http_pdn_out_rows; row->name.len; row++) {
        if (ngx_http_pdn_same(name, (ngx_str_t *) &row->name)) {
            return row->set(r, row, name, value, add);
        }
    }

    if (value->len == 0 && add) {
        return NGX_OK;
    }

    return ngx_http_pdn_put_out(r, name, value, add) ? NGX_OK : NGX_ERROR;
}


static ngx_uint_t
ngx_http_pdn_same(ngx_str_t *a, ngx_str_t *b)
{
    return a->len == b->len && ngx_strncasecmp(a->data, b->data, a->len) == 0;
}


/*
 * The element that has the value now.  When removed it is one that nginx
 * does not send; so a field that points to it keeps nginx from sending its
 * own, as of Server and Date.
 */
static ngx_table_elt_t *
ngx_http_pdn_put_out(ngx_http_request_t *r, ngx_str_t *name, ngx_str_t *value,
                     ngx_uint_t add)
{
    ngx_uint_t i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h, *first;

    first = NULL;

    for (part = &r->headers_out.headers.part; part && !add; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == 0 || !ngx_http_pdn_same(&h[i].key, name)) {
                continue;
            }

            h[i].hash = first == NULL && value->len ? 1 : 0;

            if (first == NULL) {
                h[i].value = *value;
                first = &h[i];
            }
        }
    }

    if (first != NULL) {
        return first;
    }

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = value->len ? 1 : 0;
    h->key = *name;
    h->value = *value;
    h->lowcase_key = ngx_pnalloc(r->pool, name->len + 1);
    if (h->lowcase_key == NULL) {
        h->hash = 0;
        return NULL;
    }

    ngx_strlow(h->lowcase_key, name->data, name->len);

    return h;
}


static ngx_int_t
ngx_http_pdn_set_field(ngx_http_request_t *r, const ngx_http_pdn_out_row_t *row,
                       ngx_str_t *name, ngx_str_t *value, ngx_uint_t add)
{
    ngx_table_elt_t *h, **field;

    h = ngx_http_pdn_put_out(r, name, value, add);
    if (h == NULL) {
        return NGX_ERROR;
    }

    field = (ngx_table_elt_t **) ((char *) &r->headers_out + row->offset);

    if (*field != NULL && *field != h && !add) {
        (*field)->hash = 0;
    }

    *field = h;

    return NGX_OK;
}


/* A header of which nginx keeps all. */
static ngx_int_t
ngx_http_pdn_set_fields(ngx_http_request_t *r,
                        const ngx_http_pdn_out_row_t *row, ngx_str_t *name,
                        ngx_str_t *value, ngx_uint_t add)
{
    ngx_table_elt_t *h;

#if (nginx_version < 1023000)
    ngx_array_t *fields;
    ngx_table_elt_t **field;

    fields = (ngx_array_t *) ((char *) &r->headers_out + row->offset);

    if (fields->elts == NULL
        && ngx_array_init(fields, r->pool, 2, sizeof(ngx_table_elt_t *))
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = ngx_http_pdn_put_out(r, name, value, add);

    if (!add) {
        fields->nelts = 0;
    }

    field = h != NULL && value->len ? ngx_array_push(fields) : NULL;

    if (field != NULL) {
        *field = h;
    }

    return h != NULL && (field != NULL || value->len == 0) ? NGX_OK : NGX_ERROR;
#else
    ngx_table_elt_t **field;

    h = ngx_http_pdn_put_out(r, name, value, add);
    if (h == NULL) {
        return NGX_ERROR;
    }

    field = (ngx_table_elt_t **) ((char *) &r->headers_out + row->offset);

    while (add && *field != NULL) {
        field = &(*field)->next;
    }

    h->next = NULL;
    *field = value->len ? h : NULL;

    return NGX_OK;
#endif
}


static ngx_int_t
ngx_http_pdn_set_location(ngx_http_request_t *r,
                          const ngx_http_pdn_out_row_t *row, ngx_str_t *name,
                          ngx_str_t *value, ngx_uint_t add)
{
    if (r->headers_out.location != NULL
        && r->headers_out.location->key.len == 0) {
        /* nginx leaves its own nameless, its filter knows it by the field */
        r->headers_out.location->hash = 0;
        r->headers_out.location = NULL;
    }

    if (ngx_http_pdn_set_field(r, row, name, value, add) != NGX_OK) {
        return NGX_ERROR;
    }

    if (value->len == 0 || value->data[0] == '/') {
        /* The field would make nginx put scheme and host before it. */
        r->headers_out.location = NULL;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_pdn_set_modified(ngx_http_request_t *r,
                          const ngx_http_pdn_out_row_t *row, ngx_str_t *name,
                          ngx_str_t *value, ngx_uint_t add)
{
    r->headers_out.last_modified_time = value->len ? ngx_parse_http_time(
                                            value->data, value->len)
                                                   : -1;

    return ngx_http_pdn_set_field(r, row, name, value, add);
}


static ngx_int_t
ngx_http_pdn_set_size(ngx_http_request_t *r, const ngx_http_pdn_out_row_t *row,
                      ngx_str_t *name, ngx_str_t *value, ngx_uint_t add)
{
    off_t n;

    (void) add;

    n = -1;

    if (value->len) {
        n = ngx_atoof(value->data, value->len);

        if (n < 0) {
            return NGX_DECLINED;
        }
    }

    if (ngx_http_pdn_set_field(r, row, name, value, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    r->headers_out.content_length_n = n;

    if (n < 0) {
        r->headers_out.content_length = NULL;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_pdn_set_type(ngx_http_request_t *r, const ngx_http_pdn_out_row_t *row,
                      ngx_str_t *name, ngx_str_t *value, ngx_uint_t add)
{
    u_char *p;
    ngx_http_pdn_ctx_t *ctx;

    (void) row;
    (void) name;
    (void) add;

    p = ngx_strlchr(value->data, value->data + value->len, ';');

    r->headers_out.content_type = *value;
    r->headers_out.content_type_len = p ? (size_t) (p - value->data)
                                        : value->len;
    r->headers_out.content_type_hash = 0;
    r->headers_out.content_type_lowcase = NULL;

    ctx = ngx_http_pdn_ctx(r);
    if (ctx != NULL) {
        ctx->type_set = 1;
    }

    return NGX_OK;
}


/* Reading */

/* The number of values of that name, of which up to `max` are given. */
ngx_int_t
ngx_http_pdn_ffi_header_out(const u_char *name, size_t len, ngx_str_t *values,
                            ngx_int_t max)
{
    u_char key_buf[128];
    size_t i;
    ngx_int_t n, rc;
    ngx_str_t key;
    ngx_uint_t j;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;
    ngx_http_request_t *r;
    ngx_http_pdn_loc_conf_t *plcf;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);
    if (rc != NGX_OK) {
        return rc;
    }

    key.data = (u_char *) name;
    key.len = len;
    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);

    if (plcf->transform_underscores && len <= sizeof(key_buf)) {
        for (i = 0; i < len; i++) {
            key_buf[i] = name[i] == '_' ? '-' : name[i];
        }

        key.data = key_buf;
    }

    rc = ngx_http_pdn_special_out(r, &key, values);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    n = 0;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (j = 0; j < part->nelts && n < max; j++) {
            if (h[j].hash != 0 && ngx_http_pdn_same(&h[j].key, &key)) {
                values[n++] = h[j].value;
            }
        }
    }

    return n;
}


/* Those that nginx makes of fields when it sends; NGX_DECLINED: others. */
static ngx_int_t
ngx_http_pdn_special_out(ngx_http_request_t *r, ngx_str_t *name,
                         ngx_str_t *value)
{
    ngx_str_t size = ngx_string("Content-Length");
    ngx_str_t type = ngx_string("Content-Type");
    ngx_str_t modified = ngx_string("Last-Modified");

    if (ngx_http_pdn_same(name, &type)) {
        *value = r->headers_out.content_type;
        return value->len ? 1 : 0;
    }

    if (ngx_http_pdn_same(name, &size) && r->headers_out.content_length == NULL
        && r->headers_out.content_length_n >= 0)
    {
        value->data = ngx_pnalloc(r->pool, NGX_OFF_T_LEN);
        if (value->data == NULL) {
            return NGX_ERROR;
        }

        value->len = ngx_sprintf(value->data, "%O",
                                 r->headers_out.content_length_n)
                     - value->data;
        return 1;
    }

    if (ngx_http_pdn_same(name, &modified)
        && r->headers_out.last_modified_time >= 0)
    {
        value->data = ngx_pnalloc(r->pool,
                                  sizeof("Mon, 28 Sep 1970 06:00:00 GMT"));
        if (value->data == NULL) {
            return NGX_ERROR;
        }

        value->len = ngx_http_time(value->data,
                                   r->headers_out.last_modified_time)
                     - value->data;
        return 1;
    }

    return NGX_DECLINED;
}


/* All headers, with those that nginx adds when it sends. */
ngx_int_t
ngx_http_pdn_ffi_headers_out(ngx_http_pdn_pair_t *pairs, ngx_int_t max,
                             ngx_int_t limit)
{
    ngx_int_t n, rc;
    ngx_str_t value;
    ngx_uint_t i, j;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;
    ngx_http_request_t *r;

    static ngx_str_t made[] = {
        ngx_string("content-type"),
        ngx_string("content-length"),
        ngx_string("connection"),
        ngx_string("transfer-encoding"),
    };

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);
    if (rc != NGX_OK) {
        return rc;
    }

    n = 0;

    for (i = 0; i < 4; i++) {
        ngx_str_null(&value);

        if (i < 2) {
            rc = ngx_http_pdn_special_out(r, &made[i], &value);

            if (rc == NGX_ERROR) {
                return NGX_ERROR;
            }

        } else if (i == 3) {
            if (r->chunked) {
                ngx_str_set(&value, "chunked");
            }

        } else if (r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS) {
            ngx_str_set(&value, "upgrade");

        } else if (r->keepalive) {
            ngx_str_set(&value, "keep-alive");

        } else {
            ngx_str_set(&value, "close");
        }

        if (value.len != 0) {
            if (n < max) {
                pairs[n].key = made[i];
                pairs[n].value = value;
            }

            n++;
        }
    }

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (j = 0; j < part->nelts; j++) {
            if (h[j].hash == 0) {
                continue;
            }

            if (n < max) {
                pairs[n].key = h[j].key;
                pairs[n].value = h[j].value;
            }

            n++;
        }
    }

    if (limit > 0 && n > limit) {
        ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "lua exceeding response header limit %i > %i", n, limit);
    }

    return n;
}
