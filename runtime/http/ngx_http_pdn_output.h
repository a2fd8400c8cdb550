/*
 * SPDX-License-Identifier: MIT
 *
 * What the files about output share; others use ngx_http_pdn_print(),
 * ngx_http_pdn_send() and ngx_http_pdn_send_header() of ngx_http_pdn.h.
 */

#ifndef NGX_HTTP_PDN_OUTPUT_H
#define NGX_HTTP_PDN_OUTPUT_H


#include "ngx_http_pdn.h"


/* Why nothing can be printed after ngx.req.socket(true). */
extern const char ngx_http_pdn_raw_text[];


/*
 * Makes the headers final.  NGX_OK, or NGX_ERROR with a reason in `*err`, see
 * ngx_http_pdn_print().
 */
ngx_int_t ngx_http_pdn_can_print(ngx_pdn_host_t *host, const char **err);

/* Appends a buffer without data: a flush, or the last of the response. */
ngx_int_t ngx_http_pdn_add_special(ngx_http_pdn_ctx_t *ctx, ngx_uint_t last);


#endif /* NGX_HTTP_PDN_OUTPUT_H */
