/*
 * SPDX-License-Identifier: MIT
 *
 * Undoes what nginx's parser of headers does to the bytes: it works in the
 * buffer that they came in, and puts a NUL behind each name and each value.
 */

#ifndef NGX_HTTP_PDN_UNPARSE_H
#define NGX_HTTP_PDN_UNPARSE_H


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Writes whole lines, from `p` to `end`, to as many bytes at `dst`; answers
 * the end of them.
 *
 * Three things look alike afterwards: a blank before a bare LF comes out as
 * a CR, a CR before another as a blank, and a bare LF that ends a line
 * without a colon as a colon.
 */
u_char *ngx_http_pdn_unparse(u_char *dst, const u_char *p, const u_char *end);


#endif /* NGX_HTTP_PDN_UNPARSE_H */
