/*
 * SPDX-License-Identifier: MIT
 *
 * What reading and writing headers has in common, in both directions.
 */

#ifndef NGX_HTTP_PDN_HEADERS_H
#define NGX_HTTP_PDN_HEADERS_H


#include "ngx_http_pdn.h"


/*
 * Pushes a table of the list's headers, names lower-cased unless `raw`,
 * repeated ones as lists; at most `max` unless 0.  Answers whether some were
 * left out.
 */
ngx_uint_t ngx_http_pdn_push_headers(lua_State *L, ngx_list_t *headers,
    ngx_int_t max, ngx_uint_t raw);

/* Adds one pair, on top, to the table of headers at `table`. [-2, +0, e] */
void ngx_http_pdn_add_header(lua_State *L, int table);

/* Lends the table on top the lenient index of headers: X_Foo is x-foo. */
void ngx_http_pdn_lenient(lua_State *L);

/* Marks all headers of that name as removed; answers how many there were. */
ngx_uint_t ngx_http_pdn_remove_header(ngx_list_t *headers, ngx_str_t *name);

/* Appends a header; NULL without memory. */
ngx_table_elt_t *ngx_http_pdn_push_header(ngx_list_t *headers,
    ngx_pool_t *pool, ngx_str_t *name, ngx_str_t *value);

/* A copy in the pool with bytes escaped that would break a header line. */
ngx_int_t ngx_http_pdn_copy_value(ngx_pool_t *pool, ngx_str_t *dst,
    const char *src, size_t len);
ngx_int_t ngx_http_pdn_copy_name(ngx_pool_t *pool, ngx_str_t *dst,
    const char *src, size_t len, ngx_uint_t dashes);


#endif /* NGX_HTTP_PDN_HEADERS_H */
