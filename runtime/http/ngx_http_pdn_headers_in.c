/*
 * SPDX-License-Identifier: MIT
 *
 * The request's headers: read and changed.  nginx's own table of header
 * lines tells which of them have a field in r->headers_in, and its handlers
 * fill that field again.
 */

#include "ngx_http_pdn_api.h"


/* A row's field is an array of headers; lists since nginx 1.23. */

#if (nginx_version < 1023000)
#define ngx_http_pdn_is_array(row)                                             \
    ((row)->offset == offsetof(ngx_http_headers_in_t, cookies)                 \
     || (row)->offset == offsetof(ngx_http_headers_in_t, x_forwarded_for))
#else
#define ngx_http_pdn_is_array(row) 0
#endif


ngx_int_t ngx_http_pdn_ffi_headers_in(ngx_http_pdn_pair_t *pairs, ngx_int_t max,
                                      ngx_int_t raw, ngx_int_t limit);
ngx_int_t ngx_http_pdn_ffi_header_in(const u_char *name, size_t len,
                                     ngx_str_t *value);

static ngx_int_t ngx_http_pdn_check_in(ngx_http_request_t *r,
                                       ngx_http_header_t *row,
                                       ngx_str_t *value);
static ngx_int_t ngx_http_pdn_set_host(ngx_http_request_t *r, ngx_str_t *value);
static ngx_int_t ngx_http_pdn_host_name(ngx_pool_t *pool, ngx_str_t *host);
static ngx_int_t ngx_http_pdn_replace_in(ngx_http_request_t *r, ngx_str_t *name,
                                         u_char *lowcase, ngx_str_t *value);
static ngx_int_t ngx_http_pdn_push_in(ngx_http_request_t *r, ngx_str_t *name,
                                      u_char *lowcase, ngx_str_t *value);
static ngx_int_t ngx_http_pdn_drop_in(ngx_http_request_t *r, u_char *lowcase,
                                      size_t len, ngx_uint_t keep);
static void ngx_http_pdn_move_field(ngx_http_request_t *r,
                                    ngx_table_elt_t *from, ngx_table_elt_t *to);
static void ngx_http_pdn_clear_field(ngx_http_request_t *r,
                                     ngx_http_header_t *row);
static ngx_int_t ngx_http_pdn_fill_field(ngx_http_request_t *r,
                                         ngx_http_header_t *row,
                                         u_char *lowcase, size_t len);
static ngx_table_elt_t *ngx_http_pdn_each(ngx_list_part_t **part,
                                          ngx_uint_t *i);


/*
 * Fills in up to `max` headers, answers how many there are.  The caller will
 * show `limit` of them, all if that is 0.
 */
ngx_int_t
ngx_http_pdn_ffi_headers_in(ngx_http_pdn_pair_t *pairs, ngx_int_t max,
                            ngx_int_t raw, ngx_int_t limit)
{
    ngx_int_t n, rc;
    ngx_uint_t i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;
    ngx_http_request_t *r;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);
    if (rc != NGX_OK) {
        return rc;
    }

    n = 0;
    i = 0;
    part = &r->headers_in.headers.part;

    while ((h = ngx_http_pdn_each(&part, &i)) != NULL) {
        if (n < max) {
            pairs[n].key.data = raw ? h->key.data : h->lowcase_key;
            pairs[n].key.len = h->key.len;
            pairs[n].value = h->value;
        }

        n++;
    }

    if (limit > 0 && n > limit) {
        ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "lua exceeding request header limit %i > %i", n, limit);
    }

    return n;
}


/* The first header of a lower-case name; NGX_DECLINED: there is none. */
ngx_int_t
ngx_http_pdn_ffi_header_in(const u_char *name, size_t len, ngx_str_t *value)
{
    ngx_int_t rc;
    ngx_uint_t i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;
    ngx_http_request_t *r;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);
    if (rc != NGX_OK) {
        return rc;
    }

    i = 0;
    part = &r->headers_in.headers.part;

    while ((h = ngx_http_pdn_each(&part, &i)) != NULL) {
        if (h->key.len == len && ngx_memcmp(h->lowcase_key, name, len) == 0) {
            *value = h->value;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/* The next element of a list, whose parts may be empty. */
static ngx_table_elt_t *
ngx_http_pdn_each(ngx_list_part_t **part, ngx_uint_t *i)
{
    ngx_table_elt_t *h;

    while (*part != NULL && *i >= (*part)->nelts) {
        *part = (*part)->next;
        *i = 0;
    }

    if (*part == NULL) {
        return NULL;
    }

    h = (*part)->elts;

    return &h[(*i)++];
}


ngx_int_t
ngx_http_pdn_set_header_in(ngx_http_request_t *r, ngx_str_t *name,
                           ngx_str_t *value, ngx_uint_t add)
{
    u_char *lowcase;
    ngx_int_t rc;
    ngx_uint_t hash;
    ngx_http_header_t *row;
    ngx_http_core_main_conf_t *cmcf;

    if (r->headers_in.headers.last == NULL) {
        /* The request's line was bad, so nginx has not begun the list. */
        return NGX_OK;
    }

    lowcase = ngx_pnalloc(r->pool, name->len + 1);
    if (lowcase == NULL) {
        return NGX_ERROR;
    }

    hash = ngx_hash_strlow(lowcase, name->data, name->len);

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    row = ngx_hash_find(&cmcf->headers_in_hash, hash, lowcase, name->len);

    rc = row ? ngx_http_pdn_check_in(r, row, value) : NGX_OK;
    if (rc != NGX_OK) {
        return rc;
    }

    if (add) {
        rc = ngx_http_pdn_push_in(r, name, lowcase, value);

    } else {
        rc = ngx_http_pdn_replace_in(r, name, lowcase, value);
    }

    if (rc == NGX_OK && row != NULL) {
        ngx_http_pdn_clear_field(r, row);
        rc = ngx_http_pdn_fill_field(r, row, lowcase, name->len);
    }

    return rc;
}


ngx_int_t
ngx_http_pdn_copy_headers_in(ngx_http_request_t *sr, ngx_http_request_t *r)
{
    void *field;
    ngx_uint_t i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h, *copy;
    ngx_http_header_t *row;

    sr->headers_in = r->headers_in;

    if (ngx_list_init(&sr->headers_in.headers, sr->pool, 16,
                      sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    i = 0;
    part = &r->headers_in.headers.part;

    while ((h = ngx_http_pdn_each(&part, &i)) != NULL) {
        copy = ngx_list_push(&sr->headers_in.headers);
        if (copy == NULL) {
            return NGX_ERROR;
        }

        *copy = *h;
    }

    for (row = ngx_http_headers_in; row->name.len; row++) {
        field = (char *) &sr->headers_in + row->offset;

        if (ngx_http_pdn_is_array(row)) {
            ngx_memzero(field, sizeof(ngx_array_t));

        } else if (*(ngx_table_elt_t **) field == NULL) {
            continue;

        } else {
            *(ngx_table_elt_t **) field = NULL;
        }

        if (ngx_http_pdn_fill_field(sr, row, row->name.data, row->name.len)
            != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* What nginx derives from a value besides the field itself. */
static ngx_int_t
ngx_http_pdn_check_in(ngx_http_request_t *r, ngx_http_header_t *row,
                      ngx_str_t *value)
{
    off_t n;

    switch (row->offset) {

    case offsetof(ngx_http_headers_in_t, host):
        return ngx_http_pdn_set_host(r, value);

    case offsetof(ngx_http_headers_in_t, content_length):
        n = value->len ? ngx_atoof(value->data, value->len) : -1;

        if (n < 0 && value->len) {
            return NGX_DECLINED;
        }

        r->headers_in.content_length_n = n;
        return NGX_OK;

    case offsetof(ngx_http_headers_in_t, connection):
        r->headers_in.connection_type = 0;
        return NGX_OK;

    case offsetof(ngx_http_headers_in_t, user_agent):
        r->headers_in.msie = 0;
        r->headers_in.msie6 = 0;
        r->headers_in.opera = 0;
        r->headers_in.gecko = 0;
        r->headers_in.chrome = 0;
        r->headers_in.safari = 0;
        r->headers_in.konqueror = 0;
        return NGX_OK;

    default:
        return NGX_OK;
    }
}


static ngx_int_t
ngx_http_pdn_set_host(ngx_http_request_t *r, ngx_str_t *value)
{
    ngx_int_t rc;
    ngx_str_t host, name;
    ngx_http_variable_t *v;
    ngx_http_core_main_conf_t *cmcf;

    host = *value;

    rc = host.len ? ngx_http_pdn_host_name(r->pool, &host) : NGX_OK;
    if (rc != NGX_OK) {
        return rc;
    }

    r->headers_in.server = host;

    /* $host may have been computed from the old name */

    ngx_str_set(&name, "host");
    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    v = ngx_hash_find(&cmcf->variables_hash, ngx_hash_key(name.data, name.len),
                      name.data, name.len);

    if (v != NULL && v->flags & NGX_HTTP_VAR_INDEXED) {
        r->variables[v->index].valid = 0;
        r->variables[v->index].not_found = 0;
    }

    return NGX_OK;
}


/* The name without port and trailing dot, in lower case. */
static ngx_int_t
ngx_http_pdn_host_name(ngx_pool_t *pool, ngx_str_t *host)
{
    u_char *p, *lower, c;
    size_t i, len;

    p = host->data;
    len = host->len;

    for (i = 0; i < host->len; i++) {
        c = p[i];

        if (c <= 0x20 || c == 0x7f || c == '/'
            || (c == '.' && i > 0 && p[i - 1] == '.'))
        {
            return NGX_DECLINED;
        }

        if (c == ']' && p[0] == '[') {
            len = i + 1;

        } else if (c == ':' && p[0] != '[' && len == host->len) {
            len = i;
        }
    }

    if (len > 0 && p[len - 1] == '.') {
        len--;
    }

    if (len == 0) {
        return NGX_DECLINED;
    }

    lower = ngx_pnalloc(pool, len);
    if (lower == NULL) {
        return NGX_ERROR;
    }

    ngx_strlow(lower, p, len);
    host->data = lower;
    host->len = len;

    return NGX_OK;
}


/* The first of that name takes the value, at its place; the others go. */
static ngx_int_t
ngx_http_pdn_replace_in(ngx_http_request_t *r, ngx_str_t *name, u_char *lowcase,
                        ngx_str_t *value)
{
    ngx_uint_t i, n;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    i = 0;
    n = 0;
    part = &r->headers_in.headers.part;

    while ((h = ngx_http_pdn_each(&part, &i)) != NULL) {

        if (h->key.len != name->len
            || ngx_strncasecmp(h->key.data, lowcase, name->len) != 0)
        {
            continue;
        }

        if (n++ == 0 && value->len) {
            h->value = *value;
        }
    }

    if (n == 0) {
        return value->len ? ngx_http_pdn_push_in(r, name, lowcase, value)
                          : NGX_OK;
    }

    if (n == 1 && value->len) {
        return NGX_OK;
    }

    return ngx_http_pdn_drop_in(r, lowcase, name->len, value->len ? 1 : 0);
}


static ngx_int_t
ngx_http_pdn_push_in(ngx_http_request_t *r, ngx_str_t *name, u_char *lowcase,
                     ngx_str_t *value)
{
    ngx_table_elt_t *h;

    h = ngx_list_push(&r->headers_in.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = ngx_hash_key(lowcase, name->len);
    h->key = *name;
    h->value = *value;
    h->lowcase_key = lowcase;

    return NGX_OK;
}


/*
 * Removes the headers of a name but for the first `keep`.  Those who walk
 * the list, as proxy_pass does, do not know of removed elements, and fields
 * point into it: so the list is written anew and the fields follow.
 */
static ngx_int_t
ngx_http_pdn_drop_in(ngx_http_request_t *r, u_char *lowcase, size_t len,
                     ngx_uint_t keep)
{
    ngx_list_t list;
    ngx_uint_t i, n;
    ngx_list_part_t *part;
    ngx_table_elt_t *h, *to;

    n = 0;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        n += part->nelts;
    }

    if (ngx_list_init(&list, r->pool, n + 4, sizeof(ngx_table_elt_t)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    i = 0;
    part = &r->headers_in.headers.part;

    while ((h = ngx_http_pdn_each(&part, &i)) != NULL) {

        if (h->key.len == len
            && ngx_strncasecmp(h->key.data, lowcase, len) == 0) {
            if (keep == 0) {
                ngx_http_pdn_move_field(r, h, NULL);
                continue;
            }

            keep--;
        }

        to = ngx_list_push(&list); /* there is room for all of them */
        if (to == NULL) {
            return NGX_ERROR;
        }

        *to = *h;
        ngx_http_pdn_move_field(r, h, to);
    }

    r->headers_in.headers = list;
    r->headers_in.headers.last = &r->headers_in.headers.part;

    return NGX_OK;
}


/* Fields that point to `from` point to `to` afterwards. */
static void
ngx_http_pdn_move_field(ngx_http_request_t *r, ngx_table_elt_t *from,
                        ngx_table_elt_t *to)
{
    ngx_array_t *array;
    ngx_uint_t i;
    ngx_table_elt_t **field;
    ngx_http_header_t *row;

    for (row = ngx_http_headers_in; row->name.len; row++) {

        field = (ngx_table_elt_t **) ((char *) &r->headers_in + row->offset);

        if (!ngx_http_pdn_is_array(row)) {
            if (*field == from) {
                *field = to;
            }

            continue;
        }

        array = (ngx_array_t *) field;
        field = array->elts;

        for (i = 0; to != NULL && i < array->nelts; i++) {
            if (field[i] == from) {
                field[i] = to;
            }
        }
    }
}


static void
ngx_http_pdn_clear_field(ngx_http_request_t *r, ngx_http_header_t *row)
{
    void *field;

    field = (char *) &r->headers_in + row->offset;

    if (ngx_http_pdn_is_array(row)) {
        ((ngx_array_t *) field)->nelts = 0;

    } else {
        *(ngx_table_elt_t **) field = NULL;
    }
}


/* nginx's handler of the row, with each header that it would have got. */
static ngx_int_t
ngx_http_pdn_fill_field(ngx_http_request_t *r, ngx_http_header_t *row,
                        u_char *lowcase, size_t len)
{
    ngx_uint_t i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    i = 0;
    part = &r->headers_in.headers.part;

    while ((h = ngx_http_pdn_each(&part, &i)) != NULL) {

        if (h->key.len != len
            || ngx_strncasecmp(h->key.data, lowcase, len) != 0) {
            continue;
        }

        if (row->offset == offsetof(ngx_http_headers_in_t, host)) {
            /* The handler would end the request; set_host() has checked. */
            r->headers_in.host = h;
            return NGX_OK;
        }

        if (row->handler(r, h, row->offset) != NGX_OK) {
            return NGX_ERROR;
        }

        if (!ngx_http_pdn_is_array(row)) {
            /* A second one would be refused as a duplicate. */
            return NGX_OK;
        }
    }

    return NGX_OK;
}
